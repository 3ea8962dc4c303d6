"""Dips: rungs that score worse than both a smaller and a larger rung, beyond noise.

A dip is reported beside the verdict with its p-value, and changes no verdict. Where the noise is
unknown, there is no p-value and no dip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from ..ladder.ladder import Ladder

MAX_P_VALUE = 0.05


@dataclass(frozen=True, kw_only=True)
class Dip:
    """The deepest dip of a ladder."""

    scale: float
    """Scale of the rung."""

    depth: float
    """Distance to the worse of the two better rungs around it."""

    p_value: float
    """Probability of so deep a dip under noise alone, Bonferroni-corrected over inner rungs."""


def find_dip(ladder: Ladder) -> Dip | None:
    """The most significant dip with a p-value of at most `MAX_P_VALUE`, or None."""
    if ladder.scale.size < 3 or np.isnan(ladder.se).any():
        return None
    value, variance = ladder.sign * ladder.value, np.maximum(ladder.se, 1e-12) ** 2
    inner = range(1, value.size - 1)
    candidates = [(*_dip_depth(value, variance, i), i) for i in inner]
    z, depth, i = max(candidates)
    p_value = min(float(norm.sf(z)) * len(candidates), 1.0)
    if p_value > MAX_P_VALUE:
        return None
    return Dip(scale=float(ladder.scale[i]), depth=depth, p_value=p_value)


def _dip_depth(value: np.ndarray, variance: np.ndarray, i: int) -> tuple[float, float]:
    """(z, depth) of rung `i` below the less certain of the two better rungs around it."""
    sides = (slice(0, i), slice(i + 1, value.size))
    gaps = [value[side] - value[i] for side in sides]
    scores = [
        gap / np.sqrt(variance[side] + variance[i]) for gap, side in zip(gaps, sides, strict=True)
    ]
    return (
        float(min(score.max() for score in scores)),
        float(min(gap.max() for gap in gaps)),
    )
