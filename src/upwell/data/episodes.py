"""Rows of tasks: examples to look at, with their labels, and questions after them.

Examples come in rounds of one a class, so that the first `classes` x k of them hold k of every
class; how many may be looked at differs from row to row, so that one network learns to answer
after any number of examples, none included.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import SpecError
from .source import Rows

Ints = NDArray[np.int64]


def task_dice(name: str, task: int, split: str) -> np.random.Generator:
    """What makes a task what it is; tasks of the two splits share no dice."""
    return np.random.default_rng([*name.encode(), split == "test", task])


def check_size(name: str, classes: int, shots: int, context: int) -> int:
    """Questions of a row: what `context` leaves after the examples. SpecError if nothing is."""
    questions = context - classes * shots
    if min(classes, shots) < 1 or questions < 1:
        raise SpecError(
            f"source {name!r}: {classes} classes of {shots} examples leave no question in a "
            f"context of {context}; need 1 <= classes x shots < context"
        )
    return questions


def rounds(rows: int, classes: int, shots: int, dice: np.random.Generator) -> Ints:
    """(rows, classes x shots) labels of the examples, every round in an order of its own."""
    keys = dice.random((rows, shots, classes))
    return keys.argsort(axis=-1).reshape(rows, shots * classes)


def row_of(
    shown: NDArray[np.float32],
    shown_label: Ints,
    query: NDArray[np.float32],
    label: Ints,
    classes: int,
    dice: np.random.Generator,
) -> Rows:
    """The arrays of a row, with a number of examples that may be looked at."""
    rows, examples = shown_label.shape
    seen = classes * dice.integers(examples // classes + 1, size=rows)
    return {
        "shown": shown.astype(np.float32),
        "shown_label": shown_label,
        "seen": seen,
        "query": query.astype(np.float32),
        "label": label,
    }
