"""Batches to learn from: several sources mixed by share, any place in them within reach.

Every row is a pure function of the seed and its number, so the position that a checkpoint
keeps is one number, and what follows after `seek` is the same to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, SpecError
from ..records import DataSpec
from .corpus import Corpus, Counts, corpus
from .examples import examples
from .mixture import Mixture
from .source import Augmenting, ExampleSource, Rows, RowSource, TaskSource, needed, source
from .streams import (
    BLOCK_TOKENS,
    Made,
    Shuffled,
    Stream,
    Tasks,
    Windows,
    joined,
    numbers_in,
    part,
)
from .tokenizers import Tokenizer


@final
class Loader:
    """Batches of a mixture. `next()` gives one and moves on by `batch` rows."""

    counts: tuple[Counts, ...]
    """What became of each source, in the order of `data`."""

    def __init__(
        self,
        data: Sequence[DataSpec],
        tokenizer: Tokenizer | None,
        context: int,
        batch: int,
        seed: int,
    ) -> None:
        """Read every source once; `tokenizer` is None where the model reads no text.

        Raises SpecError or DataError for what cannot be used.
        """
        if min(context, batch) < 1 or seed < 0:
            raise SpecError(f"cannot load {context=}, {batch=}, {seed=}: too small a number")
        self._batch = batch
        self._mixture = Mixture(tuple(spec.share for spec in data))
        opened = [_open(spec, tokenizer, context, (seed, place)) for place, spec in enumerate(data)]
        self._streams = [stream for stream, _ in opened]
        self.counts = tuple(counts for _, counts in opened)
        self._check_enough()
        first = self._alike([stream.take(0, 1) for stream in self._streams], data)
        each = batch * max(context, numbers_in(first))
        self._rows = batch * max(1, BLOCK_TOKENS // each)
        self._row = 0
        self._block_row = 0
        self._block = self._made(0)

    def next(self) -> Rows:
        """A batch; see `source.Rows` for what it holds."""
        start = self._row - self._block_row
        if not 0 <= start <= self._rows - self._batch:
            self._block_row, start = self._row, 0
            self._block = self._made(self._row)
        self._row += self._batch
        chosen = part(self._block, slice(start, start + self._batch))
        return {name: rows.copy() for name, rows in chosen.items()}

    def position(self) -> dict[str, int]:
        """Where the next batch begins, as plain JSON for a checkpoint."""
        return {"rows": self._row}

    def seek(self, position: Mapping[str, int]) -> None:
        """Go on from a position; the batches that follow are those that followed then."""
        row = position.get("rows")
        if not isinstance(row, int) or row < 0:
            raise DataError(f"not a loader's position: {dict(position)}; expected {{'rows': n}}")
        self._row = row

    def _made(self, first: int) -> Rows:
        owner, before = self._mixture.deal(first, self._rows)
        own = [np.flatnonzero(owner == k) for k in range(len(self._streams))]
        taken = [
            stream.take(before[k], len(own[k]))
            for k, stream in enumerate(self._streams)
            if len(own[k])
        ]
        order = np.argsort(np.concatenate(own), kind="stable")
        return part(joined(taken), order)

    def _check_enough(self) -> None:
        """DataError where there are fewer examples than a batch takes at once."""
        count = sum(each.examples for each in self.counts)
        if all(each.examples for each in self.counts) and count < self._batch:
            raise DataError(
                f"there are {count} examples to learn from, fewer than a batch of {self._batch}; "
                "give more of them, or lower batch"
            )

    @staticmethod
    def _alike(firsts: Sequence[Rows], data: Sequence[DataSpec]) -> Rows:
        """The first row of the first source. SpecError if another source's have another shape."""
        shapes = [{name: rows.shape for name, rows in first.items()} for first in firsts]
        for spec, shape in zip(data, shapes, strict=True):
            if shape != shapes[0]:
                raise SpecError(
                    f"rows of source {spec.source!r} have {_shown(shape)}, and those of "
                    f"{data[0].source!r} have {_shown(shapes[0])}; mix sources that are alike"
                )
        return firsts[0]


def _shown(shape: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {list(size[1:])}" for name, size in sorted(shape.items()))


def _open(
    spec: DataSpec, tokenizer: Tokenizer | None, context: int, key: tuple[int, int]
) -> tuple[Stream, Counts]:
    found = source(spec)
    if isinstance(found, RowSource):
        made = Made(found, tokenizer, spec.split, context, spec.limit, key)
        return made, Counts(source=spec.source)
    if isinstance(found, TaskSource):
        tasks = Tasks(found, spec.split, context, spec.limit, key)
        return tasks, Counts(source=spec.source)
    if isinstance(found, ExampleSource):
        return _shuffled(spec, tokenizer, context, key)
    words = needed(tokenizer, spec.source)
    text = corpus(spec, words)
    ids = _ids(text, words)
    if len(ids) < context:
        raise DataError(
            f"source {spec.source!r} has {len(ids)} tokens to {spec.split} on, fewer than one "
            f"window of {context}; give more text or a shorter context"
        )
    return Windows(ids, words.bos, context, key), replace(text.counts, tokens=len(ids))


def _shuffled(
    spec: DataSpec, tokenizer: Tokenizer | None, context: int, key: tuple[int, int]
) -> tuple[Stream, Counts]:
    there = examples(spec, tokenizer, context)
    found = source(spec)
    augment = found.augmented if isinstance(found, Augmenting) and spec.split == "train" else None
    counts = Counts(source=spec.source, examples=len(there), left_out=sum(there.left_out.values()))
    return Shuffled(there.rows, key, augment), counts


def _ids(text: Corpus, tokenizer: Tokenizer) -> NDArray[np.int32]:
    parts = [np.array(tokenizer.encode(d), dtype=np.int32) for d in text.documents]
    return np.concatenate(parts)
