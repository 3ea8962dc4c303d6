"""Examples of a study's own data, to be put into classes; what `held_out` and `memorised` share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..data import Examples, examples
from ..errors import DataError
from ..models.answering import Instance
from ..records import Answer, DataSpec
from . import guessing
from .item import Item

ITEMS: Final = 1000
MOST_SHOTS: Final = 0
METRICS: Final = (
    "accuracy",
    "log_loss",
    "choice_probability",
    "brier",
    "calibration_error",
)

LABEL = "label"


def questions(data: Sequence[DataSpec], split: str) -> list[Item]:
    """At most `ITEMS` examples of the split, from all sources, their classes as choices.

    Training rows are those within the limit. Raises DataError where a source has no classes.
    """
    each = max(1, ITEMS // len(data))
    return [
        item
        for place, spec in enumerate(data)
        for item in _items(_examples(spec, split), f"{place}-", each)
    ]


def bounds(metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """Chance and ceiling where all classes are as frequent."""
    return guessing.bounds(metric, len(answers[0].choices))


def _examples(spec: DataSpec, split: str) -> Examples:
    limit = spec.limit if split == "train" else None
    return examples(replace(spec, split=split, limit=limit, revision=None), None, 1)


def _items(found: Examples, prefix: str, count: int) -> list[Item]:
    if LABEL not in found.rows or not found.classes:
        raise DataError("these examples have no classes to be put into; give a source that has")
    choices = tuple(str(number) for number in range(len(found.classes)))
    shown = {name: rows for name, rows in found.rows.items() if name != LABEL}
    return [
        Item(
            id=f"{prefix}{row:05d}",
            prompt=Instance({name: rows[row] for name, rows in shown.items()}),
            target=str(label),
            choices=choices,
        )
        for row, label in enumerate(found.rows[LABEL][:count].tolist())
    ]
