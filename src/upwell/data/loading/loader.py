"""Batches of a mixture of sources, with a position that can be saved and restored.

Every row is a pure function of the seed and its number. So the state in a checkpoint is one number,
and the batches after `load_state_dict` are the same to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, SpecError
from ...records import DataSpec
from ..reading.corpus import Corpus, SourceCounts, load_corpus
from ..reading.examples import load_examples
from ..source import (
    ExampleSource,
    Rows,
    RowSource,
    TaskSource,
    load_example_source,
    load_source,
    require_tokenizer,
)
from ..tokenization.tokenizer import Tokenizer
from .mixture import Mixture
from .streams import (
    BLOCK_TOKENS,
    EpisodeStream,
    GeneratedStream,
    ShuffledExamples,
    Stream,
    TextWindowStream,
    concat,
    select,
    values_per_row,
)


@final
class Loader:
    """Batches of a mixture; `next()` returns one and advances by `batch_size` rows."""

    counts: tuple[SourceCounts, ...]
    """What was read of each source, in the order of `data`."""

    def __init__(
        self,
        data: Sequence[DataSpec],
        tokenizer: Tokenizer | None,
        context: int,
        batch_size: int,
        seed: int,
    ) -> None:
        """Read every source once; `tokenizer` is None where the model reads no text.

        Raises SpecError or DataError for sources that cannot be used.
        """
        if min(context, batch_size) < 1 or seed < 0:
            raise SpecError(f"cannot load {context=}, {batch_size=}, {seed=}: too small a number")
        self._batch_size = batch_size
        self._mixture = Mixture(tuple(spec.weight for spec in data))
        opened = [
            _open_stream(spec, tokenizer, context, (seed, index)) for index, spec in enumerate(data)
        ]
        self._streams = [stream for stream, _ in opened]
        self.counts = tuple(counts for _, counts in opened)
        self._check_enough()
        first = self._check_same_shape([stream.get_rows(0, 1) for stream in self._streams], data)
        batch_values = batch_size * max(context, values_per_row(first))
        self._rows = batch_size * max(1, BLOCK_TOKENS // batch_values)
        self._row = 0
        self._block_row = 0
        self._block = self._build_block(0)

    def next(self) -> Rows:
        """The next batch; see `source.Rows` for its arrays."""
        start = self._row - self._block_row
        if not 0 <= start <= self._rows - self._batch_size:
            self._block_row, start = self._row, 0
            self._block = self._build_block(self._row)
        self._row += self._batch_size
        selected = select(self._block, slice(start, start + self._batch_size))
        return {name: rows.copy() for name, rows in selected.items()}

    def state_dict(self) -> dict[str, int]:
        """The position of the next batch, as plain JSON for a checkpoint."""
        return {"rows": self._row}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Continue from a saved position with the same batches.

        Raises DataError for a state that is not a position.
        """
        row = state.get("rows")
        if not isinstance(row, int) or row < 0:
            raise DataError(f"not a loader's position: {dict(state)}; expected {{'rows': n}}")
        self._row = row

    def _build_block(self, first: int) -> Rows:
        owner, offsets = self._mixture.assign(first, self._rows)
        indices = [np.flatnonzero(owner == k) for k in range(len(self._streams))]
        pieces = [
            stream.get_rows(offsets[k], len(indices[k]))
            for k, stream in enumerate(self._streams)
            if len(indices[k])
        ]
        order = np.argsort(np.concatenate(indices), kind="stable")
        return select(concat(pieces), order)

    def _check_enough(self) -> None:
        """Raises DataError where there are fewer examples than a batch has rows."""
        count = sum(each.examples for each in self.counts)
        if all(each.examples for each in self.counts) and count < self._batch_size:
            raise DataError(
                f"there are {count} training examples, fewer than a batch of {self._batch_size}; "
                "give more of them, or lower batch_size"
            )

    @staticmethod
    def _check_same_shape(firsts: Sequence[Rows], data: Sequence[DataSpec]) -> Rows:
        """The first row of the first source. Raises SpecError for rows of other shapes."""
        shapes = [{name: rows.shape for name, rows in first.items()} for first in firsts]
        for spec, shape in zip(data, shapes, strict=True):
            if shape != shapes[0]:
                raise SpecError(
                    f"rows of source {spec.source!r} have {_format_shapes(shape)}, and those of "
                    f"{data[0].source!r} have {_format_shapes(shapes[0])}; mix sources of one kind"
                )
        return firsts[0]


def _format_shapes(shape: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {list(size[1:])}" for name, size in sorted(shape.items()))


def _open_stream(
    spec: DataSpec, tokenizer: Tokenizer | None, context: int, seed: tuple[int, int]
) -> tuple[Stream, SourceCounts]:
    data_source = load_source(spec)
    if isinstance(data_source, RowSource):
        row_stream = GeneratedStream(data_source, tokenizer, spec.split, context, spec.limit, seed)
        return row_stream, SourceCounts(source=spec.source)
    if isinstance(data_source, TaskSource):
        episode_stream = EpisodeStream(data_source, spec.split, context, spec.limit, seed)
        return episode_stream, SourceCounts(source=spec.source)
    if isinstance(data_source, ExampleSource):
        return _open_examples(spec, tokenizer, context, seed)
    text_tokenizer = require_tokenizer(tokenizer, spec.source)
    text_corpus = load_corpus(spec, text_tokenizer)
    ids = _encode_corpus(text_corpus, text_tokenizer)
    if len(ids) < context:
        raise DataError(
            f"source {spec.source!r} has {len(ids)} tokens to {spec.split} on, fewer than one "
            f"window of {context}; give more text or a shorter context"
        )
    return TextWindowStream(ids, text_tokenizer.bos, context, seed), replace(
        text_corpus.counts, tokens=len(ids)
    )


def _open_examples(
    spec: DataSpec, tokenizer: Tokenizer | None, context: int, seed: tuple[int, int]
) -> tuple[Stream, SourceCounts]:
    split_examples = load_examples(spec, tokenizer, context)
    data_source = load_example_source(spec)
    augment = data_source.augment_rows if spec.split == "train" else None
    counts = SourceCounts(
        source=spec.source,
        examples=len(split_examples),
        left_out=sum(split_examples.left_out.values()),
    )
    return ShuffledExamples(split_examples.rows, seed, augment), counts


def _encode_corpus(text_corpus: Corpus, tokenizer: Tokenizer) -> NDArray[np.int32]:
    parts = [np.array(tokenizer.encode(d), dtype=np.int32) for d in text_corpus.documents]
    return np.concatenate(parts)
