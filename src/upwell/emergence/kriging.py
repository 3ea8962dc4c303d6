"""Level and slope at the end of a ladder, with noise weighed in: Gaussian processes by the batch.

A kernel adds a constant, a line, and what wanders: a random walk of the level or of the
slope. Beyond the last rung each of them continues as a straight line, so a level and a
rate say all. Matheron 1963 for the method; the scales below were chosen once, on families
other than those that they were then tried on (see benchmarks/emergence).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

UNKNOWN_NOISE = 0.015
"""Taken for the item noise where it is not known; about that of 1,000 items."""


LEAP = 1.0
"""Standard deviation of a leap: all of a share, a factor of e of a loss."""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """Standard deviations per unit of reach, in the units of `view.py`."""

    line: float
    level: float = 0.0
    slope: float = 0.0
    extra: float
    """What models differ by beyond the noise of their items."""

    gap: int | None = None
    """Rungs before a leap; None without one."""


STEADY = Kernel(line=0.03, level=0.01, extra=0.02)
WANDERING = Kernel(line=0.03, level=0.03, extra=0.02)
BENDING = Kernel(line=0.1, slope=0.02, extra=0.02)
TURNING = Kernel(line=0.1, slope=0.05, extra=0.01)
KERNELS = (WANDERING, STEADY, BENDING, TURNING)


def ends(reach: Floats, value: Floats, noise: Floats, kernel: Kernel) -> tuple[Floats, Floats]:
    """(level, rate) at the last rung, each (ladders,).

    `reach` (rungs,) is shared; `value` and `noise` are (ladders, rungs), NaN noise unknown.
    """
    from_first = reach - reach[0]
    ahead = np.append(from_first, from_first[-1] + 1.0)
    covariance = _covariance(ahead, kernel)
    rungs = reach.size
    matrix = _noisy(covariance[:rungs, :rungs], noise, kernel)
    centre = value.mean(axis=1, keepdims=True)
    weights = np.linalg.solve(matrix, (value - centre)[:, :, None])[:, :, 0]
    both = weights @ covariance[rungs - 1 :, :rungs].T + centre
    return both[:, 0], both[:, 1] - both[:, 0]


def likelihood(reach: Floats, value: Floats, noise: Floats, kernel: Kernel) -> Floats:
    """(ladders,) log-likelihood of the values, up to a constant; the arguments of `ends`."""
    matrix = _noisy(_covariance(reach - reach[0], kernel), noise, kernel)
    centred = value - value.mean(axis=1, keepdims=True)
    solved = np.linalg.solve(matrix, centred[:, :, None])[:, :, 0]
    out: Floats = -0.5 * ((centred * solved).sum(axis=1) + np.linalg.slogdet(matrix)[1])
    return out


def _noisy(covariance: Floats, noise: Floats, kernel: Kernel) -> Floats:
    """(ladders, rungs, rungs) with the noise of each ladder's items on the diagonal."""
    rungs = range(len(covariance))
    item = np.where(np.isnan(noise), UNKNOWN_NOISE, noise)
    matrix = np.repeat(covariance[None], len(noise), axis=0)
    matrix[:, rungs, rungs] += item**2 + kernel.extra**2
    return matrix


def _covariance(reach: Floats, kernel: Kernel) -> Floats:
    least, most = np.minimum.outer(reach, reach), np.maximum.outer(reach, reach)
    line = kernel.line**2 * np.outer(reach, reach)
    wander = kernel.level**2 * least + kernel.slope**2 * least**2 * (3 * most - least) / 6
    out: Floats = 1.0 + line + wander
    if kernel.gap is not None:
        out[kernel.gap :, kernel.gap :] += LEAP**2
    return out
