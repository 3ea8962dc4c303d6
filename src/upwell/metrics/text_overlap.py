"""Overlap of a generated text with its reference: chrF, BLEU and ROUGE-L.

BLEU and ROUGE-L count words in English and characters in Chinese. Axes: N rows, O orders of
n-grams.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingDependencyError
from ..records import Score
from .bootstrap import bootstrap_interval, resample_rows
from .sequences import f_measure, lcs_length

TOKEN_PATTERN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[a-z0-9]+|[^\W\d_]+")
"""Letters and digits of ASCII as ROUGE takes them; a Chinese character; words of other scripts."""

CHINESE_CHARACTER = re.compile(r"[\u3400-\u9fff]")

Counts = NDArray[np.int64]


def chrf_and_bleu(
    hypotheses: Sequence[str], references: Sequence[str], seed: int = 0
) -> tuple[Score, ...]:
    """chrF (Popović 2015) and BLEU over all rows, 0 to 1, with 90 % bootstrap intervals.

    The values are sacrebleu's. BLEU counts characters if most references are Chinese. Raises
    MissingDependencyError without sacrebleu.
    """
    metrics = load_sacrebleu()
    is_chinese = (
        sum(bool(CHINESE_CHARACTER.search(text)) for text in references) > len(references) / 2
    )
    tokenize = "zh" if is_chinese else "13a"
    pairs = list(zip(hypotheses, references, strict=True))
    chrf, bleu = metrics.CHRF(), metrics.BLEU(tokenize=tokenize)
    # `effective_order` changes the score of a sentence, which is not used, and not its counts.
    sentence_bleu = metrics.BLEU(tokenize=tokenize, effective_order=True)
    chrf_counts = np.array([_chrf_counts(chrf, *pair) for pair in pairs])
    bleu_counts = np.array([_bleu_counts(sentence_bleu, *pair) for pair in pairs])
    samples = list(resample_rows(len(pairs), seed))
    return (
        _score("chrf", chrf, pairs, [_chrf(chrf, chrf_counts[rows_N]) for rows_N in samples]),
        _score("bleu", bleu, pairs, [_bleu(bleu, bleu_counts[rows_N]) for rows_N in samples]),
    )


def chrf_per_row(hypotheses: Sequence[str], references: Sequence[str]) -> list[float]:
    """chrF of each row by itself, 0 to 1."""
    metric = load_sacrebleu().CHRF()
    return [
        metric.sentence_score(hypothesis, [reference]).score / 100
        for hypothesis, reference in zip(hypotheses, references, strict=True)
    ]


def rouge_l(hypothesis: str, reference: str) -> float:
    """F-measure of the longest common subsequence of words (Lin 2004), 0 to 1, without stemming."""
    hypothesis_tokens, reference_tokens = (
        TOKEN_PATTERN.findall(text.lower()) for text in (hypothesis, reference)
    )
    if not hypothesis_tokens or not reference_tokens:
        return float(hypothesis_tokens == reference_tokens)
    return f_measure(
        lcs_length(hypothesis_tokens, reference_tokens),
        len(hypothesis_tokens),
        len(reference_tokens),
    )


def load_sacrebleu() -> Any:
    """The metrics of sacrebleu. Raises MissingDependencyError if it is not installed."""
    try:
        from sacrebleu import metrics  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise MissingDependencyError(
            "BLEU, chrF and TER need sacrebleu, which is not installed: pip install sacrebleu"
        ) from error
    return metrics


def _score(name: str, metric: Any, pairs: Sequence[tuple[str, str]], samples: list[float]) -> Score:
    hypotheses, references = map(list, zip(*pairs, strict=True))
    low, high = bootstrap_interval(samples)
    return Score(
        metric=name,
        value=metric.corpus_score(hypotheses, [references]).score / 100,
        interval_low=low,
        interval_high=high,
        rows=len(pairs),
    )


def _chrf_counts(metric: Any, hypothesis: str, reference: str) -> list[list[int]]:
    """[O, 3]: n-grams of the hypothesis, of the reference, and common ones, of each order."""
    from sacrebleu.metrics.helpers import (  # type: ignore[import-not-found, unused-ignore]
        extract_all_char_ngrams,
    )

    ngrams = zip(
        extract_all_char_ngrams(hypothesis, metric.char_order),
        extract_all_char_ngrams(reference, metric.char_order),
        strict=True,
    )
    # As sacrebleu counts: no n-gram of the hypothesis where the reference has none of the order.
    return [
        [
            predicted.total() if actual else 0,
            actual.total(),
            sum(min(count, actual[ngram]) for ngram, count in predicted.items()),
        ]
        for predicted, actual in ngrams
    ]


def _chrf(metric: Any, counts_NO3: Counts) -> float:
    """chrF from counts, 0 to 1: the F-measure of mean precision and mean recall over orders."""
    num_predicted, num_actual, num_common = counts_NO3.sum(0).T
    is_counted = (num_predicted > 0) & (num_actual > 0)
    if not is_counted.any():
        return 0.0
    num_orders = int(is_counted.sum())
    precision = sum((num_common[is_counted] / num_predicted[is_counted]).tolist()) / num_orders
    recall = sum((num_common[is_counted] / num_actual[is_counted]).tolist()) / num_orders
    if not precision + recall:
        return 0.0
    factor = metric.beta**2
    score = (1 + factor) * precision * recall / (factor * precision + recall)
    # Percent and back, so that it equals sacrebleu's score to the bit.
    return float(100 * score / 100)


def _bleu_counts(metric: Any, hypothesis: str, reference: str) -> list[int]:
    """[2 + 2 O]: length of the hypothesis and of the reference, matches and n-grams by order."""
    sentence = metric.sentence_score(hypothesis, [reference])
    return [sentence.sys_len, sentence.ref_len, *sentence.counts, *sentence.totals]


def _bleu(metric: Any, counts: Counts) -> float:
    """BLEU from counts, 0 to 1."""
    hypothesis_length, reference_length, *ngrams = counts.sum(0).tolist()
    order = len(ngrams) // 2
    score = metric.compute_bleu(
        correct=ngrams[:order],
        total=ngrams[order:],
        sys_len=hypothesis_length,
        ref_len=reference_length,
        smooth_method=metric.smooth_method,
        max_ngram_order=order,
    )
    return float(score.score) / 100
