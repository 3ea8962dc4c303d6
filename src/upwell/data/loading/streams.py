"""Rows by number: each is a pure function of the seed and its number.

So the position of a loader is one number, and a resumed run gets the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from ..source import Rows, RowSource, TaskSource
from ..tokenization.tokenizer import Tokenizer

BLOCK_TOKENS = 1 << 16
"""Approximate number of tokens that are made at once, to share the cost of slow steps."""

EPISODE_BLOCK_ROWS = 128
"""Number of episodes that are made at once."""

EXAMPLE_BLOCK_ROWS, EXAMPLE_BLOCK_VALUES = 4096, 1 << 20
"""Largest numbers of examples, and of values, that are gathered and augmented at once."""

Seed = tuple[int, ...]
"""Seeds of the random generators of a stream."""

AugmentFn: TypeAlias = Callable[[Rows, np.random.Generator], Rows]
"""Adds random augmentation to training rows."""


class Stream(Protocol):
    """Endless rows of one source."""

    def get_rows(self, first: int, count: int) -> Rows:
        """Rows `first` to `first + count - 1`."""


@final
class TextWindowStream:
    """Windows of a text in shuffled order; in an epoch no token comes twice.

    Each epoch has its own order and its own offset, so that a text is not always cut at the same
    positions.
    """

    def __init__(self, ids: NDArray[np.int32], bos: int, context: int, seed: Seed) -> None:
        self._ids = ids
        self._bos = bos
        self._context = context
        self._seed = seed
        self._windows = max(1, (len(ids) - context + 1) // context)
        self._epoch = -1
        self._order: NDArray[np.int64]
        self._table: NDArray[np.int32]

    def get_rows(self, first: int, count: int) -> Rows:
        """`tokens` [count, context + 1] with bos first, and `weights` of 1."""
        tokens = np.full((count, self._context + 1), self._bos, dtype=np.int64)
        done = 0
        while done < count:
            epoch, window = divmod(first + done, self._windows)
            self._start_epoch(epoch)
            window_ids = self._order[window : window + count - done]
            tokens[done : done + len(window_ids), 1:] = self._table[window_ids]
            done += len(window_ids)
        return {"tokens": tokens, "weights": np.ones((count, self._context), dtype=np.float32)}

    def _start_epoch(self, epoch: int) -> None:
        if epoch == self._epoch:
            return
        rng = np.random.default_rng([*self._seed, epoch])
        covered = self._windows * self._context
        phase = int(rng.integers(len(self._ids) - covered + 1))
        self._table = self._ids[phase : phase + covered].reshape(self._windows, self._context)
        self._order = rng.permutation(self._windows)
        self._epoch = epoch


@final
class GeneratedStream:
    """Rows that a source makes, one block at a time, each with its own random generator."""

    def __init__(
        self,
        source: RowSource,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        limit: int | None,
        seed: Seed,
    ) -> None:
        self._source = source
        self._tokenizer = tokenizer
        self._split = split
        self._context = context
        self._limit = limit
        self._seed = (*seed, split == "test")
        self._rows = max(1, BLOCK_TOKENS // context)
        self._block_index = -1
        self._block: Rows

    def get_rows(self, first: int, count: int) -> Rows:
        """Rows as the source makes them; after `limit` rows they repeat."""
        pieces: list[Rows] = []
        done = 0
        while done < count:
            row = first + done if self._limit is None else (first + done) % self._limit
            block_index, offset = divmod(row, self._rows)
            self._load_block(block_index)
            size = min(count - done, self._rows - offset, *self._rows_until_limit(row))
            pieces.append(select(self._block, slice(offset, offset + size)))
            done += size
        return concat(pieces)

    def _rows_until_limit(self, row: int) -> list[int]:
        return [] if self._limit is None else [self._limit - row]

    def _load_block(self, block_index: int) -> None:
        if block_index == self._block_index:
            return
        rng = np.random.default_rng([*self._seed, block_index])
        self._block = self._source.generate_rows(
            self._tokenizer, self._split, self._context, self._rows, rng
        )
        self._block_index = block_index


@final
class EpisodeStream:
    """Episodes: each row is one of the first `limit` tasks, or a task of its own without limit."""

    def __init__(
        self, source: TaskSource, split: str, context: int, limit: int | None, seed: Seed
    ) -> None:
        self._source = source
        self._split = split
        self._context = context
        self._limit = limit
        self._seed = (*seed, split == "test")
        self._block_index = -1
        self._block: Rows

    def get_rows(self, first: int, count: int) -> Rows:
        """Rows as the source makes them, with new examples each time a task is drawn."""
        pieces: list[Rows] = []
        done = 0
        while done < count:
            block_index, offset = divmod(first + done, EPISODE_BLOCK_ROWS)
            self._load_block(block_index)
            size = min(count - done, EPISODE_BLOCK_ROWS - offset)
            pieces.append(select(self._block, slice(offset, offset + size)))
            done += size
        return concat(pieces)

    def _load_block(self, block_index: int) -> None:
        if block_index == self._block_index:
            return
        rng = np.random.default_rng([*self._seed, block_index])
        tasks = block_index * EPISODE_BLOCK_ROWS + np.arange(EPISODE_BLOCK_ROWS)
        if self._limit is not None:
            tasks = rng.integers(self._limit, size=EPISODE_BLOCK_ROWS)
        self._block = self._source.episodes(tasks, self._split, self._context, rng)
        self._block_index = block_index


@final
class ShuffledExamples:
    """Examples in shuffled order; in an epoch none comes twice. Each epoch has its own order."""

    def __init__(self, rows: Rows, seed: Seed, augment: AugmentFn | None = None) -> None:
        self._rows = rows
        self._seed = seed
        self._augment = augment
        self._count = num_rows(rows)
        self._block_rows = max(
            1, min(EXAMPLE_BLOCK_ROWS, EXAMPLE_BLOCK_VALUES // values_per_row(rows))
        )
        self._epoch = -1
        self._order: NDArray[np.int64]
        self._block_index = -1
        self._block: Rows

    def get_rows(self, first: int, count: int) -> Rows:
        """Rows, with augmentation where the stream has one."""
        pieces: list[Rows] = []
        done = 0
        while done < count:
            block_index, offset = divmod(first + done, self._block_rows)
            self._load_block(block_index)
            size = min(count - done, self._block_rows - offset)
            pieces.append(select(self._block, slice(offset, offset + size)))
            done += size
        return concat(pieces)

    def _load_block(self, block_index: int) -> None:
        """A block of rows, augmented with its own random generator."""
        if block_index == self._block_index:
            return
        indices = block_index * self._block_rows + np.arange(self._block_rows)
        block = select(
            self._rows, np.array([self._shuffled_index(index) for index in indices.tolist()])
        )
        if self._augment is not None:
            block = self._augment(block, np.random.default_rng([*self._seed, block_index]))
        self._block, self._block_index = block, block_index

    def _shuffled_index(self, index: int) -> int:
        epoch, offset = divmod(index, self._count)
        if epoch != self._epoch:
            rng = np.random.default_rng([*self._seed, 0, epoch])
            self._order, self._epoch = rng.permutation(self._count), epoch
        return int(self._order[offset])


def select(rows: Rows, index: slice | NDArray[np.int64]) -> Rows:
    """Rows at some indices."""
    return {name: array[index] for name, array in rows.items()}


def concat(pieces: Sequence[Rows]) -> Rows:
    """Rows one after the other."""
    if len(pieces) == 1:
        return pieces[0]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def num_rows(rows: Rows) -> int:
    """Number of rows."""
    return len(next(iter(rows.values())))


def values_per_row(rows: Rows) -> int:
    """Number of values in one row."""
    return sum(max(1, array[0].size) for array in rows.values())
