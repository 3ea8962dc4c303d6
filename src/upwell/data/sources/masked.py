"""Pairs of texts with hidden words, for BERT: made from the documents of another source.

Half of the second texts follow the first and half come from another document. Which pair, which
words, and behind what they are hidden is drawn anew for every row, and is a function of the seed
and the row's number alone (Liu et al. 2019, arXiv 1907.11692, call it dynamic masking). Rows of
the test split come from held-out documents, and all that is asked for is hidden behind [MASK].
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import cast, final

import numpy as np

from ...errors import DataError, SpecError
from ..corpus import is_test
from ..masking import ALL_HIDDEN, RULE, chosen, hidden
from ..sentence_pairs import drawn
from ..sentences import Sentences, read
from ..source import Rows, TextSource, needed
from ..tokenizers import Tokenizer

LICENCE = "that of the texts"

SPECIALS = 3
"""Tokens of a row that are of no text: what begins it, and what ends each of the two."""

SHORTEST = 8
"""Least context that holds two texts."""


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`tokens` and `segments` [rows, context] and the `length` of each row; `truth` [rows,
    context], the hidden tokens and -1 elsewhere; `stranger` [rows], 1 where the second text
    comes from another document. All are int64."""

    of: TextSource
    """The source of the texts; options that are not named here are its own."""

    share: float = 0.15
    """Probability that a word is hidden."""

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise SpecError(f"source 'masked': share is {self.share}, expected between 0 and 1")

    def fill(
        self,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        rows: int,
        dice: np.random.Generator,
    ) -> Rows:
        """Fresh pairs. Raises SpecError for a tokenizer that has no [MASK], DataError for texts of
        which no two documents have two sentences."""
        words = needed(tokenizer, "masked")
        if words.mask is None or words.sep is None:
            raise SpecError(
                f"tokenizer {words.name!r} has no [MASK] and [SEP] to hide words behind; name one "
                "that has, e.g. 'wordpiece:pydoc:2000'"
            )
        if context < SHORTEST:
            raise SpecError(f"source 'masked' needs a context of at least {SHORTEST}: {context}")
        made = _paired(
            _sentences(cast("Hashable", self.of), words, split), words, context, rows, dice
        )
        starts, real = made.pop("starts") > 0, made.pop("real") > 0
        places = chosen(starts, real, self.share, dice)
        rule = RULE if split == "train" else ALL_HIDDEN
        ordinary = np.array(words.ordinary)
        truth = np.where(places, made["tokens"], -1)
        made["tokens"] = hidden(made["tokens"], places, words.mask, ordinary, rule, dice)
        return made | {"truth": truth}

    def holds(self, text: str, split: str) -> bool:
        """Whether the text stands in a document of the split."""
        return bool(text.strip()) and text.strip() in _text(cast("Hashable", self.of), split)


def _paired(
    found: Sentences, words: Tokenizer, context: int, rows: int, dice: np.random.Generator
) -> Rows:
    """Rows with nothing hidden yet, which places are of a text, and which of them begin a word."""
    names = ("tokens", "segments", "starts", "real")
    made = {name: np.zeros((rows, context), dtype=np.int64) for name in names}
    made["tokens"][:] = words.pad
    length, stranger = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    for row in range(rows):
        pair = drawn(found, context - SPECIALS, dice)
        (first, second), (begin, go_on) = pair.joined(found.ids), pair.joined(found.starts)
        middle, end = 1 + len(first), 2 + len(first) + len(second)
        made["tokens"][row, : end + 1] = [words.bos, *first, words.sep, *second, words.sep]
        made["starts"][row, 1:end] = [*begin, 0, *go_on]
        made["real"][row, 1:end] = 1
        made["real"][row, middle] = 0
        made["segments"][row, middle + 1 : end + 1] = 1
        length[row], stranger[row] = end + 1, pair.stranger
    return made | {"length": length, "stranger": stranger}


@lru_cache(maxsize=8)
def _sentences(of: Hashable, words: Tokenizer, split: str) -> Sentences:
    found = read(_documents(of, split), words)
    if len(np.unique(found.document[found.openers])) < 2:
        raise DataError(
            f"source 'masked' needs two {split} documents of two sentences each and finds fewer "
            f"among {len(found.borders) - 1} sentences; give more text"
        )
    return found


@lru_cache(maxsize=8)
def _text(of: Hashable, split: str) -> str:
    return "".join(_documents(of, split))


def _documents(of: Hashable, split: str) -> list[str]:
    assert isinstance(of, TextSource)
    found = (each for each in of.read().documents if each.strip())
    return [each for each in found if is_test(each) == (split == "test")]
