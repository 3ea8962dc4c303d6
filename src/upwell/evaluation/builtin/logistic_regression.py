"""Logistic regression for linear probes.

The penalty is chosen by cross-validation on the training rows alone.

Axes: N rows, D features, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

L2_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Factors of half the squared weights of standardized features, in nats per row."""

NUM_FOLDS = 4
MAX_ITER = 200
"""Most iterations of L-BFGS."""


@dataclass(frozen=True, eq=False)
class LogisticProbe:
    """A fitted regression that standardizes its features."""

    feature_mean: Floats
    feature_std: Floats
    weights: Floats
    """[D, C]."""

    intercepts: Floats
    l2: float

    def predict_log_proba(self, features_ND: NDArray[np.floating]) -> Floats:
        """Natural log-probability [N, C] of each class."""
        x = (features_ND - self.feature_mean) / self.feature_std
        log_probs: Floats = log_softmax(x @ self.weights + self.intercepts, axis=1)
        return log_probs


def fit_logistic_cv(
    features_ND: NDArray[np.floating],
    labels_N: Ints,
    num_classes: int,
    penalties: Sequence[float] = L2_PENALTIES,
) -> LogisticProbe:
    """The regression with the penalty of least cross-validated log-loss.

    Row i is in fold i modulo `NUM_FOLDS`, so the order of the rows should mix the classes.
    """
    features = features_ND.astype(np.float64)
    folds = np.arange(len(features)) % NUM_FOLDS
    losses = [0.0] * len(penalties)
    for held_out_fold in range(NUM_FOLDS if len(penalties) > 1 else 0):
        in_train, in_test = folds != held_out_fold, folds == held_out_fold
        for index, l2 in enumerate(penalties):
            model = _fit_logistic(features[in_train], labels_N[in_train], num_classes, l2)
            target_log_probs = model.predict_log_proba(features[in_test])[
                np.arange(in_test.sum()), labels_N[in_test]
            ]
            losses[index] -= float(target_log_probs.sum())
    return _fit_logistic(features, labels_N, num_classes, penalties[int(np.argmin(losses))])


def _fit_logistic(
    features_ND: Floats, labels_N: Ints, num_classes: int, l2: float
) -> LogisticProbe:
    feature_mean, feature_std = features_ND.mean(0), features_ND.std(0)
    # A constant feature would be divided by zero.
    feature_std = np.where(feature_std > 1e-12, feature_std, 1.0)
    x, (N, D) = (features_ND - feature_mean) / feature_std, features_ND.shape
    targets = np.eye(num_classes)[labels_N]

    def loss(params: Floats) -> tuple[float, Floats]:
        weights, intercepts = (
            params[: D * num_classes].reshape(D, num_classes),
            params[D * num_classes :],
        )
        log_probs = log_softmax(x @ weights + intercepts, axis=1)
        residual = (np.exp(log_probs) - targets) / N
        value = -float((log_probs * targets).sum()) / N + l2 / 2 * float((weights**2).sum())
        gradient = np.concatenate([(x.T @ residual + l2 * weights).ravel(), residual.sum(0)])
        return value, gradient

    solution = minimize(
        loss,
        np.zeros((D + 1) * num_classes),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MAX_ITER},
    ).x
    weights, intercepts = (
        solution[: D * num_classes].reshape(D, num_classes),
        solution[D * num_classes :],
    )
    return LogisticProbe(feature_mean, feature_std, weights, intercepts, l2)
