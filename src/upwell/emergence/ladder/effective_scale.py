"""Effective scale: parameters and training tokens of a model as one number.

Models of equal effective scale have equal loss under the Chinchilla law, with the constants of
Besiroglu et al. 2024 (arXiv 2404.10102). One unit is about one e-fold of parameters with tokens in
proportion. It orders models that differ in both: a 7B model of 4T tokens is further from a 3B model
of 0.6T tokens than its parameters say. Where either number is unknown, the logarithm of the axis is
used instead.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

A, B, ALPHA, BETA = 482.01, 2085.43, 0.3478, 0.3658

UNITS_PER_EFOLD = {"flops": 0.5}
"""Units per e-fold of an axis if not 1; compute is parameters times tokens."""

MODEL_AXES = ("params", "tokens", "flops", "step")
"""Axes that the effective scale may replace."""

MIN_RUNG_DISTANCE = 0.02
"""Minimum distance between rungs; below it the axis itself is used."""


def effective_scale(params: Floats, tokens: Floats) -> Floats:
    """Effective scale of models; NaN where either number is NaN."""
    reducible = A / params**ALPHA + B / tokens**BETA
    scale: Floats = -np.log(reducible) / 0.25
    return scale


def ladder_effective_scale(
    axis: str, scale: Floats, params: Floats, tokens: Floats
) -> tuple[Floats, bool]:
    """(rungs,) effective scale of rungs, and whether it comes from parameters and tokens."""
    if axis in MODEL_AXES:
        from_models = effective_scale(params, tokens)
        if not np.isnan(from_models).any() and (
            from_models.size < 2 or np.diff(from_models).min() > MIN_RUNG_DISTANCE
        ):
            return from_models, True
    return UNITS_PER_EFOLD.get(axis, 1.0) * np.log(scale), False


def target_effective_scale(
    axis: str,
    target_scale: float,
    scale: Floats,
    params: Floats,
    tokens: Floats,
    target_size: tuple[float | None, float | None],
) -> float:
    """Effective scale of a target of size (params, tokens).

    A number that is None is extrapolated log-linearly from the last rungs of the ladder.
    """
    log_scale, log_target = np.log(scale), float(np.log(target_scale))
    known = [
        _extrapolate(log_scale, np.log(rungs), log_target)
        if number is None
        else float(np.log(number))
        for number, rungs in zip(target_size, (params, tokens), strict=True)
    ]
    sizes = np.exp(np.array(known))
    if axis == "params":
        sizes[0] = target_scale
    if axis == "tokens":
        sizes[1] = target_scale
    return float(effective_scale(sizes[:1], sizes[1:])[0])


def _extrapolate(log_scale: Floats, value: Floats, log_target: float) -> float:
    if np.ptp(value) < 1e-9:
        return float(value[-1])
    x, y = log_scale[-3:], value[-3:]
    centered = x - x.mean()
    slope = float((centered * (y - y.mean())).sum() / (centered**2).sum())
    return float(y[-1] + slope * (log_target - x[-1]))
