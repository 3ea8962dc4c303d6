"""Rows made ready: read, mended, parted and put into tokens, before anything is learnt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from ..data.labelled import Labelled, Row, divided, mended
from ..data.labelled.mending import unseen
from ..data.labelled.problems import problems as found_in
from ..data.labelled.problems import told_of
from ..data.labelled.splitting import MOST
from ..errors import DataError, SpecError
from ..models.network import Batch
from ..naming import module_named
from ..records import Adapt
from .encoding import Prepared
from .feedback import with_feedback
from .fresh import Order, Watch, is_fresh
from .fresh import made as made_fresh
from .given import Given, given
from .linear import Floats
from .network import Body, outputs
from .prompts import prompted
from .recipes import SEEN, UNEVEN
from .wanted import Tell, Wanted

READ_AT_ONCE = 64
"""Rows of a batch that is only read."""


@dataclass(frozen=True)
class Rows:
    """Some rows, as they stand in their file and as the model reads them."""

    data: Labelled
    encoded: Any
    """A `Prepared`, as the task makes it."""

    targets: Floats
    """[N, C] for N labelled units: rows, or tokens where every token has a label. [0, 0] for a task
    that has no labels of a list."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """As they stand in their file."""
        return self.data.rows


@dataclass(frozen=True)
class Material:
    """All that learning needs."""

    wanted: Wanted
    task: Any
    """The task's module."""

    given: Given
    adapt: Adapt
    """What is the same for every method."""

    learn: Rows
    choose: Rows
    score: Rows | None
    """Rows of a test file; None where none is given."""

    several: bool
    held_back: bool
    """Whether the rows to choose by were taken from those to learn from."""

    problems: tuple[str, ...]

    @cached_property
    def whole(self) -> Rows:
        """Rows to learn from and to choose by, together."""
        both = (*self.learn.rows, *self.choose.rows)
        return self._rows(replace(self.learn.data, rows=both))

    def _rows(self, data: Labelled) -> Rows:
        return made(data, self.task, self.given, self.adapt)


def task_named(name: str) -> ModuleType:
    """The module of a task. Raises SpecError with the choices if there is no such task."""
    return module_named(
        name, package="upwell.adapt.tasks", noun="task", promises=("read", "predictions")
    )


def material(wanted: Wanted, out: Path, tell: Tell, watch: Watch) -> Material:
    """Read everything and say what is wrong with it. Raises DataError for what cannot be used."""
    task = task_named(wanted.task)
    read = task.read(wanted.data, wanted.columns)
    columns = read.columns
    tell(_found(read))
    read = _with_feedback(read, wanted, task, tell)
    test = None if wanted.test is None else _usable(task.read(wanted.test, columns))
    dev = None if wanted.dev is None else _usable(task.read(wanted.dev, columns))
    tests = tuple(each for each in (test, dev) if each is not None)
    fit = mended(read, tests)
    fit_notes = (*read.notes, *map(str, fit.problems))
    files = ((read.name, fit_notes), *((each.name, each.notes) for each in tests))
    problems = tuple(f"{name}: {note}" for name, notes in files for note in notes)
    for problem in problems:
        tell(problem)
    if dev is not None and test is not None:
        dev = unseen(dev, test)
    model = _readable(_model(wanted, task, fit.data, out, watch), wanted, task)
    learn, choose = _divided(fit.data, wanted.seed, task) if dev is None else (fit.data, dev)
    labels = task.labels_of(fit.data)
    _known(labels, task, fit.data, [each for each in (choose, test) if each is not None])
    adapt = Adapt(
        task=wanted.task,
        labels=labels,
        pooling=task.pooling(model) if task.FITTED else "own",
        length=wanted.dials.length or task.length(model, learn),
        weighted=_counts_labels(task, fit.data) and _uneven(fit.data, tell),
        scheme=task.scheme(fit.data) if hasattr(task, "scheme") else "",
    )

    def rows(data: Labelled) -> Rows:
        return made(data, task, model, adapt)

    return Material(
        wanted=wanted,
        task=task,
        given=model,
        adapt=adapt,
        learn=rows(learn),
        choose=rows(choose),
        score=None if test is None else rows(test),
        several=columns.several is not None,
        held_back=dev is None,
        problems=problems,
    )


def _divided(data: Labelled, seed: int, task: Any) -> tuple[Labelled, Labelled]:
    """Rows to learn from and rows to choose by; fewer of these where each is dear to ask."""
    most = getattr(task, "MOST_CHOOSING", MOST)
    learn, choose = divided(data, seed, most, getattr(task, "kept_together", None))
    if not (learn.rows and choose.rows):
        raise DataError(
            f"{data.name}: of its {len(data.rows)} rows none can be held back to choose by; give "
            "rows for that with --dev"
        )
    return learn, choose


def _with_feedback(data: Labelled, wanted: Wanted, task: Any, tell: Tell) -> Labelled:
    if wanted.feedback is None:
        return data
    if not (task.FITTED and task.ONE_A_ROW):
        raise SpecError(f"task {wanted.task!r} does not learn from a journal; rows with labels do")
    data, count = with_feedback(data, wanted.feedback)
    # They stand at the end.
    lines = f"{data.rows[-count].line:,} to {data.rows[-1].line:,}"
    tell(
        f"{wanted.feedback.name}: {count:,} rows of which it was told what is right, "
        f"called lines {lines} of {data.name}"
    )
    return data


