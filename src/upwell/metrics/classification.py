"""Accuracy and F1 of labels, with bootstrap intervals over rows.

Axes: N rows, C labels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..records import Score
from .bootstrap import make_score, resample_rows

CountsMetricFn = Callable[[NDArray[np.float64]], float]
"""From counts [C, 3] of true positives, false positives and false negatives to a value."""


def score_classification(
    predicted_NC: NDArray[np.bool_],
    actual_NC: NDArray[np.bool_],
    *,
    multilabel: bool,
    seed: int = 0,
) -> tuple[Score, ...]:
    """Accuracy and macro F1, and with `multilabel` micro F1; with 90 % intervals.

    A row is correct if all its labels are.
    """
    exact_N = (predicted_NC == actual_NC).all(1).astype(np.float64)
    num_rows = len(exact_N)
    counts_NC3 = confusion_counts(predicted_NC, actual_NC)
    metrics: dict[str, CountsMetricFn] = {"macro_f1": macro_f1}
    if multilabel:
        metrics["micro_f1"] = micro_f1
    weights = [
        np.bincount(rows_N, minlength=num_rows).astype(np.float64)
        for rows_N in resample_rows(num_rows, seed)
    ]
    accuracies = [float(weight_N @ exact_N) / num_rows for weight_N in weights]
    flat_counts = counts_NC3.reshape(num_rows, -1).astype(np.float64)
    sample_counts = [(weight_N @ flat_counts).reshape(-1, 3) for weight_N in weights]
    total_counts = counts_NC3.sum(0).astype(np.float64)
    return (
        make_score("accuracy", float(exact_N.mean()), accuracies, num_rows),
        *(
            make_score(name, metric_fn(total_counts), list(map(metric_fn, sample_counts)), num_rows)
            for name, metric_fn in metrics.items()
        ),
    )


def confusion_counts(
    predicted_NC: NDArray[np.bool_], actual_NC: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """[N, C, 3]: whether each label is a true positive, a false positive, a false negative."""
    return np.stack(
        [predicted_NC & actual_NC, predicted_NC & ~actual_NC, ~predicted_NC & actual_NC], axis=-1
    )


def macro_f1(counts_C3: NDArray[np.float64]) -> float:
    """Mean F1 of the labels that occur or are predicted."""
    true_positives, false_positives, false_negatives = counts_C3.T
    denominators = 2 * true_positives + false_positives + false_negatives
    occurs = denominators > 0
    if not occurs.any():
        return 0.0
    return float((2 * true_positives[occurs] / denominators[occurs]).mean())


def micro_f1(counts_C3: NDArray[np.float64]) -> float:
    """F1 of all labels together."""
    true_positives, false_positives, false_negatives = counts_C3.sum(0)
    if not true_positives:
        return 0.0
    return float(2 * true_positives / (2 * true_positives + false_positives + false_negatives))
