"""Rows of few-shot tasks: support examples with their labels, and queries.

Support examples come in groups of one example of each class, so that the first `classes` * k of
them hold k of every class. The number that may be used differs from row to row, so that one network
learns to answer after any number of examples, including none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ..source import Rows

Ints = NDArray[np.int64]


def task_rng(name: str, task: int, split: str) -> np.random.Generator:
    """The random generator that defines a task; no task of one split has that of the other.

    The name of the source is part of the seed.
    """
    return np.random.default_rng([*name.encode(), split == "test", task])


def count_queries(name: str, classes: int, shots: int, context: int) -> int:
    """Number of queries of a row: `context` less the examples. Raises SpecError below one."""
    queries = context - classes * shots
    if min(classes, shots) < 1 or queries < 1:
        raise SpecError(
            f"source {name!r}: {classes} classes of {shots} examples leave no query in a "
            f"context of {context}; need 1 <= classes x shots < context"
        )
    return queries


def shuffle_classes(rows: int, classes: int, shots: int, rng: np.random.Generator) -> Ints:
    """Labels of the examples [rows, classes * shots], each group of classes in random order."""
    keys = rng.random((rows, shots, classes))
    return keys.argsort(axis=-1).reshape(rows, shots * classes)


def make_row(
    support: NDArray[np.float32],
    support_label: Ints,
    query: NDArray[np.float32],
    label: Ints,
    classes: int,
    rng: np.random.Generator,
) -> Rows:
    """The arrays of rows, with a random number of visible examples for each row.

    `support` [rows, S, F] float32, `support_label` [rows, S], `num_visible` [rows], `query`
    [rows, Q, F] float32 and `label` [rows, Q], its classes.
    """
    rows, examples = support_label.shape
    num_visible = classes * rng.integers(examples // classes + 1, size=rows)
    return {
        "support": support.astype(np.float32),
        "support_label": support_label,
        "num_visible": num_visible,
        "query": query.astype(np.float32),
        "label": label,
    }
