"""How far the number that was said is from the true one."""

from collections.abc import Sequence

from ...records import Answer
from .value import Part, Value, over_items


def measure(answers: Sequence[Answer]) -> Value:
    """Mean squared distance; an answer that is no number is missing."""
    return over_items(answers, _part, "a number")


def _part(answer: Answer) -> Part | None:
    try:
        return (float(answer.said or "") - float(answer.target)) ** 2, 1
    except ValueError:
        return None
