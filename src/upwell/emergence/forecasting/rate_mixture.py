"""Mixture over rates of change: most ladders change slowly, some fast, and some jump in one gap.

Under a slow rate alone, the level of a ladder that has jumped would be pulled back below its last
rung. The mixture is used only for ladders with several seeds per rung: with one seed a jump cannot
be told from an outlier (measured in benchmarks/emergence). The mixture weights are estimated from
the ladders with the same rungs (empirical Bayes; Robbins 1956).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from ..stats.gaussian_process import RANDOM_WALK, Kernel, level_and_slope, log_likelihood

Floats = npt.NDArray[np.float64]

RATE_FACTORS = (1.0, 4.0, 16.0)
"""Multiples of the usual standard deviation of a change between rungs."""

PRIOR_LOG_ODDS = 2.0
"""Prior log-odds against each factor relative to the one before it, and against a jump."""

PRIOR_LADDERS = 4.0
"""Number of ladders that the prior counts as."""

N_ITERATIONS = 10


def scaled_kernels(rungs: int, kernel: Kernel) -> list[Kernel]:
    """The kernel with each rate factor, then with a jump in each gap between rungs."""
    scaled = [
        replace(
            kernel,
            line_sd=factor * kernel.line_sd,
            level_sd=factor * kernel.level_sd,
            slope_sd=factor * kernel.slope_sd,
        )
        for factor in RATE_FACTORS
    ]
    return scaled + [replace(kernel, jump_gap=gap) for gap in range(1, rungs)]


def kernel_posterior(effective_scale: Floats, value: Floats, se: Floats) -> Floats:
    """(kernels, ladders) posterior probability of each scaled kernel; see `level_and_slope`."""
    kernels = scaled_kernels(effective_scale.size, RANDOM_WALK)
    evidence = np.stack([log_likelihood(effective_scale, value, se, kernel) for kernel in kernels])
    prior = weights = _prior_weights(effective_scale.size)
    for _ in range(N_ITERATIONS):
        posterior = softmax(evidence + np.log(weights), axis=0)
        weights = (PRIOR_LADDERS * prior + posterior.sum(axis=1, keepdims=True)) / (
            PRIOR_LADDERS + len(value)
        )
    return softmax(evidence + np.log(weights), axis=0)


def _prior_weights(rungs: int) -> Floats:
    """(kernels, 1) prior probability of each scaled kernel."""
    gaps = rungs - 1
    sizes = -PRIOR_LOG_ODDS * np.arange(len(RATE_FACTORS))
    jumps = np.full(gaps, -PRIOR_LOG_ODDS - np.log(gaps))
    out: Floats = softmax(np.concatenate([sizes, jumps]))[:, None]
    return out


def mixture_estimate(
    effective_scale: Floats, value: Floats, se: Floats, kernels: tuple[Kernel, ...]
) -> list[tuple[Floats, Floats]]:
    """(level, slope) at the last rung for each kernel, averaged over the posterior."""
    weight = kernel_posterior(effective_scale, value, se)[:, None]
    return [_posterior_mean(effective_scale, value, se, kernel, weight) for kernel in kernels]


def _posterior_mean(
    effective_scale: Floats, value: Floats, se: Floats, kernel: Kernel, weight: Floats
) -> tuple[Floats, Floats]:
    estimates = [
        level_and_slope(effective_scale, value, se, scaled)
        for scaled in scaled_kernels(effective_scale.size, kernel)
    ]
    level, rate = (weight * np.array(estimates)).sum(axis=0)
    return level, rate
