"""Chinese reviews: does a linear probe tell praise from blame by a model's features?"""

from __future__ import annotations

from collections.abc import Sequence

from ..data import sentiments
from ..models.answering import Answerer
from ..records import DataSpec
from .item import Item
from .probing import ITEMS, METRICS, MOST_SHOTS, Probe, bounds, questions

__all__ = ["ITEMS", "METRICS", "MOST_SHOTS", "bounds", "items", "through"]


def through(data: Sequence[DataSpec], answerer: Answerer) -> Probe:
    """The probe between: fitted to training texts, whatever the model learnt from."""
    return Probe(answerer, sentiments.chinese("train"))


def items(shots: int, answerer: Answerer) -> list[Item]:
    """Test texts, "0" for blame and "1" for praise."""
    return questions(sentiments.chinese("test"))
