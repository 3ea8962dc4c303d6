"""Carry out one run: make its models, ask each of them, score the answers, keep it all.

The same function here and on a worker, on the first attempt and on the tenth: what the
folder holds is not done again.
"""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from ..models.answering import Answerer, Sampling
from ..records import ModelRef, Run
from ..store import Findings, RunFolder, Store
from .measuring import measure, sentence
from .picture import SEED, SIDE, sheet

Maker = Callable[[Run, RunFolder], Iterator[tuple[ModelRef, Answerer]]]
"""Each model of a run with what answers for it, as `upwell.train.grow`."""

GROW = "upwell.train:grow"


@dataclass(frozen=True, kw_only=True)
class Work:
    """What an executor calls on every run, on any machine: plain, so that it can travel."""

    root: str
    """The study's folder."""

    maker: str = GROW
    """Module and function that make a run's models."""

    def __call__(self, run: Run) -> None:
        """Carry out the run; if that cannot be done, say why in its folder and return."""
        store = Store.open(self.root)
        try:
            do(run, store, maker_named(self.maker))
        # The border where one failed run is recorded so that the others go on.
        except Exception as error:
            folder = store.run(run.id)
            folder.log(traceback.format_exc())
            folder.fail(sentence(error))


def do(run: Run, store: Store, make: Maker | None = None) -> list[ModelRef]:
    """The models of the run, made, asked and kept. A finished run returns at once.

    `make` is `upwell.train.grow` unless it is given. Raises what making raises; an ability
    that cannot be asked becomes observations with a reason.
    """
    make = make or maker_named(GROW)
    folder = store.run(run.id)
    with folder.writing(run) as findings:
        if (result := folder.result()) is not None:
            return list(result.models)
        folder.forgive()
        kept = []
        for made, answerer in make(run, folder):
            ref = made if folder.has_model(made.id) else folder.save_model(made, {})
            _draw(ref, answerer, folder)
            _ask(run, ref, answerer, folder, findings)
            kept.append(ref)
        return list(folder.finish(findings, kept).models)


def maker_named(name: str) -> Maker:
    """The function called "module:function". Not imported before: making may need torch."""
    module, _, function = name.partition(":")
    make: Maker = getattr(importlib.import_module(module), function)
    return make


def _draw(ref: ModelRef, answerer: Answerer, folder: RunFolder) -> None:
    """Keep what the model makes, where it makes images, for the report to show."""
    if isinstance(answerer, Sampling):
        folder.save_picture(ref.id, sheet(answerer.samples(SIDE**2, SEED)))


def _ask(
    run: Run, ref: ModelRef, answerer: Answerer, folder: RunFolder, findings: Findings
) -> None:
    """Ask the model every ability that the journal does not know of it yet."""
    known = {key[:3] for key in findings.observations}
    for ability, shots in product(run.abilities, run.shots):
        if (ref.id, ability, shots) in known:
            continue
        measured = measure(ref, answerer, ability, shots, run.data)
        for error in measured.errors:
            folder.log(error)
        # One line for answers and scores: a kill leaves both or none, so an ability is always
        # asked as a whole, in the same batches, and gives the same bits.
        findings.add(measured.answers, measured.observations)
