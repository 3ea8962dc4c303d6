"""Predictors of a function's value from a few of its values, without training.

Axes: N known values, I inputs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy
from numpy.typing import NDArray

Floats = NDArray[Any]

NUM_NEIGHBORS = 3
"""As in Garg et al. 2022 (arXiv 2208.01066)."""

MAX_SWEEPS, CONVERGENCE_TOLERANCE = 200, 1e-6
"""Most sweeps of coordinate descent, and the largest step of a sweep that ends it."""


def least_squares(x_NI: Floats, y_N: Floats, query_I: Floats) -> float:
    """Linear least squares; of several solutions that with the smallest weights."""
    return float(query_I @ numpy.linalg.lstsq(x_NI, y_N, rcond=None)[0])


def ridge(x_NI: Floats, y_N: Floats, query_I: Floats, penalty: float) -> float:
    """Ridge regression: the posterior mean, which is optimal for linear functions.

    The weights are normal with variance v, and the noise has variance `penalty` x v.
    """
    if penalty == 0:
        return least_squares(x_NI, y_N, query_I)
    gram = x_NI.T @ x_NI + penalty * numpy.eye(x_NI.shape[1])
    return float(query_I @ numpy.linalg.solve(gram, x_NI.T @ y_N))


def lasso(x_NI: Floats, y_N: Floats, query_I: Floats, penalty: float = 0.01) -> float:
    """Least squares with `penalty` x N on the absolute weights; 0 without known values.

    By coordinate descent (Friedman et al. 2010).
    """
    if not len(y_N):
        return 0.0
    gram, correlations = x_NI.T @ x_NI, x_NI.T @ y_N
    weight = [0.0] * len(correlations)
    for _ in range(MAX_SWEEPS):
        previous = list(weight)
        for index, correlation in enumerate(correlations):
            squared_norm = gram[index, index]
            residual = float(correlation - gram[index] @ weight) + squared_norm * weight[index]
            weight[index] = (
                math.copysign(max(abs(residual) - penalty * len(y_N), 0), residual) / squared_norm
            )
        if max(abs(a - b) for a, b in zip(weight, previous, strict=True)) < CONVERGENCE_TOLERANCE:
            break
    return float(query_I @ weight)


def knn(x_NI: Floats, y_N: Floats, query_I: Floats) -> float:
    """Mean of the `NUM_NEIGHBORS` nearest values; 0 without known values."""
    nearest = ((x_NI - query_I) ** 2).sum(1).argsort(kind="stable")[:NUM_NEIGHBORS]
    return float(y_N[nearest].mean()) if len(nearest) else 0.0
