"""Do test items stand in the rows to learn from? A score on such items measures memory.

An item overlaps if it stands in the training text word for word, or if 13 words in a row
do, case, spacing and punctuation aside: the convention of GPT-3 (Brown et al. 2020, arXiv
2005.14165, appendix C) with the one length that lm-evaluation-harness took for all tasks.
Chinese has no spaces, so a Chinese character counts as a word; in the same number of
words that is a stricter test, never a laxer one. It speaks of copies, not of paraphrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..records import DataSpec
from .corpus import corpus
from .source import RowSource, TextSource, source
from .tokenizers import Tokenizer

WORDS = 13
"""Words in a row that make an overlap."""

EXAMPLES, EXAMPLE_LENGTH = 5, 200

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
    r"|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+"
)


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Test items that stand in rows to learn from."""

    items: int
    """Items looked for."""

    exact: int
    """Items that stand there word for word."""

    partial: int
    """Items of which only 13 words in a row stand there."""

    found: tuple[int, ...]
    """Numbers of all these items, rising."""

    examples: tuple[str, ...]
    """The beginnings of a few of them."""


def check_overlap(
    test_items: Sequence[str], data: Sequence[DataSpec], tokenizer: Tokenizer
) -> Overlap:
    """Look for every item in the rows that a `Loader` of `data` would give.

    A source that makes its rows is asked by rule (`RowSource.holds`), which is exact for
    sums; a source of texts is searched; a source of examples parts its splits itself.
    """
    exact: set[int] = set()
    partial: set[int] = set()
    for spec in data:
        found = source(spec)
        if isinstance(found, RowSource):
            exact |= {i for i, item in enumerate(test_items) if found.holds(item, spec.split)}
            continue
        if not isinstance(found, TextSource):
            continue
        text = "".join(corpus(spec, tokenizer).documents)
        exact |= {i for i, item in enumerate(test_items) if _stands(item, text)}
        partial |= set(_shared(test_items, text))
    both = sorted(exact | partial)
    return Overlap(
        items=len(test_items),
        exact=len(exact),
        partial=len(partial - exact),
        found=tuple(both),
        examples=tuple(test_items[i][:EXAMPLE_LENGTH] for i in both[:EXAMPLES]),
    )


def words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation; a Chinese character is one."""
    return _WORD.findall(text.casefold())


def _stands(item: str, text: str) -> bool:
    return bool(item.strip()) and item.strip() in text


def _shared(items: Sequence[str], text: str) -> Iterator[int]:
    ours = [set(_runs(words(item))) for item in items]
    wanted = frozenset().union(*ours)
    there = {run for run in _runs(words(text)) if run in wanted} if wanted else set()
    return (i for i, runs in enumerate(ours) if not runs.isdisjoint(there))


def _runs(found: list[str]) -> Iterator[str]:
    return (" ".join(found[i : i + WORDS]) for i in range(len(found) - WORDS + 1))
