"""Execute one run: train its models, evaluate each of them, save the results.

What is already in the run's folder is not done again.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from ..models.protocols import LM, NoAnswer
from ..plugins import import_user_module
from ..records import ModelRef, Run
from ..store import ResultsJournal, RunDir, Store
from .image_sheet import GRID_SIZE, NOISE_SEED, sheet
from .measure import measure, one_line

ModelFactory = Callable[[Run, RunDir], Iterator[tuple[ModelRef, LM]]]
"""Function that yields the models of a run with language models to evaluate, such as
`upwell.train.grow`."""

DEFAULT_MODEL_FACTORY = "upwell.train:grow"


@dataclass(frozen=True, kw_only=True)
class RunTask:
    """What an executor calls on every run; plain JSON, so it can be sent to other machines."""

    root: str
    """Folder of the study."""

    model_factory: str = DEFAULT_MODEL_FACTORY
    """Model factory as "module:function"."""

    def __call__(self, run: Run) -> None:
        """Execute the run. An error is recorded in the run's folder and not raised."""
        store = Store.open(self.root)
        try:
            execute_run(run, store, load_model_factory(self.model_factory))
        # One failed run is recorded, and the others go on.
        except Exception as error:
            run_dir = store.run(run.id)
            run_dir.log(traceback.format_exc())
            run_dir.fail(one_line(error))


def execute_run(
    run: Run, store: Store, model_factory: ModelFactory | None = None
) -> list[ModelRef]:
    """Train, evaluate and save the models of a run; return their refs.

    A finished run returns at once. `model_factory` defaults to `upwell.train.grow`. Its errors are
    raised; an ability that fails becomes observations with a reason.
    """
    model_factory = model_factory or load_model_factory(DEFAULT_MODEL_FACTORY)
    run_dir = store.run(run.id)
    with run_dir.open_journal(run) as journal:
        if (result := run_dir.result()) is not None:
            return list(result.models)
        run_dir.clear_failure()
        refs = []
        for new_ref, lm in model_factory(run, run_dir):
            ref = new_ref if run_dir.has_model(new_ref.id) else run_dir.save_model(new_ref, {})
            _save_samples(ref, lm, run_dir)
            _evaluate(run, ref, lm, run_dir, journal)
            refs.append(ref)
        return list(run_dir.finish(journal, refs).models)


def load_model_factory(name: str) -> ModelFactory:
    """The function "module:function". It is imported late, because training may need torch."""
    module, _, function = name.partition(":")
    factory: ModelFactory = getattr(import_user_module(module), function)
    return factory


def _save_samples(ref: ModelRef, lm: LM, run_dir: RunDir) -> None:
    """Save generated images for the report, if the model generates images."""
    images = lm.samples(GRID_SIZE**2, NOISE_SEED)
    if not isinstance(images, NoAnswer):
        run_dir.save_samples(ref.id, sheet(images))


def _evaluate(run: Run, ref: ModelRef, lm: LM, run_dir: RunDir, journal: ResultsJournal) -> None:
    """Evaluate every ability that the journal does not have for this model."""
    known = {key[:3] for key in journal.observations}
    for ability, shots in product(run.abilities, run.shots):
        if (ref.id, ability, shots) in known:
            continue
        measurement = measure(ref, lm, ability, shots, run.data)
        for error in measurement.errors:
            run_dir.log(error)
        # Answers and scores are one line, so a kill leaves both or none. An ability is always
        # evaluated as a whole, in the same batches, with the same bits.
        journal.add(measurement.answers, measurement.observations)
