"""Noise of a score: from its finite number of items, and from the differences between seeds.

Item noise sets a floor below which no two curves can be told apart (Miller 2024, arXiv 2411.00640).
Unknown noise is NaN, never zero.

Two or three seeds that happen to agree say little about their variance: near a threshold one seed
has passed it and the next has not. So the variance of a rung is shrunk towards that of its ladder
(moderated variances; Smyth 2004), and the variance of a short ladder towards those of the other
ladders. With one seed per rung, the scatter about the best monotone curve is used instead.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression
from scipy.stats import norm

from .gaussian_process import DEFAULT_ITEM_SE

Floats = npt.NDArray[np.float64]

RUNG_PRIOR_DF = 2.0
"""Degrees of freedom of the prior that shrinks a rung's variance to that of its ladder."""

LADDER_PRIOR_DF = 4.0
"""Degrees of freedom of the prior that shrinks a ladder's variance to that of all ladders."""

TYPICAL_MODEL_SD = 0.02
"""Standard deviation between models of published families beyond item noise. Every interval
allows for it."""

MIN_RUNG_WEIGHT = 0.05
"""Weight of a rung at the floor."""


# Items.


def estimate_item_se(value: Floats, items: Floats, stderr: Floats, is_proportion: bool) -> Floats:
    """(rungs,) standard error of each rung's mean from its items; NaN if unknown.

    It is binomial for a proportion, and the measured `stderr` otherwise.
    """
    binomial = binomial_se(value, items) if is_proportion else np.full_like(value, np.nan)
    return np.where(np.isnan(binomial), stderr, binomial)


def binomial_se(value: Floats, items: Floats) -> Floats:
    """Standard error of a proportion over `items`.

    One success and one failure are added, so 0 of 50 is not certain (Agresti and Coull 1998).
    """
    inside = np.clip(value, 0.0, 1.0)
    p = (inside * items + 1.0) / (items + 2.0)
    se: Floats = np.sqrt(p * (1.0 - p) / items)
    return se


def combine_se(item_se: Floats, seed_sd: Floats, seeds: Floats) -> Floats:
    """(rungs,) standard error of each rung's mean from items and seeds; NaN if both are unknown.

    Seeds answer the same items. More seeds average the seed noise away, but not the item noise.
    """
    variances = np.stack([item_se**2, moderate_variance(seed_sd, seeds) / np.maximum(seeds, 1)])
    known = ~np.isnan(variances)
    # Seeds share their items, so their deviation holds no item noise and the two add.
    return np.where(known.any(axis=0), np.sqrt(variances.sum(axis=0, where=known)), np.nan)


def smallest_jump(se: Floats, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """Smallest jump between two rungs that a two-sided test at `alpha` detects with that power.

    `se` (rungs,) are standard errors. None if they are unknown.
    """
    known = se[~np.isnan(se)]
    if known.size == 0:
        return None
    z_total = float(norm.ppf(1 - alpha / 2) + norm.ppf(power))
    return z_total * float(np.sqrt(2.0)) * float(np.median(known))


# Seeds.


def pool_seed_variance(
    seed_sd: Floats, seeds: Floats, weight: Floats | float = 1.0
) -> tuple[float, float]:
    """(variance between seeds, degrees of freedom) over all rungs; (NaN, 0) with one seed per rung.

    `seed_sd` and `seeds` are (rungs,). Each rung counts by its `weight`, 0 to 1; a rung of one seed
    does not count.
    """
    dof = weight * _degrees_of_freedom(seed_sd, seeds)
    total = float(dof.sum())
    if total == 0:
        return float("nan"), 0.0
    return float(_multiply_known(dof, seed_sd**2).sum() / total), total


def moderate_variance(seed_sd: Floats, seeds: Floats) -> Floats:
    """(rungs,) variance between seeds, shrunk towards that of the ladder.

    NaN where no rung has several seeds.
    """
    variance, _ = pool_seed_variance(seed_sd, seeds)
    dof = _degrees_of_freedom(seed_sd, seeds)
    sum_of_squares = _multiply_known(dof, seed_sd**2)
    out: Floats = (sum_of_squares + RUNG_PRIOR_DF * variance) / (dof + RUNG_PRIOR_DF)
    return out


def shrink_variance(variance: Floats, dof: Floats) -> Floats:
    """(ladders,) variances shrunk towards their mean; zeros where no ladder has one."""
    total = float(dof.sum())
    if total == 0:
        return np.zeros_like(dof)
    weighted_variance = _multiply_known(dof, variance)
    out: Floats = (weighted_variance + LADDER_PRIOR_DF * weighted_variance.sum() / total) / (
        dof + LADDER_PRIOR_DF
    )
    return out


def isotonic_residual_variance(
    value: Floats, item_se: Floats, weight: Floats
) -> tuple[float, float]:
    """(variance between models, degrees of freedom) of a ladder with one seed per rung.

    The variance is that about the best monotone curve, beyond item noise and the usual difference
    between models. All arguments are (rungs,).
    """
    curves = (isotonic_regression(value, increasing=increasing).x for increasing in (True, False))
    squares = min(
        ((value - curve) ** 2 for curve in curves), key=lambda residual: float(residual.sum())
    )
    dof = max(float(weight.sum()) - 2.0, 0.0)
    if dof == 0:
        return float("nan"), 0.0
    excess_squares = (
        squares - np.where(np.isnan(item_se), DEFAULT_ITEM_SE, item_se) ** 2 - TYPICAL_MODEL_SD**2
    )
    excess = float((weight * excess_squares).sum()) / dof
    return max(excess, 0.0), dof


def distance_from_chance(value: Floats, floor: float) -> Floats:
    """(rungs,) weight of each rung, 0 to 1: its distance from the floor relative to the best rung.

    At chance level seeds cannot differ, so such rungs say nothing about seeds above it.
    """
    low = min(float(value.min()), floor)
    out: Floats = np.clip(
        (value - floor) / max(float(value.max()) - low, 1e-9), MIN_RUNG_WEIGHT, 1.0
    )
    return out


def _degrees_of_freedom(seed_sd: Floats, seeds: Floats) -> Floats:
    """(rungs,) degrees of freedom of each standard deviation; 0 where it is unknown."""
    return np.where(np.isnan(seed_sd), 0.0, np.maximum(seeds - 1.0, 0.0))


def _multiply_known(weight: Floats, value: Floats) -> Floats:
    """Weight times value; 0 where the weight is 0, even if the value is NaN."""
    return np.multiply(weight, value, out=np.zeros_like(weight), where=weight > 0)
