"""Baseline forecasts: last value, last slope, line, logistic, and broken neural scaling law.

The interval of a baseline is the residual noise of its fit, as if the curve were true.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import norm

from ...records import Forecast
from ..curves.curve import BNSLCurve
from ..curves.fit import least_squares
from ..ladder.ladder import Ladder
from .target import Target

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.9

Baseline = Callable[[Ladder, float], tuple[float, float]]
"""(ladder, log-scale) -> (value, standard deviation)."""


def last_value(ladder: Ladder, log_target: float) -> tuple[float, float]:
    """Value of the last rung; its noise counts twice, once for each model."""
    se = ladder.se[-1]
    sd = np.std(np.diff(ladder.value)) if np.isnan(se) else se * np.sqrt(2)
    return float(ladder.value[-1]), float(sd)


def last_and_slope(ladder: Ladder, log_target: float) -> tuple[float, float]:
    """Last rung plus half the slope of the last half, of at least three rungs."""
    n_last = max(3, ladder.scale.size // 2)
    x, y = np.log(ladder.scale[-n_last:]), ladder.value[-n_last:]
    slope, _, sd = _fit_line(x, y)
    return float(y[-1] + 0.5 * slope * (log_target - x[-1])), sd


def linear_fit(ladder: Ladder, log_target: float) -> tuple[float, float]:
    """Line through all rungs in the logarithm of scale."""
    slope, offset, sd = _fit_line(np.log(ladder.scale), ladder.value)
    return offset + slope * log_target, sd


def logistic_fit(ladder: Ladder, log_target: float) -> tuple[float, float]:
    """Logistic from chance (or the worst value) to the ceiling, with two free parameters."""
    x, y = np.log(ladder.scale), ladder.value
    low, high = _floor_and_ceiling(ladder)
    midpoints = np.linspace(x[0] - 2, x[-1] + 12, 60)
    widths = np.geomspace(0.15, 8, 25)
    grid = np.stack(np.meshgrid(midpoints, widths, indexing="ij"), axis=-1).reshape(-1, 2)
    rise = low + (high - low) * expit((x - grid[:, :1]) / grid[:, 1:])
    loss = ((rise - y) ** 2).mean(axis=1)
    best = int(loss.argmin())
    value = low + (high - low) * expit((log_target - grid[best, 0]) / grid[best, 1])
    return float(value), _residual_sd(float(loss[best]), y.size, 2)


def bnsl_fit(ladder: Ladder, log_target: float) -> tuple[float, float]:
    """One-break BNSL by least squares."""
    x, y = np.log(ladder.scale), ladder.value
    curve = BNSLCurve()
    grid = curve.grid(x)
    full_column = curve.column(grid, np.append(x, log_target))
    # The last column is that of the target.
    column = full_column[:, :-1]
    best = least_squares(column, y[None, :], np.ones((1, y.size)))
    value = best.offset[0] + best.height[0] * full_column[best.index[0], -1]
    return float(value), _residual_sd(float(best.loss[0]), y.size, curve.n_params)


BASELINES: dict[str, Baseline] = {
    "last value": last_value,
    "last plus slope": last_and_slope,
    "linear in log": linear_fit,
    "logistic": logistic_fit,
    "bnsl": bnsl_fit,
}


def baseline_forecast(name: str, ladder: Ladder, target: Target) -> Forecast:
    """Forecast of a baseline, clipped to the bounds of the metric."""
    value, sd = BASELINES[name](ladder, float(np.log(target.scale)))
    half_width = float(norm.ppf(0.5 + CONFIDENCE / 2)) * sd
    lower_bound, upper_bound = (
        -np.inf if ladder.metric.low is None else ladder.metric.low,
        np.inf if ladder.metric.high is None else ladder.metric.high,
    )
    center, bottom, top = np.clip(
        [value, value - half_width, value + half_width], lower_bound, upper_bound
    )
    return Forecast(
        ability=ladder.ability,
        metric=ladder.metric.name,
        axis=ladder.axis,
        target=target.scale,
        value=float(center),
        interval_low=float(bottom),
        interval_high=float(top),
        confidence=CONFIDENCE,
        method=name,
        family=ladder.family,
        model=target.model,
        shots=ladder.shots,
    )


def _fit_line(x: Floats, y: Floats) -> tuple[float, float, float]:
    """(slope, offset, standard deviation of the residuals)."""
    centered = x - x.mean()
    slope = float((centered * (y - y.mean())).sum() / (centered**2).sum())
    offset = float(y.mean() - slope * x.mean())
    loss = float(((offset + slope * x - y) ** 2).mean())
    return slope, offset, _residual_sd(loss, y.size, 2)


def _residual_sd(loss: float, rungs: int, n_params: int) -> float:
    return float(np.sqrt(loss * rungs / max(rungs - n_params, 1)))


def _floor_and_ceiling(ladder: Ladder) -> tuple[float, float]:
    metric, y = ladder.metric, ladder.value
    span = max(float(np.ptp(y)), 1e-9)
    worst = metric.low if metric.higher_is_better else metric.high
    best = metric.high if metric.higher_is_better else metric.low
    chance = worst if ladder.chance is None else ladder.chance
    top = best if ladder.ceiling is None else ladder.ceiling
    low = chance if chance is not None else float(y.min() if ladder.sign > 0 else y.max())
    high = top if top is not None else float(low + 2 * ladder.sign * span)
    return low, high
