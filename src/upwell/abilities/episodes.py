"""Tasks with a few labelled examples, then a question; what abilities about tasks share.

The number of shots is the number of examples of each class. A question and its task are the same
for every number of shots, and fewer examples are the first of many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy
from numpy.typing import NDArray

from ..data import task_source
from ..errors import SpecError
from ..models.answering import Instance
from ..records import Answer, DataSpec
from . import guessing
from .item import Item

TASKS: Final = 200
QUESTIONS: Final = 3
ITEMS: Final = TASKS * QUESTIONS
MOST_SHOTS: Final = 16
METRICS: Final = ("accuracy", "log_loss", "choice_probability", "brier")

Relabel = Callable[[NDArray[numpy.int64], numpy.random.Generator], NDArray[numpy.int64]]
"""Labels of a task's examples, and how they are shown."""


def questions(
    data: Sequence[DataSpec], split: str, shots: int, relabel: Relabel | None = None
) -> list[Item]:
    """`TASKS` tasks of the split with `QUESTIONS` questions each, after `shots` examples a class.

    Training tasks are among the first `limit` of the source. Raises SpecError for more shots
    than the source shows.
    """
    spec = data[0]
    source: Any = task_source(spec)
    if shots > source.shots:
        raise SpecError(
            f"source {spec.source!r} shows at most {source.shots} examples of a class, and "
            f"{shots} shots are asked for; raise its shots or drop them"
        )
    dice = numpy.random.default_rng([*split.encode(), TASKS])
    limit = spec.limit if split == "train" else None
    tasks = numpy.arange(TASKS) % (limit or TASKS)
    rows = source.episodes(tasks, split, source.classes * source.shots + QUESTIONS, dice)
    kept = source.classes * shots
    return [
        item
        for task in range(TASKS)
        for item in _task(task, {name: each[task] for name, each in rows.items()}, kept, relabel)
    ]


def bounds(metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """Chance and ceiling where all classes are as frequent."""
    return guessing.bounds(metric, len(answers[0].choices))


def _task(
    task: int, row: dict[str, NDArray[Any]], kept: int, relabel: Relabel | None
) -> list[Item]:
    classes = int(row["shown_label"].max()) + 1
    named = row["shown_label"]
    if relabel is not None:
        named = relabel(named, numpy.random.default_rng(task))
    shown = {"shown": row["shown"][:kept], "shown_label": named[:kept]}
    return [
        Item(
            id=f"{task:03d}-{place}",
            prompt=Instance({**shown, "query": query}),
            target=str(label),
            choices=tuple(str(each) for each in range(classes)),
        )
        for place, (query, label) in enumerate(
            zip(row["query"], row["label"].tolist(), strict=True)
        )
    ]
