"""Learning round by round: the training loop, with a look at the development rows after each.

A round ends with a checkpoint and is then judged, so a killed run knows every score it has seen,
and goes on through the same weights, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ..records import Progress, Round, Run
from ..store import RunFolder
from ..train.trainer import Batches, Snapshot, Trainer
from .network import Adapting

Judge = Callable[[Adapting], tuple[float, float]]
"""A network in eval mode to its score on the development rows (more is better) and its loss."""

ROUNDS, BEST = "rounds", "best"
"""Where scores and the best weights are kept while the run lasts."""


def fit(
    run: Run,
    folder: RunFolder,
    network: Adapting,
    batches: Batches,
    judge: Judge | None,
    tell: Callable[[Progress], None],
) -> tuple[Round, ...]:
    """Train, and leave the network with the weights of its best round; the rounds as judged.

    Without a judge, nothing is chosen: the weights are those of the round that the recipe keeps.
    """
    assert run.adapt is not None
    adapt = run.adapt
    trainer = _trainer(run, folder, network, batches, tell)
    branch = trainer.branches[0]
    rounds = _judged(folder)
    last = adapt.rounds if adapt.keep is None else adapt.keep
    for number in range(len(rounds) + 1, last + 1):
        if rounds and len(rounds) - best(rounds, last=adapt.last).number >= adapt.patience:
            break
        network.train()
        trainer.advance(round(branch.end * number / adapt.rounds), branch)
        trainer.latest = trainer.snapshot()
        if judge is None:
            continue
        trainer.save(branch.slot, trainer.latest)
        rounds.append(_round(number, judge, network))
        _keep(folder, rounds, trainer, last=adapt.last)
    if judge is not None:
        _restore(folder, trainer)
    network.eval()
    return tuple(rounds)


def best(rounds: list[Round] | tuple[Round, ...], *, last: bool = False) -> Round:
    """The highest score; of equal ones the least loss, and of those the first. Or the `last`."""
    if last:
        return rounds[-1]
    return min(rounds, key=lambda one: (-one.score, one.loss, one.number))


def _round(number: int, judge: Judge, network: Adapting) -> Round:
    network.eval()
    score, loss = judge(network)
    return Round(number=number, score=score, loss=loss)


def _trainer(
    run: Run,
    folder: RunFolder,
    network: Adapting,
    batches: Batches,
    tell: Callable[[Progress], None],
) -> Trainer:
    """At the start of the run, or at its last checkpoint."""

    def save(slot: str, snapshot: Snapshot) -> None:
        folder.save_checkpoint(slot, snapshot.tensors, snapshot.state)

    def told(moment: Progress) -> None:
        folder.progress(moment)
        tell(moment)

    trainer = Trainer(run, network, network.roles(), batches, save, told)
    if (kept := folder.load_checkpoint(trainer.branches[0].slot)) is not None:
        trainer.restore(Snapshot(*kept))
    return trainer


def _judged(folder: RunFolder) -> list[Round]:
    kept = folder.load_checkpoint(ROUNDS)
    return [] if kept is None else [Round(**each) for each in kept[1]["rounds"]]


def _keep(folder: RunFolder, rounds: list[Round], trainer: Trainer, *, last: bool) -> None:
    """Write down the weights if they are the best, and then the scores: a kill between the two
    has the round judged again, and to the same score."""
    if best(rounds, last=last) is rounds[-1]:
        folder.save_checkpoint(BEST, trainer.learnt(), {})
    told = [{"number": r.number, "score": r.score, "loss": r.loss} for r in rounds]
    folder.save_checkpoint(ROUNDS, {}, {"rounds": told})


def _restore(folder: RunFolder, trainer: Trainer) -> None:
    kept: Any = folder.load_checkpoint(BEST)
    with torch.no_grad():
        for name, tensor in trainer.learnt().items():
            tensor.copy_(kept[0][name])
