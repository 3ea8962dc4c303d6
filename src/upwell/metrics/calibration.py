"""Calibration of a classifier: a temperature, its calibration error, and when to abstain.

Temperature and threshold are fitted to rows that the model was not trained on. Axes: N rows,
C labels.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..records import Calibration
from .logits import Floats, log_softmax, mean_loss, sigmoid

NUM_BINS = 15
"""Bins of confidence with equally many rows (Nixon et al. 2019, arXiv 1904.01685)."""

TARGET_ACCURACY = 0.95
NUM_FOLDS = 2
MAX_LOG_TEMPERATURE = 3.0
"""Natural logarithm of the largest temperature to try, and minus that of the smallest."""

Binning = Literal["equal_width", "equal_mass"]


def calibrate(
    logits_NC: Floats,
    targets_NC: Floats,
    *,
    multilabel: bool,
    target_accuracy: float = TARGET_ACCURACY,
) -> Calibration:
    """The temperature of least loss, calibration errors, and the threshold for the target accuracy.

    The error after scaling is cross-validated: each half of the rows is scaled by the temperature
    of the other half. A single row has temperature 1.
    """
    confidence_N, correct_N = confidence_and_correct(logits_NC, targets_NC, multilabel=multilabel)
    temperature, held_out_confidence_N = 1.0, confidence_N.copy()
    if len(logits_NC) >= NUM_FOLDS:
        temperature = fit_temperature(logits_NC, targets_NC, multilabel=multilabel)
        fold_N = np.arange(len(logits_NC)) % NUM_FOLDS
        for fold in range(NUM_FOLDS):
            in_fold, held_out = fold_N != fold, fold_N == fold
            fold_temperature = fit_temperature(
                logits_NC[in_fold], targets_NC[in_fold], multilabel=multilabel
            )
            held_out_confidence_N[held_out] = confidence_and_correct(
                logits_NC[held_out] / fold_temperature, targets_NC[held_out], multilabel=multilabel
            )[0]
    scaled_N, _ = confidence_and_correct(logits_NC / temperature, targets_NC, multilabel=multilabel)
    threshold, abstention_rate, selective_accuracy = abstention_threshold(
        scaled_N, correct_N, target_accuracy
    )
    return Calibration(
        temperature=temperature,
        ece_before=expected_calibration_error(confidence_N, correct_N, binning="equal_mass"),
        ece_after=expected_calibration_error(
            held_out_confidence_N, correct_N, binning="equal_mass"
        ),
        target_accuracy=target_accuracy,
        threshold=threshold,
        abstention_rate=abstention_rate,
        selective_accuracy=selective_accuracy,
        rows=len(logits_NC),
    )


def fit_temperature(logits_NC: Floats, targets_NC: Floats, *, multilabel: bool) -> float:
    """The temperature of least loss.

    The targets are smoothed as if one more row had any label (after Platt 1999), so that rows
    that are all correct do not make the model certain.
    """
    from scipy.optimize import minimize_scalar

    num_rows, num_labels = targets_NC.shape
    smoothing = 1 / (num_rows + 1)
    uniform = 0.5 if multilabel else 1 / num_labels
    targets_NC = ((1 - smoothing) * targets_NC + smoothing * uniform).astype(np.float32)

    def loss(log_temperature: float) -> float:
        scaled = (logits_NC / np.float32(np.exp(log_temperature))).astype(np.float32)
        return mean_loss(scaled, targets_NC, multilabel=multilabel)

    result = minimize_scalar(
        loss, bounds=(-MAX_LOG_TEMPERATURE, MAX_LOG_TEMPERATURE), method="bounded"
    )
    return float(np.exp(result.x))


def probabilities(logits_NC: Floats, *, multilabel: bool) -> Floats:
    """Probability [N, C] of each label."""
    return sigmoid(logits_NC) if multilabel else np.exp(log_softmax(logits_NC))


def confidence_and_correct(
    logits_NC: Floats, targets_NC: Floats, *, multilabel: bool
) -> tuple[Floats, NDArray[np.bool_]]:
    """Probability [N] of each row's prediction, and whether the prediction is correct.

    With `multilabel`, a row is correct if all its labels are, and its confidence is that of its
    least confident label.
    """
    probs_NC = probabilities(logits_NC, multilabel=multilabel)
    if not multilabel:
        predicted_N = probs_NC.argmax(1)
        return probs_NC.max(1), predicted_N == targets_NC.argmax(1)
    confidence_NC = np.maximum(probs_NC, 1 - probs_NC)
    return confidence_NC.min(1), ((probs_NC >= 0.5) == (targets_NC >= 0.5)).all(1)


def expected_calibration_error(
    confidence_N: NDArray[Any],
    correct_N: NDArray[np.bool_],
    *,
    binning: Binning,
    num_bins: int = NUM_BINS,
) -> float:
    """Mean distance of confidence from accuracy over bins of confidence, weighted by rows.

    Bins have "equal_width" (Guo et al. 2017, arXiv 1706.04599) or "equal_mass", which is equally
    many rows (Nixon et al. 2019, arXiv 1904.01685). The two give different numbers.
    """
    if binning == "equal_mass":
        order = np.argsort(confidence_N, kind="stable")
        bins = np.array_split(order, num_bins)
    else:
        bin_N = np.minimum((confidence_N * num_bins).astype(np.int64), num_bins - 1)
        bins = [np.flatnonzero(bin_N == index) for index in range(num_bins)]
    gaps = [
        abs(float(confidence_N[rows].mean()) - float(correct_N[rows].mean())) * len(rows)
        for rows in bins
        if len(rows)
    ]
    return sum(gaps) / len(confidence_N)


def abstention_threshold(
    confidence_N: Floats, correct_N: NDArray[np.bool_], target_accuracy: float
) -> tuple[float | None, float, float | None]:
    """(threshold, share of rows without an answer, accuracy of the answered rows).

    The threshold answers as many rows as the target accuracy permits. (None, 1, None) where no
    threshold reaches it.
    """
    order = np.argsort(-confidence_N, kind="stable")
    num_answered = np.arange(1, len(order) + 1)
    accuracies = correct_N[order].cumsum() / num_answered
    # Rows with the same confidence are answered together.
    ends = np.append(confidence_N[order][1:] < confidence_N[order][:-1], True)
    eligible = np.flatnonzero((accuracies >= target_accuracy) & ends)
    if not len(eligible):
        return None, 1.0, None
    last = int(eligible[-1])
    threshold = 0.0 if last + 1 == len(order) else float(confidence_N[order][last])
    return threshold, 1 - (last + 1) / len(order), float(accuracies[last])
