"""Word and character error rates of speech recognition.

The edit distance of words or characters over the length of the reference (Levenshtein 1966).
Chinese has no spaces between words, so each of its characters is a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from ..records import Score
from .bootstrap import RowIndices, bootstrap_score
from .sequences import edit_distance

CHINESE_CHARACTER = re.compile(r"([\u3400-\u9fff])")


def split_words(text: str) -> list[str]:
    """Words between spaces; each Chinese character is a word."""
    return CHINESE_CHARACTER.sub(r" \1 ", text).split()


def split_characters(text: str) -> list[str]:
    """Characters, with consecutive white space as one space."""
    return list(" ".join(text.split()))


def wer_and_cer(
    hypotheses: Sequence[str], references: Sequence[str], seed: int = 0
) -> tuple[Score, ...]:
    """Character and word error rate over all rows, with 90 % bootstrap intervals.

    A rate is above 1 where the hypotheses are much longer than the references.
    """
    return tuple(
        _error_rate(name, split, hypotheses, references, seed)
        for name, split in (
            ("character_error_rate", split_characters),
            ("word_error_rate", split_words),
        )
    )


def _error_rate(
    name: str,
    split: Callable[[str], list[str]],
    hypotheses: Sequence[str],
    references: Sequence[str],
    seed: int,
) -> Score:
    num_edits = np.array(
        [edit_distance(split(a), split(b)) for a, b in zip(hypotheses, references, strict=True)]
    )
    reference_lengths = np.array([len(split(text)) for text in references])

    def rate(rows_N: RowIndices) -> float:
        return float(num_edits[rows_N].sum() / reference_lengths[rows_N].sum())

    return bootstrap_score(name, rate, len(references), seed)
