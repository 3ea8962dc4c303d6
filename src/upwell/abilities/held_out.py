"""Examples that were held out from training: are they put into their class?

The questions come from the test split of the run's own data, whatever its limit.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..models.answering import Answerer
from ..records import DataSpec
from . import classifying
from .classifying import ITEMS, METRICS, MOST_SHOTS, bounds
from .item import Item

__all__ = ["ITEMS", "METRICS", "MOST_SHOTS", "bounds", "items_of"]


def items_of(data: Sequence[DataSpec], shots: int, answerer: Answerer) -> list[Item]:
    """At most `ITEMS` examples of the test split."""
    return classifying.questions(data, "test")
