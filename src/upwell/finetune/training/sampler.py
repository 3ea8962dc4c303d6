"""Batches of rows of similar length, with random access.

The rows of a batch and their augmentation depend only on the seed and the batch number, so a
checkpoint stores one number. Rows are shuffled anew every epoch. Within a pool of 32 batches they
are sorted by length, so that batches need little padding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from ..inputs.encoded import EncodedDataset

BATCHES_PER_POOL = 32
"""Batches that are sorted by length together."""


@final
class LengthGroupedSampler:
    """An endless stream of batches that can be saved and restored at any batch."""

    def __init__(
        self, dataset: EncodedDataset, batch_size: int, seed: int, *, augment: bool = True
    ) -> None:
        self._dataset, self._batch_size, self._seed, self._augment = (
            dataset,
            batch_size,
            seed,
            augment,
        )
        self._lengths = dataset.lengths
        self._batch_number = 0
        self._pool = -1
        self._pool_batches: NDArray[np.int64]
        self._epoch = -1
        self._order: NDArray[np.int64]

    def next(self) -> dict[str, Any]:
        """The next batch: arrays by name, with rows on the first axis."""
        pool, index = divmod(self._batch_number, BATCHES_PER_POOL)
        if pool != self._pool:
            self._pool_batches, self._pool = self._shuffle_pool(pool), pool
        rng = np.random.default_rng([self._seed, 2, self._batch_number]) if self._augment else None
        self._batch_number += 1
        return self._dataset.batch(self._pool_batches[index].tolist(), rng)

    def state_dict(self) -> dict[str, int]:
        """The number of the next batch, as plain JSON."""
        return {"batch": self._batch_number}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a saved position. Raises DataError for a state of something else."""
        number = state.get("batch")
        if not isinstance(number, int) or number < 0:
            raise DataError(f"not a sampler state: {dict(state)}; expected {{'batch': n}}")
        self._batch_number = number

    def _shuffle_pool(self, pool: int) -> NDArray[np.int64]:
        """[pool, batch] row indices: rows of similar length together, batches in random order."""
        size = BATCHES_PER_POOL * self._batch_size
        rows = np.array([self._row_index(index) for index in range(pool * size, (pool + 1) * size)])
        grouped = rows[np.argsort(self._lengths[rows], kind="stable")].reshape(
            BATCHES_PER_POOL, self._batch_size
        )
        rng = np.random.default_rng([self._seed, 1, pool])
        return np.asarray(grouped[rng.permutation(BATCHES_PER_POOL)], dtype=np.int64)

    def _row_index(self, index: int) -> int:
        epoch, offset = divmod(index, len(self._dataset))
        if epoch != self._epoch:
            rng = np.random.default_rng([self._seed, 0, epoch])
            self._order, self._epoch = rng.permutation(len(self._dataset)), epoch
        return int(self._order[offset])
