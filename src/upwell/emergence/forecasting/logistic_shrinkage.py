"""A logistic above chance, to which forecasts are shrunk where values rest on few items.

It has two parameters per ladder and is fitted by maximum likelihood, with larger weights for later
rungs. By itself it is no better than the pooled forecast, but with few items the errors of the two
differ. benchmarks/emergence says how the constants were chosen.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

Floats = npt.NDArray[np.float64]

WEIGHT_DECAY_DECADES = 0.7
"""Decades of scale over which the weight of a rung falls by a factor of e."""

EXTRAPOLATION_FRACTION = 0.5
"""Fraction of the distance to extrapolate over: logistics of rising tasks overshoot."""

MAX_CHANCE = 0.5
DEFAULT_ITEMS, MAX_ITEMS = 200.0, 400.0
EQUAL_WEIGHT_SE = 0.1
"""Item standard error at which the logistic counts as much as the pooled forecast."""

LEVEL_PRIOR_PRECISION, SLOPE_PRIOR_PRECISION = 0.05, 1.0
"""Prior precisions of a step of the level, and of the slope per decade around zero."""

N_ITERATIONS, MAX_STEP = 30, 0.7
"""Number of Newton steps, and their maximum length."""


def shrinkage_weight(item_se: float) -> float:
    """Weight of the logistic, 0 to 1, from the item noise of the last rung; 0 if unknown."""
    return 0.0 if np.isnan(item_se) else item_se**2 / (item_se**2 + EQUAL_WEIGHT_SE**2)


def fit_logistic(scale: Floats, value: Floats, items: Floats, chance: Floats) -> Floats:
    """(ladders, 2) level at the last rung and slope per decade, as logits above chance.

    `scale` is (rungs,), `value` is (ladders, rungs) between 0 and 1, `items` and `chance` are
    (ladders,), with NaN for unknown items.
    """
    x = np.log10(scale / scale[-1])
    count = np.minimum(np.where(np.isnan(items), DEFAULT_ITEMS, items), MAX_ITEMS)
    weight = np.exp(x / WEIGHT_DECAY_DECADES) * count[:, None]
    floor = np.minimum(chance, MAX_CHANCE)[:, None]
    above_chance = (value[:, -1:] - floor) / (1 - floor)
    params = np.concatenate(
        [logit(np.clip(above_chance, 0.02, 0.98)), np.zeros_like(above_chance)], axis=1
    )
    for _ in range(N_ITERATIONS):
        logistic = expit(params[:, :1] + params[:, 1:] * x)
        p, gradient = floor + (1 - floor) * logistic, (1 - floor) * logistic * (1 - logistic)
        variance = np.maximum(p * (1 - p), 1e-3)
        score, information = (
            weight * gradient * (value - p) / variance,
            weight * gradient**2 / variance,
        )
        params = params + _newton_step(x, score, information, params[:, 1])
    return params


def _newton_step(x: Floats, score: Floats, information: Floats, slope: Floats) -> Floats:
    """(ladders, 2) Newton step, Fisher scoring."""
    level_score, slope_score = (
        score.sum(axis=1),
        (score * x).sum(axis=1) - SLOPE_PRIOR_PRECISION * slope,
    )
    a, b = information.sum(axis=1) + LEVEL_PRIOR_PRECISION, (information * x).sum(axis=1)
    d = (information * x**2).sum(axis=1) + SLOPE_PRIOR_PRECISION
    step = (
        np.stack([d * level_score - b * slope_score, a * slope_score - b * level_score], axis=1)
        / (a * d - b**2)[:, None]
    )
    out: Floats = np.clip(step, -MAX_STEP, MAX_STEP)
    return out


def extrapolate(params: Floats, chance: float, decades: float) -> float:
    """Value of one ladder's logistic at half of the distance, given in decades of scale."""
    floor = min(chance, MAX_CHANCE)
    return float(
        floor + (1 - floor) * expit(params[0] + params[1] * EXTRAPOLATION_FRACTION * decades)
    )
