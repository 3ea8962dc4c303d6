"""Batches of rows of about one length, any place among them within reach.

Which rows a batch holds, and how they are varied, is a pure function of the seed and of its
number, so a checkpoint keeps one number. Rows come in the order of a shuffle that is made anew each
time all have been seen; of so many of them at a time those of a length are put together, so that
little is filled up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .encoding import Prepared

POOL = 32
"""Batches that are sorted by length together."""


@final
class ByLength:
    """`next()` gives a batch and moves on; `seek` goes to any place."""

    def __init__(self, rows: Prepared, batch: int, seed: int, *, varied: bool = True) -> None:
        self._rows, self._batch, self._seed, self._varied = rows, batch, seed, varied
        self._lengths = rows.lengths
        self._number = 0
        self._pool = -1
        self._dealt: NDArray[np.int64]
        self._epoch = -1
        self._order: NDArray[np.int64]

    def next(self) -> dict[str, Any]:
        """The next batch: arrays by name, the row their first axis."""
        pool, place = divmod(self._number, POOL)
        if pool != self._pool:
            self._dealt, self._pool = self._deal(pool), pool
        dice = np.random.default_rng([self._seed, 2, self._number]) if self._varied else None
        self._number += 1
        return self._rows.batch(self._dealt[place].tolist(), dice)

    def position(self) -> dict[str, int]:
        """Which batch is next, as plain JSON."""
        return {"batch": self._number}

    def seek(self, position: Mapping[str, Any]) -> None:
        """Go on from a position; the batches that follow are those that followed then."""
        number = position.get("batch")
        if not isinstance(number, int) or number < 0:
            raise DataError(f"not a position of batches: {dict(position)}; expected {{'batch': n}}")
        self._number = number

    def _deal(self, pool: int) -> NDArray[np.int64]:
        """[POOL, batch]: rows of about one length together, the batches in any order."""
        size = POOL * self._batch
        rows = np.array([self._row(place) for place in range(pool * size, (pool + 1) * size)])
        alike = rows[np.argsort(self._lengths[rows], kind="stable")].reshape(POOL, self._batch)
        dice = np.random.default_rng([self._seed, 1, pool])
        return np.asarray(alike[dice.permutation(POOL)], dtype=np.int64)

    def _row(self, place: int) -> int:
        epoch, offset = divmod(place, len(self._rows))
        if epoch != self._epoch:
            dice = np.random.default_rng([self._seed, 0, epoch])
            self._order, self._epoch = dice.permutation(len(self._rows)), epoch
        return int(self._order[offset])
