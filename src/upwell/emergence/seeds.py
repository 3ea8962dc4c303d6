"""What seeds differ by: pooled over the rungs of a ladder, and steadied by other ladders.

Two or three seeds that happen to agree say little: near a threshold one seed is through
and the next is not, and a larger model may lie there again. So no rung speaks for itself
(moderated variances: Smyth 2004), and a ladder with few rungs leans on the others of its
table. Where every rung has one seed, the scatter about the best monotone curve speaks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from .kriging import UNKNOWN_NOISE

Floats = npt.NDArray[np.float64]

RUNG_LEANS = 2.0
"""Degrees of freedom with which a rung's variance leans on that of its ladder."""

LADDER_LEANS = 4.0
"""Degrees of freedom with which a ladder's variance leans on those of other ladders."""

USUAL = 0.02
"""What models of published families differ by beyond their items; every width holds it."""

LEAST_WEIGHT = 0.05
"""What a rung at the floor weighs."""


def pooled(deviation: Floats, seeds: Floats, weight: Floats | float = 1.0) -> tuple[float, float]:
    """(variance between seeds, degrees of freedom) over rungs; (NaN, 0) with one seed a rung.

    `deviation` and `seeds` (rungs,); a rung of one seed does not speak, the others as much as
    their `weight`, 0 to 1, says.
    """
    freedom = weight * _freedom(deviation, seeds)
    total = float(freedom.sum())
    if total == 0:
        return float("nan"), 0.0
    return float(_weighed(freedom, deviation**2).sum() / total), total


def risen(value: Floats, floor: float) -> Floats:
    """(rungs,) 0 to 1: how far each rung has come from the floor to the best one. Where nothing
    is learnt yet seeds have nothing to differ in, and say nothing of what they will."""
    low = min(float(value.min()), floor)
    out: Floats = np.clip((value - floor) / max(float(value.max()) - low, 1e-9), LEAST_WEIGHT, 1.0)
    return out


def moderated(deviation: Floats, seeds: Floats) -> Floats:
    """(rungs,) variance between seeds at each rung, leaning on the ladder; NaN where no rung has
    several seeds."""
    variance, _ = pooled(deviation, seeds)
    freedom = _freedom(deviation, seeds)
    own = _weighed(freedom, deviation**2)
    out: Floats = (own + RUNG_LEANS * variance) / (freedom + RUNG_LEANS)
    return out


def _freedom(deviation: Floats, seeds: Floats) -> Floats:
    """(rungs,) degrees of freedom of each deviation: none where it is unknown."""
    return np.where(np.isnan(deviation), 0.0, np.maximum(seeds - 1.0, 0.0))


def _weighed(weight: Floats, value: Floats) -> Floats:
    """Weight times value; what has no weight adds nothing, whether or not it is known."""
    return np.multiply(weight, value, out=np.zeros_like(weight), where=weight > 0)


def scattered(value: Floats, item: Floats, weight: Floats) -> tuple[float, float]:
    """(variance of single models about the best monotone curve, less that of their items and
    what is usual; degrees of freedom). What one seed a rung can tell."""
    curves = (isotonic_regression(value, increasing=up).x for up in (True, False))
    squares = min(((value - curve) ** 2 for curve in curves), key=lambda e: float(e.sum()))
    freedom = max(float(weight.sum()) - 2.0, 0.0)
    if freedom == 0:
        return float("nan"), 0.0
    beyond = squares - np.where(np.isnan(item), UNKNOWN_NOISE, item) ** 2 - USUAL**2
    excess = float((weight * beyond).sum()) / freedom
    return max(excess, 0.0), freedom


def steadied(variance: Floats, freedom: Floats) -> Floats:
    """(ladders,) variances that lean on the mean over all ladders; zeros where no ladder
    has one."""
    total = float(freedom.sum())
    if total == 0:
        return np.zeros_like(freedom)
    own = _weighed(freedom, variance)
    out: Floats = (own + LADDER_LEANS * own.sum() / total) / (freedom + LADDER_LEANS)
    return out
