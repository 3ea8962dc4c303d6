"""What can be done without a network: estimates of a function's value from a few of its values.

Axes: N values known, I inputs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy
from numpy.typing import NDArray

Floats = NDArray[Any]

NEIGHBOURS = 3
"""As Garg et al. 2022 (arXiv 2208.01066) have it."""

SWEEPS, SETTLED = 200, 1e-6
"""Most rounds of coordinate descent, and the largest step of a round after which it ends."""


def least_squares(x_NI: Floats, y_N: Floats, query_I: Floats) -> float:
    """By the weights that fit best; the smallest of them where several fit."""
    return float(query_I @ numpy.linalg.lstsq(x_NI, y_N, rcond=None)[0])


def ridge(x_NI: Floats, y_N: Floats, query_I: Floats, penalty: float) -> float:
    """The mean of what linear functions say that fit, weights normal with variance v and noise of
    variance `penalty` x v: nothing does better on such functions."""
    if penalty == 0:
        return least_squares(x_NI, y_N, query_I)
    gram = x_NI.T @ x_NI + penalty * numpy.eye(x_NI.shape[1])
    return float(query_I @ numpy.linalg.solve(gram, x_NI.T @ y_N))


def lasso(x_NI: Floats, y_N: Floats, query_I: Floats, penalty: float = 0.01) -> float:
    """Least squares with `penalty` x N on the sum of the weights' sizes, by coordinate descent
    (Friedman et al. 2010); 0 where nothing is known."""
    if not len(y_N):
        return 0.0
    gram, pulls = x_NI.T @ x_NI, x_NI.T @ y_N
    weight = [0.0] * len(pulls)
    for _ in range(SWEEPS):
        before = list(weight)
        for place, pull in enumerate(pulls):
            size = gram[place, place]
            rest = float(pull - gram[place] @ weight) + size * weight[place]
            weight[place] = math.copysign(max(abs(rest) - penalty * len(y_N), 0), rest) / size
        if max(abs(a - b) for a, b in zip(weight, before, strict=True)) < SETTLED:
            break
    return float(query_I @ weight)


def neighbours(x_NI: Floats, y_N: Floats, query_I: Floats) -> float:
    """The mean value of the nearest few; 0 where nothing is known."""
    near = ((x_NI - query_I) ** 2).sum(1).argsort(kind="stable")[:NEIGHBOURS]
    return float(y_N[near].mean()) if len(near) else 0.0
