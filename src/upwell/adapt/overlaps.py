"""How much of a text that was said stands in the one that was wanted: chrF, BLEU, ROUGE-L.

English by words and Chinese by characters, where words count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import MissingExtra
from ..records import Score
from .scoring import SAMPLES, interval

WORDS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[a-z0-9]+|[^\W\d_]+")
"""Letters and digits of ASCII as ROUGE takes them; a character of Chinese; words of others."""

CHINESE = re.compile(r"[\u3400-\u9fff]")


def chrf_and_bleu(said: Sequence[str], wanted: Sequence[str], seed: int = 0) -> tuple[Score, ...]:
    """chrF (Popović 2015) and BLEU of all rows together, 0 to 1, as sacrebleu counts them; BLEU
    by characters where the targets are Chinese. 90 % intervals by drawing rows anew."""
    metrics = _metrics()
    chinese = sum(bool(CHINESE.search(text)) for text in wanted) > len(wanted) / 2
    return tuple(
        _drawn(name, metric, said, wanted, seed)
        for name, metric in (
            ("chrf", metrics.CHRF()),
            ("bleu", metrics.BLEU(tokenize="zh" if chinese else "13a")),
        )
    )


def chrf_each(said: Sequence[str], wanted: Sequence[str]) -> list[float]:
    """chrF of every row by itself, 0 to 1."""
    metric = _metrics().CHRF()
    return [
        metric.sentence_score(one, [other]).score / 100
        for one, other in zip(said, wanted, strict=True)
    ]


def rouge_l(said: str, wanted: str) -> float:
    """F-measure of the longest common subsequence of words (Lin 2004), 0 to 1, without stemming."""
    one, other = (WORDS.findall(text.lower()) for text in (said, wanted))
    if not one or not other:
        return float(one == other)
    common = _longest(one, other)
    return 2 * common / (len(one) + len(other))


def _longest(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for place, rival in enumerate(other, start=1):
            above = row[place]
            row[place] = before + 1 if word == rival else max(above, row[place - 1])
            before = above
    return row[-1]


def _drawn(name: str, metric: Any, said: Sequence[str], wanted: Sequence[str], seed: int) -> Score:
    # What sacrebleu itself draws samples from: counts a row, whose sums give the score.
    counts = np.array(metric._extract_corpus_statistics(list(said), [list(wanted)]))
    dice = np.random.default_rng(seed)
    draws = dice.integers(0, len(counts), (SAMPLES, len(counts)))

    def score(rows: Any) -> float:
        return float(metric._aggregate_and_compute([counts[rows].sum(0)]).score) / 100

    low, high = interval([score(draw) for draw in draws])
    value = score(np.arange(len(counts)))
    return Score(metric=name, value=value, low=low, high=high, rows=len(counts))


def _metrics() -> Any:
    try:
        from sacrebleu import metrics  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise MissingExtra("translations are scored by sacrebleu: pip install sacrebleu") from error
    return metrics
