"""Rows by number: each is a pure function of the seed and of where it stands.

So a loader's position is one number, and a run that goes on sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from .source import Rows, RowSource, TaskSource
from .tokenizers import Tokenizer

BLOCK_TOKENS = 1 << 16
"""About how many tokens are made at once; dear steps are shared among them."""

BLOCK_TASKS = 128
"""Rows of tasks that are made at once."""

BLOCK_ROWS, BLOCK_NUMBERS = 4096, 1 << 20
"""At most so many examples, and numbers in them, are gathered and changed at once."""

Key = tuple[int, ...]
"""Seeds of a stream's dice."""

Augment: TypeAlias = Callable[[Rows, np.random.Generator], Rows]
"""Training rows, and how they are shown this time."""


class Stream(Protocol):
    """Endless rows of one source."""

    def take(self, first: int, count: int) -> Rows:
        """Rows `first` to `first + count - 1`."""


@final
class Windows:
    """Windows of a text in shuffled order; in an epoch no token comes twice.

    Each epoch has its own order and its own phase, so a text is not always cut at the same
    places.
    """

    def __init__(self, ids: NDArray[np.int32], bos: int, context: int, key: Key) -> None:
        self._ids = ids
        self._bos = bos
        self._context = context
        self._key = key
        self._windows = max(1, (len(ids) - context + 1) // context)
        self._epoch = -1
        self._order: NDArray[np.int64]
        self._table: NDArray[np.int32]

    def take(self, first: int, count: int) -> Rows:
        """`tokens` [count, context + 1] with bos first, and `weights` of one."""
        tokens = np.full((count, self._context + 1), self._bos, dtype=np.int64)
        done = 0
        while done < count:
            epoch, window = divmod(first + done, self._windows)
            self._open(epoch)
            chosen = self._order[window : window + count - done]
            tokens[done : done + len(chosen), 1:] = self._table[chosen]
            done += len(chosen)
        return {"tokens": tokens, "weights": np.ones((count, self._context), dtype=np.float32)}

    def _open(self, epoch: int) -> None:
        if epoch == self._epoch:
            return
        dice = np.random.default_rng([*self._key, epoch])
        covered = self._windows * self._context
        phase = int(dice.integers(len(self._ids) - covered + 1))
        self._table = self._ids[phase : phase + covered].reshape(self._windows, self._context)
        self._order = dice.permutation(self._windows)
        self._epoch = epoch


@final
class Made:
    """Rows that a source makes, a block at a time with the block's own dice."""

    def __init__(
        self,
        source: RowSource,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        limit: int | None,
        key: Key,
    ) -> None:
        self._source = source
        self._tokenizer = tokenizer
        self._split = split
        self._context = context
        self._limit = limit
        self._key = (*key, split == "test")
        self._rows = max(1, BLOCK_TOKENS // context)
        self._number = -1
        self._block: Rows

    def take(self, first: int, count: int) -> Rows:
        """Rows as the source makes them; beyond the limit they begin anew."""
        pieces: list[Rows] = []
        done = 0
        while done < count:
            row = first + done if self._limit is None else (first + done) % self._limit
            number, offset = divmod(row, self._rows)
            self._make(number)
            size = min(count - done, self._rows - offset, *self._left(row))
            pieces.append(part(self._block, slice(offset, offset + size)))
            done += size
        return joined(pieces)

    def _left(self, row: int) -> list[int]:
        return [] if self._limit is None else [self._limit - row]

    def _make(self, number: int) -> None:
        if number == self._number:
            return
        dice = np.random.default_rng([*self._key, number])
        self._block = self._source.fill(
            self._tokenizer, self._split, self._context, self._rows, dice
        )
        self._number = number


@final
class Tasks:
    """Rows of tasks: drawn from the first `limit` of them, or every row a task of its own."""

    def __init__(
        self, source: TaskSource, split: str, context: int, limit: int | None, key: Key
    ) -> None:
        self._source = source
        self._split = split
        self._context = context
        self._limit = limit
        self._key = (*key, split == "test")
        self._number = -1
        self._block: Rows

    def take(self, first: int, count: int) -> Rows:
        """Rows as the source makes them, with fresh examples each time a task comes up."""
        pieces: list[Rows] = []
        done = 0
        while done < count:
            number, offset = divmod(first + done, BLOCK_TASKS)
            self._make(number)
            size = min(count - done, BLOCK_TASKS - offset)
            pieces.append(part(self._block, slice(offset, offset + size)))
            done += size
        return joined(pieces)

    def _make(self, number: int) -> None:
        if number == self._number:
            return
        dice = np.random.default_rng([*self._key, number])
        tasks = number * BLOCK_TASKS + np.arange(BLOCK_TASKS)
        if self._limit is not None:
            tasks = dice.integers(self._limit, size=BLOCK_TASKS)
        self._block = self._source.episodes(tasks, self._split, self._context, dice)
        self._number = number


@final
class Shuffled:
    """Examples in shuffled order; in an epoch none comes twice. Each epoch has its own order."""

    def __init__(self, rows: Rows, key: Key, augment: Augment | None = None) -> None:
        self._rows = rows
        self._key = key
        self._augment = augment
        self._count = size_of(rows)
        self._block_rows = max(1, min(BLOCK_ROWS, BLOCK_NUMBERS // numbers_in(rows)))
        self._epoch = -1
        self._order: NDArray[np.int64]
        self._number = -1
        self._block: Rows

    def take(self, first: int, count: int) -> Rows:
        """Rows as they are shown this time."""
        pieces: list[Rows] = []
        done = 0
        while done < count:
            number, offset = divmod(first + done, self._block_rows)
            self._make(number)
            size = min(count - done, self._block_rows - offset)
            pieces.append(part(self._block, slice(offset, offset + size)))
            done += size
        return joined(pieces)

    def _make(self, number: int) -> None:
        """A block of rows, changed with the block's own dice."""
        if number == self._number:
            return
        places = number * self._block_rows + np.arange(self._block_rows)
        block = part(self._rows, np.array([self._row(place) for place in places.tolist()]))
        if self._augment is not None:
            block = self._augment(block, np.random.default_rng([*self._key, number]))
        self._block, self._number = block, number

    def _row(self, place: int) -> int:
        epoch, offset = divmod(place, self._count)
        if epoch != self._epoch:
            dice = np.random.default_rng([*self._key, 0, epoch])
            self._order, self._epoch = dice.permutation(self._count), epoch
        return int(self._order[offset])


def part(rows: Rows, which: slice | NDArray[np.int64]) -> Rows:
    """Some of the rows."""
    return {name: array[which] for name, array in rows.items()}


def joined(pieces: Sequence[Rows]) -> Rows:
    """Rows one after the other."""
    if len(pieces) == 1:
        return pieces[0]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def size_of(rows: Rows) -> int:
    """How many rows there are."""
    return len(next(iter(rows.values())))


def numbers_in(rows: Rows) -> int:
    """Numbers that one row holds."""
    return sum(max(1, array[0].size) for array in rows.values())
