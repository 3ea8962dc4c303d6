"""Candidate shapes of each hypothesis: flat, smooth, jump, u-shape.

A shape is a column over rungs that runs from 0 to 1 along the natural logarithm of the scale.
A change is smooth if its middle four fifths take at least a factor of 10 in scale. It is also
smooth if it grows no faster than the square root of the scale. In a jump they take a factor of 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]

JUMP_WIDTH = 0.158
"""Width of the logistic of a jump, in e-folds: ln(81) x 0.158 = ln(2)."""

SMOOTH_WIDTHS = (0.6, 1.0, 1.8)
"""Widths of the smooth logistics, in e-folds: ln(81) x 0.524 would be ln(10)."""

SMOOTH_EXPONENTS = (-1.0, -0.5, -0.2, 0.15, 0.3, 0.5)
"""Exponents of the power laws that count as smooth."""


@dataclass(frozen=True, kw_only=True)
class CandidateShapes:
    """Candidate shapes of one hypothesis on the rungs of a ladder."""

    kind: str
    """"flat", "smooth", "jump" or "u_shape"."""

    column: Floats
    """(shapes, rungs) the shape itself; its amplitude decides rise or fall."""

    trend: Floats
    """(shapes, rungs) trend beneath the shape; zeros for none."""

    center: Floats
    """(shapes,) log-scale of the center of the shape; NaN without one."""


def smooth_shapes(log_scale: Floats) -> CandidateShapes:
    """A line, power laws and slow logistics."""
    line = _scale_to_unit(log_scale)
    powers = [
        _scale_to_unit(np.sign(g) * np.exp(g * (log_scale - log_scale[0])))
        for g in SMOOTH_EXPONENTS
    ]
    midpoints = np.linspace(log_scale[0], log_scale[-1], 7)[1:]
    logistics = [
        _scale_to_unit(expit((log_scale - m) / w)) for w in SMOOTH_WIDTHS for m in midpoints
    ]
    columns = np.array([line, *powers, *logistics])
    return CandidateShapes(
        kind="smooth",
        column=columns,
        trend=np.zeros_like(columns),
        center=np.full(len(columns), np.nan),
    )


def jump_shapes(log_scale: Floats) -> CandidateShapes:
    """A jump in each gap between rungs: alone, on a line, or on late growth."""
    centers = _gap_centers(log_scale)
    jump = expit((log_scale[None, :] - centers[:, None]) / JUMP_WIDTH)
    trends = [
        np.zeros_like(log_scale),
        _scale_to_unit(log_scale),
        _scale_to_unit(np.exp(0.3 * (log_scale - log_scale[0]))),
    ]
    return CandidateShapes(
        kind="jump",
        column=np.concatenate([jump] * len(trends)),
        trend=np.concatenate([np.broadcast_to(t, jump.shape) for t in trends]),
        center=np.concatenate([centers] * len(trends)),
    )


def u_shapes(log_scale: Floats) -> CandidateShapes:
    """A fall and a rise around each inner rung, in proportions 1:2, 1:1 and 2:1."""
    columns, centers = [], []
    for turn in log_scale[1:-1]:
        fall = np.clip((turn - log_scale) / (turn - log_scale[0]), 0, None)
        rise = np.clip((log_scale - turn) / (log_scale[-1] - turn), 0, None)
        for ratio in (0.5, 1.0, 2.0):
            columns.append((fall * ratio + rise) / max(ratio, 1.0))
            centers.append(turn)
    column = np.array(columns).reshape(-1, log_scale.size)
    return CandidateShapes(
        kind="u_shape", column=column, trend=np.zeros_like(column), center=np.array(centers)
    )


def flat_shapes(log_scale: Floats) -> CandidateShapes:
    """A constant."""
    zeros = np.zeros((1, log_scale.size))
    return CandidateShapes(kind="flat", column=zeros, trend=zeros, center=np.array([np.nan]))


def _gap_centers(log_scale: Floats) -> Floats:
    """Center of every gap with two rungs below it; one low rung is no evidence of absence."""
    return (log_scale[2:] + log_scale[1:-1]) / 2


def _scale_to_unit(column: Floats) -> Floats:
    low, high = column.min(), column.max()
    scaled: Floats = (column - low) / max(high - low, 1e-12)
    return scaled
