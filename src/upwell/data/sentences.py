"""Documents as sentences of token ids, flat arrays with borders: made once, drawn from often."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .tokenizers import Tokenizer

_END = re.compile(r"(?<=[。！？；…!?])|(?<=[.!?])\s+|\n+")
_COMMA = re.compile(r"(?<=[，、])|(?<=[,;:])\s+")

Ints = NDArray[np.int64]


def sentences(document: str) -> list[str]:
    """The sentences of a document: lines, cut after full stops, question and exclamation marks.

    A document that has only one is cut at its commas: half of Chinese reviews are a sentence.
    """
    found = _parts(_END, document)
    return found if len(found) > 1 else _parts(_COMMA, document)


@dataclass(frozen=True, eq=False)
class Sentences:
    """The sentences of many documents, one after the other."""

    ids: NDArray[np.int32]
    """Token ids of all of them."""

    starts: NDArray[np.bool_]
    """Whether a token begins a word."""

    borders: Ints
    """Where each sentence begins, and where the last one ends."""

    document: Ints
    """Number of the document that each sentence is of."""

    @cached_property
    def openers(self) -> Ints:
        """Sentences that another one of the same document follows."""
        return np.flatnonzero(self.document[1:] == self.document[:-1])

    @cached_property
    def ends(self) -> Ints:
        """For each document the number of the sentence behind its last one."""
        return np.cumsum(np.bincount(self.document))


def read(documents: Sequence[str], tokenizer: Tokenizer) -> Sentences:
    """All sentences that have a token."""
    ids: list[NDArray[np.int32]] = []
    starts: list[NDArray[np.bool_]] = []
    document: list[int] = []
    for number, text in enumerate(documents):
        for tokens, words in tokenizer.words(sentences(text)):
            if tokens:
                ids.append(np.array(tokens, dtype=np.int32))
                starts.append(np.diff(np.array(words), prepend=-1) != 0)
                document.append(number)
    lengths = [0, *map(len, ids)]
    return Sentences(
        ids=np.concatenate(ids) if ids else np.empty(0, dtype=np.int32),
        starts=np.concatenate(starts) if starts else np.empty(0, dtype=np.bool_),
        borders=np.cumsum(lengths),
        document=np.array(document, dtype=np.int64),
    )


def _parts(border: re.Pattern[str], text: str) -> list[str]:
    return [part.strip() for part in border.split(text) if part.strip()]