def _model(wanted: Wanted, task: Any, data: Labelled, out: Path, watch: Watch) -> Given:
    """The model that is given, or a fresh one made to the measure of the rows."""
    if not is_fresh(wanted.model):
        return given(wanted.model, task.READS)

    def order(size: Any, work: Path) -> Order:
        return Order(
            size=size,
            data=data,
            task=task,
            texts=_texts(task, data),
            seed=wanted.seed,
            pretrain=wanted.pretrain,
            work=work,
            watch=watch,
        )

    folder = made_fresh(wanted.model, order, task.READS, out)
    return replace(given(str(folder), task.READS), fresh=True)


def _texts(task: Any, data: Labelled) -> tuple[str, ...]:
    """What the rows say: the words of a sentence that is parted into them are one text."""
    if task.READS != "words":
        return ()
    if getattr(task, "PARTED", False):
        return tuple(" ".join(row.texts) for row in data.rows)
    return tuple(text for row in data.rows for text in row.texts)


def _readable(model: Given, wanted: Wanted, task: Any) -> Given:
    """The model, with a prompt before each text where that is what learns."""
    if wanted.method != "prompt":
        return model
    if task.READS != "words":
        raise SpecError("--method prompt is for models that read text; choose another, e.g. lora")
    return prompted(model)


def made(data: Labelled, task: Any, model: Given, adapt: Adapt, *, bare: bool = False) -> Rows:
    """Rows as the model reads them; `bare` ones, of which it is not known what is right."""
    encoded = task.encode(data.rows, adapt.labels, data.columns, model, adapt.length)
    if bare or not task.FITTED:
        return Rows(data, encoded, np.zeros((0, 0), dtype=np.float32))
    return Rows(data, encoded, task.targets(encoded, adapt.labels))


def said_of(task: Any, given: Given, adapt: Adapt, body: Body, rows: Prepared) -> Any:
    """What a model in eval mode says of rows, in their order: logits [N, ...] where the task is of
    labels, and what the task makes of them elsewhere."""
    if task.FITTED:
        return task.flat(run_over(body, rows), rows)
    with torch.inference_mode():
        return task.outputs(body, given, rows, adapt)


def run_over(act: Callable[[Batch], torch.Tensor], rows: Prepared) -> Mapping[int, Any]:
    """What a network in eval mode gives for each row, by its place."""
    return outputs(act, in_batches(rows))


def in_batches(rows: Prepared) -> Iterator[tuple[list[int], Mapping[str, Any]]]:
    """All rows once, those of a length together, with their places."""
    order = np.argsort(rows.lengths, kind="stable").tolist()
    for start in range(0, len(order), READ_AT_ONCE):
        places = order[start : start + READ_AT_ONCE]
        yield places, rows.batch(places)


def _found(read: Labelled) -> str:
    columns = read.columns
    label = f"label {columns.label!r}" if columns.label else "labels"
    texts = " and ".join(repr(name) for name in columns.texts)
    values = f" with {len(read.labels)} different values" if read.listed else ""
    return f"{read.name}: {len(read.rows):,} rows, text {texts}, {label}{values}"


def _usable(data: Labelled) -> Labelled:
    """Rows with a text that say what is right of them; others cannot be scored, and are told."""
    several = data.columns.several is not None
    fine = tuple(row for row in data.rows if all(row.texts) and (several or told_of(row)))
    wrong = [one for one in found_in(data) if one.kind in ("empty", "unlabelled")]
    return replace(data, rows=fine, notes=(*data.notes, *map(str, wrong)))


def _known(labels: tuple[str, ...], task: Any, learn: Labelled, others: list[Labelled]) -> None:
    for data in others:
        # Numbers in masks have other names where some are missing; among all rows they have not.
        together = replace(learn, rows=(*learn.rows, *data.rows))
        strange = set(task.labels_of(together)) - set(labels)
        if strange and not set(task.labels_of(data)) <= set(labels):
            raise DataError(
                f"{data.name} has the label {max(strange)!r}, which no row to learn from has; "
                "mend the label or add rows of it"
            )
        if not data.rows:
            raise DataError(f"{data.name} has no rows left to measure on; give more")


def _counts_labels(task: Any, data: Labelled) -> bool:
    """Whether rows can count by how rare their label is."""
    return task.FITTED and task.ONE_A_ROW and data.columns.several is None


def _uneven(data: Labelled, tell: Tell) -> bool:
    """Whether labels are so uneven that rare ones have to count more; said where they are."""
    counts = [pair for pair in data.counts.most_common() if pair[1] >= SEEN]
    if not counts or counts[0][1] < UNEVEN * counts[-1][1]:
        return False
    (most, high), (least, low) = counts[0], counts[-1]
    tell(
        f"{data.name}: labels are uneven ({high} rows of {most!r}, {low} of {least!r}); rare ones "
        "count more, and macro F1 chooses"
    )
    return True
