"""Rows as a model reads them: the base class of all datasets, and their batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.labeled import LabeledDataset, Row
from ...metrics.logits import Floats

EVAL_BATCH_SIZE = 64
"""Rows of a batch in evaluation."""


@dataclass(frozen=True, kw_only=True)
class EncodedDataset(ABC):
    """Rows as a model reads them: texts, images or recordings."""

    fixed: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Arrays of one size for all rows, such as `label` [N]."""

    num_truncated: int = 0
    """Rows that were longer than `max_length` and were truncated."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of rows."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """[N]: length of each row. Rows of similar length share a batch; the default is 1."""
        return np.ones(len(self), dtype=np.int64)

    @abstractmethod
    def batch(
        self, indices: Sequence[int], rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """Arrays of these rows by name. With `rng`, training rows are augmented."""

    def select_fixed(self, indices: Sequence[int]) -> dict[str, NDArray[Any]]:
        """The arrays of one size for these rows."""
        index_array = np.array(indices, dtype=np.int64)
        return {name: values[index_array] for name, values in self.fixed.items()}


@dataclass(frozen=True)
class EncodedSplit:
    """Rows as they stand in their file and as the model reads them."""

    dataset: LabeledDataset
    encoded: Any
    """The `EncodedDataset` of the task."""

    targets: Floats
    """[N, C] for N labeled units: rows, or words for a task that labels words. [0, 0] for a task
    without a linear head."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """Rows as they stand in their file."""
        return self.dataset.rows


def length_batches(rows: EncodedDataset) -> Iterator[tuple[list[int], Mapping[str, Any]]]:
    """Each row once, with its index; rows of similar length share a batch."""
    order = np.argsort(rows.lengths, kind="stable").tolist()
    for start in range(0, len(order), EVAL_BATCH_SIZE):
        indices = order[start : start + EVAL_BATCH_SIZE]
        yield indices, rows.batch(indices)
