"""Documents as sentences of token ids, in flat arrays with offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..tokenization.tokenizer import Tokenizer

_END = re.compile(r"(?<=[。！？；…!?])|(?<=[.!?])\s+|\n+")
_COMMA = re.compile(r"(?<=[，、])|(?<=[,;:])\s+")

Ints = NDArray[np.int64]


def split_sentences(document: str) -> list[str]:
    """The sentences of a document: lines, cut after full stops, question and exclamation marks.

    A document with a single sentence is cut at its commas, because half of the Chinese reviews are
    one sentence.
    """
    parts = _split(_END, document)
    return parts if len(parts) > 1 else _split(_COMMA, document)


@dataclass(frozen=True, eq=False)
class Sentences:
    """The sentences of many documents, in order."""

    ids: NDArray[np.int32]
    """Token ids of all sentences."""

    starts: NDArray[np.bool_]
    """Whether a token begins a word."""

    offsets: Ints
    """Where each sentence begins, and then where the last one ends."""

    document: Ints
    """Index of the document of each sentence."""

    @cached_property
    def non_final(self) -> Ints:
        """Indices of the sentences that are not the last of their document."""
        return np.flatnonzero(self.document[1:] == self.document[:-1])

    @cached_property
    def document_ends(self) -> Ints:
        """For each document the index of the sentence after its last one."""
        return np.cumsum(np.bincount(self.document))


def read_sentences(documents: Sequence[str], tokenizer: Tokenizer) -> Sentences:
    """All sentences with at least one token."""
    ids: list[NDArray[np.int32]] = []
    starts: list[NDArray[np.bool_]] = []
    document: list[int] = []
    for index, text in enumerate(documents):
        for tokens, word_ids in tokenizer.encode_with_word_ids(split_sentences(text)):
            if tokens:
                ids.append(np.array(tokens, dtype=np.int32))
                starts.append(np.diff(np.array(word_ids), prepend=-1) != 0)
                document.append(index)
    lengths = [0, *map(len, ids)]
    return Sentences(
        ids=np.concatenate(ids) if ids else np.empty(0, dtype=np.int32),
        starts=np.concatenate(starts) if starts else np.empty(0, dtype=np.bool_),
        offsets=np.cumsum(lengths),
        document=np.array(document, dtype=np.int64),
    )


def _split(border: re.Pattern[str], text: str) -> list[str]:
    return [part.strip() for part in border.split(text) if part.strip()]
