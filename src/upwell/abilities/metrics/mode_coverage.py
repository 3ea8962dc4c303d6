"""How many classes appear among made images."""

from collections import Counter
from collections.abc import Sequence

from ...records import Answer
from .value import Value, over_all

LEAST = 0.01
"""Share of the images that a class needs to count: an eye errs in one of some hundred."""


def measure(answers: Sequence[Answer]) -> Value:
    """Classes that at least one in a hundred images is seen as."""
    return over_all(answers, lambda answer: "class" in answer.notes, _covered, "a class")


def _covered(answers: Sequence[Answer]) -> float:
    counts = Counter(answer.notes["class"] for answer in answers)
    return float(sum(count >= LEAST * len(answers) for count in counts.values()))
