"""Distances and overlaps of two sequences of tokens, or of two strings as their characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..errors import MissingDependencyError


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Least number of insertions, deletions and substitutions (Levenshtein 1966).

    Raises MissingDependencyError without rapidfuzz.
    """
    return int(_load_rapidfuzz().Levenshtein.distance(first, second))


def lcs_length(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence.

    Raises MissingDependencyError without rapidfuzz.
    """
    return int(_load_rapidfuzz().LCSseq.similarity(first, second))


def common_substring_length(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest contiguous part that both have."""
    best, row = 0, [0] * (len(second) + 1)
    for token in first:
        diagonal = 0
        for index, other_token in enumerate(second, start=1):
            above = row[index]
            row[index] = diagonal + 1 if token == other_token else 0
            best, diagonal = max(best, row[index]), above
    return best


def token_f1(predicted: Sequence[str], target: Sequence[str]) -> float:
    """F1 of the tokens that both have, counted with repetitions (Rajpurkar et al. 2016).

    1 for two empty sequences, 0 where only one is empty.
    """
    if not predicted and not target:
        return 1.0
    num_shared = sum((Counter(predicted) & Counter(target)).values())
    return f_measure(num_shared, len(predicted), len(target))


def f_measure(num_common: int, num_predicted: int, num_target: int) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is common."""
    return 2 * num_common / (num_predicted + num_target) if num_common else 0.0


def _load_rapidfuzz() -> Any:
    try:
        from rapidfuzz import distance
    except ImportError as error:
        raise MissingDependencyError(
            "edit distances need rapidfuzz, which is not installed: pip install rapidfuzz"
        ) from error
    return distance
