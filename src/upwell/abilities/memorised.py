"""Examples that training has shown: are they put into the class that training gave them?

Beside `held_out` it tells learning from memorising: labels that are random can be learnt by heart
and no other way (Zhang et al. 2017, arXiv 1611.03530).
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
    """At most `ITEMS` examples of the train split."""
    return classifying.questions(data, "train")
