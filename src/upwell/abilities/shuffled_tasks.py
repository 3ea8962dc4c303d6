"""New tasks whose examples have lost their labels: the control of `new_tasks`.

The labels of the examples are dealt out anew, so that none tells anything of its example. Who
still answers better than chance does not use the labels (Min et al. 2022, arXiv 2202.12837).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from ..models.answering import Answerer
from ..records import DataSpec
from .episodes import ITEMS, METRICS, MOST_SHOTS, bounds, questions
from .item import Item

__all__ = ["ITEMS", "METRICS", "MOST_SHOTS", "bounds", "items_of"]


def items_of(data: Sequence[DataSpec], shots: int, answerer: Answerer) -> list[Item]:
    """The questions of `new_tasks`, the labels of the examples shuffled within each task."""
    return questions(data, "test", shots, _dealt)


def _dealt(labels: NDArray[numpy.int64], dice: numpy.random.Generator) -> NDArray[numpy.int64]:
    return dice.permutation(labels)
