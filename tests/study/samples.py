"""Studies and makers for the tests of the room: small, real, and broken on purpose."""

import os
import signal
from dataclasses import replace

from upwell.data import load_tokenizer
from upwell.errors import RunError
from upwell.models.families import toy
from upwell.records import DataSpec, ModelRef, ModelSpec, Study, Train
from upwell.store import Store
from upwell.study import build_runs

TOYS = Study(
    name="toys",
    question="Do they stand?",
    hypothesis="They do.",
    ladder=tuple(ModelSpec(family="toy", hparams={"params": 10.0**n}) for n in range(4, 10)),
    abilities=("step", "flat"),
    milestones=(1_000_000, 2_000_000),
)

DECODERS = Study(
    name="decoders",
    question="Do kills leave a trace?",
    hypothesis="They do not.",
    ladder=tuple(
        ModelSpec(
            family="decoder",
            hparams={"width": width, "depth": 1, "vocab_size": load_tokenizer("ascii").size},
            tokenizer="ascii",
        )
        for width in (16, 32)
    ),
    data=(DataSpec(source="repeats"),),
    recipe=Train(checkpoint_seconds=0.05, batch_size=8, context_length=48),
    abilities=("induction",),
    seeds=(0, 1),
    milestones=(60_000, 120_000),
)


def grow(run, folder):
    """Toys, two a run; what goes wrong is told by the seed."""
    for tokens in run.milestones:
        yield reference(run, tokens), toy.build_lm(run.model, run.seed, tokens)
        misfortune(run, folder)


def misfortune(run, folder):
    """What happens to a run after its first model: nothing unless its seed says so."""
    if run.seed == RAISES:
        raise RunError(f"run {run.id}: the loss broke; lower the learning rate")
    if run.seed == BUG:
        raise ZeroDivisionError("division by zero")
    if run.seed == KILLED_ALWAYS:
        os.kill(os.getpid(), signal.SIGSEGV)
    if run.seed == KILLED_ONCE and not (folder.path / "killed").exists():
        (folder.path / "killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if run.seed == KILLS_SERVER and not (folder.path / "killed").exists():
        (folder.path / "killed").touch()
        os.kill(os.getppid(), signal.SIGKILL)
        signal.pause()
    if run.seed == SLEEPS:
        signal.pause()


FINE, RAISES, BUG, KILLED_ALWAYS, KILLED_ONCE, KILLS_SERVER, SLEEPS = range(7)
MAKER = f"{__name__}:grow"


def toys(*seeds):
    """One run of the middle rung for each seed."""
    return build_runs(replace(TOYS, ladder=TOYS.ladder[3:4], seeds=seeds))


def created(path, study, runs=()):
    """A study folder; the runs are its plan."""
    from upwell.records import Cost, Plan

    store = Store.create(path, study)
    cost = Cost(flops=0.0, seconds=1.0, disk_bytes=1, memory_bytes=1)
    costs = tuple(cost for _ in runs)
    plan = Plan(
        study=study, runs=tuple(runs), costs=costs, workers=2, total_cost=cost, smallest_jump=1
    )
    store.save_plan(plan)
    return store


def reference(run, tokens):
    return ModelRef(
        id=f"{run.id}-t{tokens}", run=run.id, spec=run.model, created_by="train", seed=run.seed,
        params=int(run.model.hparams["params"]), tokens=tokens, flops=0.0, bytes=0,
        weights_sha256=None, code_version=run.code_version,
    )  # fmt: skip
