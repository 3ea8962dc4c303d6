"""Simple rules that compete with the pooled forecast: the last value, and half the recent slope.

A family is forecast by a rule where the rule had the smaller error on the family's own
pseudo-forecasts, beyond what chance explains. Long and steady learning curves are such families.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

MIN_SLOPE_RUNGS = 3
SLOPE_FRACTION = 0.5
"""Fraction of the recent slope that is followed; growth slows down more often than not."""

MIN_GROUPS = 6
"""Fewest groups of pseudo-forecasts that a choice may rest on."""

MIN_T = 1.645
"""Smallest ratio of the gain to its standard error: one-sided, at a level of .05."""


def last_value(log_scale: Floats, value: Floats, log_target: float) -> float:
    """The value of the last rung."""
    return float(value[-1])


def last_plus_slope(log_scale: Floats, value: Floats, log_target: float) -> float:
    """The last rung plus half the slope of the last half of the rungs, of at least three."""
    n_last = max(MIN_SLOPE_RUNGS, value.size // 2)
    x, y = log_scale[-n_last:], value[-n_last:]
    centered = x - x.mean()
    slope = float((centered * (y - y.mean())).sum() / (centered**2).sum())
    return float(y[-1] + SLOPE_FRACTION * slope * (log_target - x[-1]))


RULES: dict[str, Callable[[Floats, Floats, float], float]] = {
    "last value": last_value,
    "last plus slope": last_plus_slope,
}


@dataclass(frozen=True, kw_only=True)
class RuleChoice:
    """A rule that replaces the pooled forecast of a family."""

    index: int
    """Position in `RULES`."""

    error: float
    """Mean absolute error of the rule on the pseudo-forecasts."""

    pooled_error: float
    n_pseudo_forecasts: int

    @property
    def name(self) -> str:
        """Name of the rule."""
        return list(RULES)[self.index]


def choose_rule(
    pooled_error: Floats, rule_errors: Floats, ladder: Integers, rungs: Integers
) -> RuleChoice | None:
    """The rule with the smallest error, if it beats the pooled forecast; None otherwise.

    Parameters
    ----------
    pooled_error : (n,) absolute errors of the pooled forecast, out of fold
    rule_errors : (n, RULES) absolute errors of the rules
    ladder, rungs : (n,) the ladder of a pseudo-forecast and the number of rungs it rests on.
        Errors of one ladder are not independent, so ladders are compared where there are enough
        of them, and otherwise the cuts of a ladder.
    """
    best: RuleChoice | None = None
    for index in range(rule_errors.shape[1]):
        gain = pooled_error - rule_errors[:, index]
        groups = _group_means(gain, ladder)
        if groups.size < MIN_GROUPS:
            groups = _group_means(gain, ladder * (rungs.max(initial=0) + 1) + rungs)
        if groups.size < MIN_GROUPS:
            continue
        standard_error = float(groups.std(ddof=1) / np.sqrt(groups.size))
        error = float(rule_errors[:, index].mean())
        if groups.mean() > MIN_T * standard_error and (best is None or error < best.error):
            best = RuleChoice(
                index=index,
                error=error,
                pooled_error=float(pooled_error.mean()),
                n_pseudo_forecasts=len(gain),
            )
    return best


def _group_means(values: Floats, key: Integers) -> Floats:
    _, group = np.unique(key, return_inverse=True)
    means: Floats = np.bincount(group, weights=values) / np.bincount(group)
    return means
