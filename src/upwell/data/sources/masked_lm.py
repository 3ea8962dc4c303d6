"""Masked language modeling with next sentence prediction, over the documents of another source.

Half of the second texts follow the first, and half come from another document. Pairs and masks are
newly drawn for every row, from the seed and the number of the row (dynamic masking: Liu et al.
2019, arXiv 1907.11692). Rows of the test split come from held-out documents, and all their masked
tokens are replaced by [MASK].
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import cast, final

import numpy as np

from ...errors import DataError, SpecError
from ..loading.mlm_masking import ALWAYS_MASK, BERT_80_10_10, choose_positions, mask_tokens
from ..reading.corpus import is_test
from ..source import Rows, RowSource, TextSource, require_tokenizer
from ..text.nsp_pairs import sample_pair
from ..text.sentences import Sentences, read_sentences
from ..tokenization.tokenizer import Tokenizer

LICENSE = "that of the texts"

NUM_SPECIALS = 3
"""Special tokens of a row: bos, and sep after each of the two texts."""

MIN_CONTEXT = 8
"""Smallest context that holds two texts."""


@final
@dataclass(frozen=True, kw_only=True)
class Source(RowSource):
    """Rows of a BERT, all int64: `tokens` and `segments` [rows, context] and `length` [rows].

    `labels` [rows, context] are the masked tokens, and -1 elsewhere. `is_random_next` [rows] is 1
    where the second text comes from another document.
    """

    text_source: TextSource
    """The source of the texts. Options with other names than these two are its own."""

    mlm_probability: float = 0.15
    """Probability that a word is masked."""

    def __post_init__(self) -> None:
        if not 0 < self.mlm_probability < 1:
            raise SpecError(
                f"source 'masked_lm': mlm_probability is {self.mlm_probability}, expected between "
                "0 and 1"
            )

    def generate_rows(
        self,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        rows: int,
        rng: np.random.Generator,
    ) -> Rows:
        """New pairs with masked words.

        Raises SpecError for a tokenizer without [MASK], and DataError for texts without two
        documents of two sentences.
        """
        text_tokenizer = require_tokenizer(tokenizer, self.source_name)
        if text_tokenizer.mask is None or text_tokenizer.sep is None:
            raise SpecError(
                f"tokenizer {text_tokenizer.name!r} has no [MASK] and [SEP]; name one that has, "
                "e.g. "
                "'wordpiece:pydoc:2000'"
            )
        if context < MIN_CONTEXT:
            raise SpecError(
                f"source 'masked_lm' needs a context of at least {MIN_CONTEXT}, found {context}"
            )
        batch = _build_pairs(
            _load_sentences(cast("Hashable", self.text_source), text_tokenizer, split),
            text_tokenizer,
            context,
            rows,
            rng,
        )
        starts, is_text = batch.pop("starts") > 0, batch.pop("is_text") > 0
        positions = choose_positions(starts, is_text, self.mlm_probability, rng)
        rule = BERT_80_10_10 if split == "train" else ALWAYS_MASK
        regular_ids = np.array(text_tokenizer.regular_ids)
        labels = np.where(positions, batch["tokens"], -1)
        batch["tokens"] = mask_tokens(
            batch["tokens"], positions, text_tokenizer.mask, regular_ids, rule, rng
        )
        return batch | {"labels": labels}

    def contains(self, text: str, split: str) -> bool:
        """Whether the text stands in a document of the split."""
        return bool(text.strip()) and text.strip() in _join_documents(
            cast("Hashable", self.text_source), split
        )


def _build_pairs(
    sentences: Sentences, tokenizer: Tokenizer, context: int, rows: int, rng: np.random.Generator
) -> Rows:
    """Rows without masks; `is_text` marks the tokens of texts, `starts` those that begin a word."""
    names = ("tokens", "segments", "starts", "is_text")
    arrays = {name: np.zeros((rows, context), dtype=np.int64) for name in names}
    arrays["tokens"][:] = tokenizer.pad
    length, is_random_next = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    for row in range(rows):
        pair = sample_pair(sentences, context - NUM_SPECIALS, rng)
        (first, second), (first_starts, second_starts) = (
            pair.slice_array(sentences.ids),
            pair.slice_array(sentences.starts),
        )
        middle, end = 1 + len(first), 2 + len(first) + len(second)
        arrays["tokens"][row, : end + 1] = [
            tokenizer.bos,
            *first,
            tokenizer.sep,
            *second,
            tokenizer.sep,
        ]
        arrays["starts"][row, 1:end] = [*first_starts, 0, *second_starts]
        arrays["is_text"][row, 1:end] = 1
        arrays["is_text"][row, middle] = 0
        arrays["segments"][row, middle + 1 : end + 1] = 1
        length[row], is_random_next[row] = end + 1, pair.is_random_next
    return arrays | {"length": length, "is_random_next": is_random_next}


@lru_cache(maxsize=8)
def _load_sentences(text_source: Hashable, tokenizer: Tokenizer, split: str) -> Sentences:
    sentences = read_sentences(_split_documents(text_source, split), tokenizer)
    if len(np.unique(sentences.document[sentences.non_final])) < 2:
        raise DataError(
            f"source 'masked_lm' needs two {split} documents of two sentences and finds fewer "
            f"among {len(sentences.offsets) - 1} sentences; give more text"
        )
    return sentences


@lru_cache(maxsize=8)
def _join_documents(text_source: Hashable, split: str) -> str:
    return "".join(_split_documents(text_source, split))


def _split_documents(text_source: Hashable, split: str) -> list[str]:
    assert isinstance(text_source, TextSource)
    documents = (each for each in text_source.read().documents if each.strip())
    return [each for each in documents if is_test(each) == (split == "test")]
