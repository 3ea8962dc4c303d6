"""Tasks that training never showed: can they be learnt from a few examples?

Nothing that was learnt by heart helps: only the examples tell what the names mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..models.answering import Answerer
from ..records import DataSpec
from .episodes import ITEMS, METRICS, MOST_SHOTS, bounds, questions
from .item import Item

__all__ = ["ITEMS", "METRICS", "MOST_SHOTS", "bounds", "items_of"]


def items_of(data: Sequence[DataSpec], shots: int, answerer: Answerer) -> list[Item]:
    """Questions of tasks of the test split, with images or points of the test split."""
    return questions(data, "test", shots)
