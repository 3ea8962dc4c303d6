"""Logistic regression: what a linear probe is fitted with.

The penalty is chosen by cross-validation on the training rows alone, so that no test row has a
say in it.

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

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Half the squared weights of standardised features, in nats a row, times these."""

FOLDS = 4
STEPS = 200
"""At most, of L-BFGS."""


@dataclass(frozen=True, eq=False)
class Logistic:
    """A fitted regression on features that it standardises itself."""

    centre: Floats
    spread: Floats
    weights: Floats
    """[D, C]."""

    offsets: Floats
    penalty: float

    def logprobs(self, features_ND: NDArray[np.floating]) -> Floats:
        """Natural log-probability [N, C] of each class."""
        x = (features_ND - self.centre) / self.spread
        found: Floats = log_softmax(x @ self.weights + self.offsets, axis=1)
        return found


def fitted(
    features_ND: NDArray[np.floating],
    labels_N: Ints,
    classes: int,
    penalties: Sequence[float] = PENALTIES,
) -> Logistic:
    """The regression with the penalty whose cross-validated log-loss is least. Rows are dealt to
    the folds in turn, so they should come in an order that mixes the classes."""
    features = features_ND.astype(np.float64)
    fold = np.arange(len(features)) % FOLDS
    losses = [0.0] * len(penalties)
    for held in range(FOLDS if len(penalties) > 1 else 0):
        ours, theirs = fold != held, fold == held
        for place, penalty in enumerate(penalties):
            found = _fit(features[ours], labels_N[ours], classes, penalty)
            right = found.logprobs(features[theirs])[np.arange(theirs.sum()), labels_N[theirs]]
            losses[place] -= float(right.sum())
    return _fit(features, labels_N, classes, penalties[int(np.argmin(losses))])


def _fit(features_ND: Floats, labels_N: Ints, classes: int, penalty: float) -> Logistic:
    centre, spread = features_ND.mean(0), features_ND.std(0)
    # A feature that never changes tells nothing, and may not be divided by nothing.
    spread = np.where(spread > 1e-12, spread, 1.0)
    x, (N, D) = (features_ND - centre) / spread, features_ND.shape
    truth = np.eye(classes)[labels_N]

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights, offsets = flat[: D * classes].reshape(D, classes), flat[D * classes :]
        logs = log_softmax(x @ weights + offsets, axis=1)
        wrong = (np.exp(logs) - truth) / N
        value = -float((logs * truth).sum()) / N + penalty / 2 * float((weights**2).sum())
        slope = np.concatenate([(x.T @ wrong + penalty * weights).ravel(), wrong.sum(0)])
        return value, slope

    found = minimize(
        loss, np.zeros((D + 1) * classes), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    ).x
    weights, offsets = found[: D * classes].reshape(D, classes), found[D * classes :]
    return Logistic(centre, spread, weights, offsets, penalty)
