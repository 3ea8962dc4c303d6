"""How far a model's probabilities can be believed: one temperature, and when to say nothing.

Both are found on rows that the model has not learnt from, and judged on others of those rows.

Axes: N rows, C labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..records import Calibration
from .linear import Floats, log_softmax, mean_loss, sigmoid

BINS = 15
"""Of confidence, each with as many rows (Nixon et al. 2019, arXiv 1904.01685)."""

AIM = 0.95
HALVES = 2
WIDEST = 3.0
"""Natural logarithm of the largest temperature that is tried, and of the inverse of the least."""


def calibration(
    logits_NC: Floats, targets_NC: Floats, *, several: bool, aim: float = AIM
) -> Calibration:
    """The temperature of least loss, errors before and after, and the threshold for the aim.

    The error after is of temperatures fitted on one half of the rows and judged on the other. Of a
    single row nothing can be told: its temperature is 1.
    """
    sure_N, right_N = told(logits_NC, targets_NC, several=several)
    temperature, after = 1.0, sure_N.copy()
    if len(logits_NC) >= HALVES:
        temperature = fitted(logits_NC, targets_NC, several=several)
        halves = np.arange(len(logits_NC)) % HALVES
        for half in range(HALVES):
            own, out = halves != half, halves == half
            one = fitted(logits_NC[own], targets_NC[own], several=several)
            after[out] = told(logits_NC[out] / one, targets_NC[out], several=several)[0]
    scaled_N, _ = told(logits_NC / temperature, targets_NC, several=several)
    threshold, abstained, right = abstention(scaled_N, right_N, aim)
    return Calibration(
        temperature=temperature,
        before=error(sure_N, right_N),
        after=error(after, right_N),
        aim=aim,
        threshold=threshold,
        abstained=abstained,
        right=right,
        rows=len(logits_NC),
    )


def fitted(logits_NC: Floats, targets_NC: Floats, *, several: bool) -> float:
    """The temperature of least loss, for labels that are as doubtful as one row more of any label
    would make them (after Platt 1999): where every row is right, there is still no certainty."""
    from scipy.optimize import minimize_scalar

    rows, labels = targets_NC.shape
    doubt = 1 / (rows + 1)
    even = 0.5 if several else 1 / labels
    targets_NC = ((1 - doubt) * targets_NC + doubt * even).astype(np.float32)

    def loss(log: float) -> float:
        scaled = (logits_NC / np.float32(np.exp(log))).astype(np.float32)
        return mean_loss(scaled, targets_NC, several=several)

    found = minimize_scalar(loss, bounds=(-WIDEST, WIDEST), method="bounded")
    return float(np.exp(found.x))


def probabilities(logits_NC: Floats, *, several: bool) -> Floats:
    """Of each label."""
    return sigmoid(logits_NC) if several else np.exp(log_softmax(logits_NC))


def told(
    logits_NC: Floats, targets_NC: Floats, *, several: bool
) -> tuple[Floats, NDArray[np.bool_]]:
    """Probability of what is said of each row, and whether it is right.

    Where rows may have several labels, a row is right if every label of it is, and as sure as the
    least sure of them.
    """
    chances_NC = probabilities(logits_NC, several=several)
    if not several:
        said_N = chances_NC.argmax(1)
        return chances_NC.max(1), said_N == targets_NC.argmax(1)
    sure_NC = np.maximum(chances_NC, 1 - chances_NC)
    return sure_NC.min(1), ((chances_NC >= 0.5) == (targets_NC >= 0.5)).all(1)


def error(sure_N: Floats, right_N: NDArray[np.bool_]) -> float:
    """Mean distance of confidence from the share of right answers, over bins of equal size."""
    order = np.argsort(sure_N, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    gaps = [abs(float(sure_N[b].mean()) - float(right_N[b].mean())) * len(b) for b in bins]
    return sum(gaps) / len(sure_N)


def abstention(
    sure_N: Floats, right_N: NDArray[np.bool_], aim: float
) -> tuple[float | None, float, float | None]:
    """(least probability to answer with, share of rows without an answer, share right of the
    others), with as many answers as keep to the aim. No answer at all where none do."""
    order = np.argsort(-sure_N, kind="stable")
    kept = np.arange(1, len(order) + 1)
    shares = right_N[order].cumsum() / kept
    # Rows that are as sure as each other are answered together.
    ends = np.append(sure_N[order][1:] < sure_N[order][:-1], True)
    fine = np.flatnonzero((shares >= aim) & ends)
    if not len(fine):
        return None, 1.0, None
    last = int(fine[-1])
    threshold = 0.0 if last + 1 == len(order) else float(sure_N[order][last])
    return threshold, 1 - (last + 1) / len(order), float(shares[last])
