"""Fits as lines, and the choice of the two fits of a verdict that are drawn.

Every fit is in the table. The figure shows the best one and the best of the other type (smooth or
sudden), because a verdict weighs these two. The ranking is by leave-one-out error, never by the
error at the rungs that were fitted.
"""

from __future__ import annotations

import numpy as np

from ...emergence.curves import CURVES
from ...records import Fit
from ..series.ladder_curves import LadderCurve
from ..titles import curve_title
from .axes import scale_axis
from .panel import FitLine

SUDDEN_CURVES = ("step", "logistic", "bnsl")
"""Curves that can turn sharply within the ladder; the others are smooth."""

NUM_SEGMENTS = 96
"""Line segments that a fit is drawn with."""


def build_fit_lines(fits: tuple[Fit, ...], curve: LadderCurve) -> list[FitLine]:
    """The best fit and the best one of the other type, from the first rung to the last."""
    ranked = rank_fits(fits)
    if not ranked:
        return []
    best = ranked[0]
    best_is_sudden = best.curve in SUDDEN_CURVES
    alternatives = [fit for fit in ranked if (fit.curve in SUDDEN_CURVES) != best_is_sudden]
    selected = [(best, False)] + [(fit, True) for fit in alternatives[:1]]
    fit_lines = [_build_fit_line(fit, curve, is_alternative) for fit, is_alternative in selected]
    return [fit_line for fit_line in fit_lines if fit_line is not None]


def rank_fits(fits: tuple[Fit, ...]) -> list[Fit]:
    """The fits by leave-one-out error, smallest first; without those whose error is unknown."""
    known = [(fit.loo_mse, index) for index, fit in enumerate(fits) if fit.loo_mse is not None]
    return [fits[index] for _, index in sorted(known)]


def _build_fit_line(fit: Fit, curve: LadderCurve, is_alternative: bool) -> FitLine | None:
    """None for a curve that this version has no formula of, and for fewer than two rungs."""
    formula = next((formula for formula in CURVES if formula.name == fit.curve), None)
    scales = [rung.scale for rung in curve.rungs if rung.mean is not None]
    if (
        formula is None
        or len(scales) < 2
        or not {"offset", "height", *formula.param_names} <= set(fit.params)
    ):
        return None
    low, high = min(scales), max(scales)
    axis = scale_axis(curve.axis, [low, high], 0, 1)
    grid = axis.interpolate(NUM_SEGMENTS, low, high)
    # `judge` counts shots from one, so that zero shots have a logarithm.
    shift = 1.0 if curve.axis == "shots" else 0.0
    logs = np.log(np.array(grid) + shift)
    parameters = np.array([[fit.params[name] for name in formula.param_names]])
    column = formula.column(parameters, logs)[0]
    values = fit.params["offset"] + fit.params["height"] * column
    return FitLine(
        name=curve_title(fit.curve),
        points=tuple(zip(grid, values.tolist(), strict=True)),
        is_alternative=is_alternative,
    )
