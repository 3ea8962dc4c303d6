"""Metrics of a model's parts: the scores of its attention heads."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Answer
from .base import MetricValue, mean_over_items, metric
from .extras import HEAD_SCORE_PREFIX


@metric("prefix_matching")
def prefix_matching(answers: Sequence[Answer]) -> MetricValue:
    """Prefix-matching score of the best head, from 0 to 1.

    The score is the attention from a token of a repeated sequence to the token that followed its
    previous occurrence. It is the mean over tokens and items (Olsson et al. 2022, arXiv
    2209.11895, with the authors' erratum).
    """
    heads = sorted(
        {name for answer in answers for name in answer.extras if name.startswith(HEAD_SCORE_PREFIX)}
    )
    scores = {head: _head_score(answers, head) for head in heads}
    known = {head: score.value for head, score in scores.items() if score.value is not None}
    if not known:
        return _head_score(answers, HEAD_SCORE_PREFIX)
    return scores[max(known, key=lambda head: known[head])]


def _head_score(answers: Sequence[Answer], head: str) -> MetricValue:
    return mean_over_items(
        answers,
        lambda answer: (answer.extras[head], 1) if head in answer.extras else None,
        "attention scores",
    )
