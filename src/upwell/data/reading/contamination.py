"""Contamination: test items in the training data, on which a score measures memory.

An item is contaminated if the training text holds it word for word, or holds 13 words in a row of
it. Case, spacing and punctuation do not count. This is the convention of GPT-3 (Brown et al. 2020,
arXiv 2005.14165, appendix C), with the length that lm-evaluation-harness uses for all tasks.

Chinese has no spaces, so a Chinese character counts as a word, which makes the test stricter.
Paraphrases are not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...records import DataSpec
from ..source import RowSource, TextSource, load_source
from ..tokenization.tokenizer import Tokenizer
from .corpus import load_corpus

NGRAM_WORD_COUNT = 13
"""Number of words in a row that make an item contaminated."""

MAX_EXAMPLES, MAX_EXAMPLE_CHARS = 5, 200

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
    r"|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+"
)


@dataclass(frozen=True, kw_only=True)
class Contamination:
    """Test items found in training data."""

    items: int
    """Number of items searched for."""

    exact: int
    """Number of items found word for word."""

    partial: int
    """Number of items of which only 13 words in a row are found."""

    item_indices: tuple[int, ...]
    """Indices of all these items, in increasing order."""

    examples: tuple[str, ...]
    """The beginnings of a few of them."""


def find_contamination(
    test_items: Sequence[str], data: Sequence[DataSpec], tokenizer: Tokenizer
) -> Contamination:
    """Search for every item in the rows that a `Loader` of `data` gives.

    A source of texts is searched. A source that makes its rows decides by rule
    (`RowSource.contains`), which is exact for arithmetic. Sources of examples are skipped: they
    keep their splits apart themselves.
    """
    exact: set[int] = set()
    partial: set[int] = set()
    for spec in data:
        data_source = load_source(spec)
        if isinstance(data_source, RowSource):
            exact |= {
                i for i, item in enumerate(test_items) if data_source.contains(item, spec.split)
            }
            continue
        if not isinstance(data_source, TextSource):
            continue
        text = "".join(load_corpus(spec, tokenizer).documents)
        exact |= {i for i, item in enumerate(test_items) if _contains(item, text)}
        partial |= set(_find_shared_ngrams(test_items, text))
    overlapping = sorted(exact | partial)
    return Contamination(
        items=len(test_items),
        exact=len(exact),
        partial=len(partial - exact),
        item_indices=tuple(overlapping),
        examples=tuple(test_items[i][:MAX_EXAMPLE_CHARS] for i in overlapping[:MAX_EXAMPLES]),
    )


def split_words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation; a Chinese character is one."""
    return _WORD.findall(text.casefold())


def _contains(item: str, text: str) -> bool:
    return bool(item.strip()) and item.strip() in text


def _find_shared_ngrams(items: Sequence[str], text: str) -> Iterator[int]:
    ngrams_by_item = [set(_iter_ngrams(split_words(item))) for item in items]
    item_ngrams = frozenset().union(*ngrams_by_item)
    text_ngrams = (
        {ngram for ngram in _iter_ngrams(split_words(text)) if ngram in item_ngrams}
        if item_ngrams
        else set()
    )
    return (i for i, ngrams in enumerate(ngrams_by_item) if not ngrams.isdisjoint(text_ngrams))


def _iter_ngrams(tokens: list[str]) -> Iterator[str]:
    return (
        " ".join(tokens[i : i + NGRAM_WORD_COUNT])
        for i in range(len(tokens) - NGRAM_WORD_COUNT + 1)
    )
