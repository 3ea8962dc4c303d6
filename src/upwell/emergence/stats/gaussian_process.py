"""Level and slope at the last rung of a ladder, by Gaussian process regression in batches.

A kernel is the sum of a constant, a line, and a random walk of the level or of the slope. Beyond
the last rung its mean continues as a straight line, so level and slope describe it completely
(kriging; Matheron 1963). The constants were chosen once, on other families than those used for
evaluation (benchmarks/emergence).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DEFAULT_ITEM_SE = 0.015
"""Item standard error where it is unknown; about that of 1,000 items."""

JUMP_SD = 1.0
"""Standard deviation of a jump: the whole range of a proportion, a factor of e of a loss."""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """Standard deviations per unit of effective scale, of transformed values."""

    line_sd: float
    level_sd: float = 0.0
    slope_sd: float = 0.0
    model_sd: float
    """Standard deviation between models beyond item noise."""

    jump_gap: int | None = None
    """Number of rungs before a jump; None without one."""


CONSTANT = Kernel(line_sd=0.03, level_sd=0.01, model_sd=0.02)
RANDOM_WALK = Kernel(line_sd=0.03, level_sd=0.03, model_sd=0.02)
LINEAR = Kernel(line_sd=0.1, slope_sd=0.02, model_sd=0.02)
LOCAL_TREND = Kernel(line_sd=0.1, slope_sd=0.05, model_sd=0.01)
KERNELS = (RANDOM_WALK, CONSTANT, LINEAR, LOCAL_TREND)


def level_and_slope(
    effective_scale: Floats, value: Floats, se: Floats, kernel: Kernel
) -> tuple[Floats, Floats]:
    """(level, slope) at the last rung, each (ladders,).

    `effective_scale` is (rungs,). `value` and its standard error `se` are (ladders, rungs); `se` is
    NaN where unknown.
    """
    from_first = effective_scale - effective_scale[0]
    points = np.append(from_first, from_first[-1] + 1.0)
    covariance = _covariance(points, kernel)
    rungs = effective_scale.size
    matrix = _add_noise(covariance[:rungs, :rungs], se, kernel)
    center = value.mean(axis=1, keepdims=True)
    weights = np.linalg.solve(matrix, (value - center)[:, :, None])[:, :, 0]
    predictions = weights @ covariance[rungs - 1 :, :rungs].T + center
    return predictions[:, 0], predictions[:, 1] - predictions[:, 0]


def log_likelihood(effective_scale: Floats, value: Floats, se: Floats, kernel: Kernel) -> Floats:
    """(ladders,) log-likelihood of the values, up to a constant; see `level_and_slope`."""
    matrix = _add_noise(_covariance(effective_scale - effective_scale[0], kernel), se, kernel)
    centered = value - value.mean(axis=1, keepdims=True)
    solved = np.linalg.solve(matrix, centered[:, :, None])[:, :, 0]
    out: Floats = -0.5 * ((centered * solved).sum(axis=1) + np.linalg.slogdet(matrix)[1])
    return out


def _add_noise(covariance: Floats, se: Floats, kernel: Kernel) -> Floats:
    """(ladders, rungs, rungs) covariance with the noise of each ladder on the diagonal."""
    rungs = range(len(covariance))
    item_se = np.where(np.isnan(se), DEFAULT_ITEM_SE, se)
    matrix = np.repeat(covariance[None], len(se), axis=0)
    matrix[:, rungs, rungs] += item_se**2 + kernel.model_sd**2
    return matrix


def _covariance(effective_scale: Floats, kernel: Kernel) -> Floats:
    smaller, larger = (
        np.minimum.outer(effective_scale, effective_scale),
        np.maximum.outer(effective_scale, effective_scale),
    )
    line = kernel.line_sd**2 * np.outer(effective_scale, effective_scale)
    walk = (
        kernel.level_sd**2 * smaller + kernel.slope_sd**2 * smaller**2 * (3 * larger - smaller) / 6
    )
    out: Floats = 1.0 + line + walk
    if kernel.jump_gap is not None:
        out[kernel.jump_gap :, kernel.jump_gap :] += JUMP_SD**2
    return out
