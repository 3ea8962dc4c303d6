"""Does this text follow that one, or does it come from another document?

The pairs come from the test split of the run's own `masked` data, half of them strangers; no word
is hidden. "0" is the class of texts that follow, "1" that of strangers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..models.answering import Answerer
from ..records import Answer, DataSpec
from . import guessing
from .hiding import rows_of, shown
from .item import Item

ITEMS: Final = 1000
MOST_SHOTS: Final = 0
METRICS: Final = ("accuracy", "log_loss", "choice_probability", "brier")

CHOICES: Final = ("0", "1")


def items_of(data: Sequence[DataSpec], shots: int, answerer: Answerer) -> list[Item]:
    """Pairs of texts from held-out documents."""
    return [
        Item(
            id=name,
            prompt=shown(row, hidden=False),
            target=CHOICES[int(row["stranger"])],
            choices=CHOICES,
        )
        for name, row in rows_of(data, answerer, ITEMS)
    ]


def bounds(metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """Chance and ceiling of two classes."""
    return guessing.bounds(metric, len(CHOICES))
