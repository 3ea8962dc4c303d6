"""How far what was heard is from what was said: word and character error rates.

The least number of words (or characters) to put in, take out and replace, for each that was said
(Levenshtein 1966). Chinese has no words between spaces, so each of its characters is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from ..records import Score
from .scoring import SAMPLES, interval

CHINESE = re.compile(r"([\u3400-\u9fff])")


def words(text: str) -> list[str]:
    """Words between spaces; characters of Chinese one by one."""
    return CHINESE.sub(r" \1 ", text).split()


def characters(text: str) -> list[str]:
    """Characters, with one space where there are several."""
    return list(" ".join(text.split()))


def edits(heard: Sequence[str], said: Sequence[str]) -> int:
    """The least number of insertions, deletions and replacements."""
    row = list(range(len(said) + 1))
    for i, one in enumerate(heard, start=1):
        before, row[0] = row[0], i
        for j, other in enumerate(said, start=1):
            above = row[j]
            row[j] = min(above + 1, row[j - 1] + 1, before + (one != other))
            before = above
    return row[-1]


def error_rates(heard: Sequence[str], said: Sequence[str], seed: int = 0) -> tuple[Score, ...]:
    """Of characters and of words, over all rows together; 90 % intervals by drawing rows anew. More
    than 1 where more is heard than was said."""
    return tuple(
        _rate(name, split, heard, said, seed)
        for name, split in (("character_error_rate", characters), ("word_error_rate", words))
    )


def _rate(
    name: str,
    split: Callable[[str], list[str]],
    heard: Sequence[str],
    said: Sequence[str],
    seed: int,
) -> Score:
    wrong = np.array([edits(split(a), split(b)) for a, b in zip(heard, said, strict=True)])
    there = np.array([len(split(text)) for text in said])
    dice = np.random.default_rng(seed)
    draws = dice.integers(0, len(said), (SAMPLES, len(said)))
    low, high = interval([float(wrong[draw].sum() / there[draw].sum()) for draw in draws])
    value = float(wrong.sum() / there.sum())
    return Score(metric=name, value=value, low=low, high=high, rows=len(said))
