"""A fit as a line on paper, and which two of a verdict's fits are worth drawing.

Every fit is in the table; the figure shows the best one and the best of the other
camp (smooth against sudden), because that is what a verdict weighs. The ranking is by
the error at rungs left out, never by the error at rungs that were fitted.
"""

from __future__ import annotations

import numpy as np

from ..emergence.curves import CURVES
from ..records import Fit
from .curve import Curve
from .names import form_title
from .panel import Line
from .scales import scale_axis

SUDDEN = ("step", "logistic", "bnsl")
"""Forms that can turn within the ladder; the others are smooth."""

STEPS = 96
"""Straight pieces that a line is drawn with."""


def lines(fits: tuple[Fit, ...], curve: Curve) -> list[Line]:
    """The best fit and its best rival of the other camp, drawn from the first rung to the last."""
    ranked = best_first(fits)
    if not ranked:
        return []
    best = ranked[0]
    other = [fit for fit in ranked if (fit.form in SUDDEN) != (best.form in SUDDEN)]
    chosen = [(best, False)] + [(fit, True) for fit in other[:1]]
    drawn = [_line(fit, curve, rival) for fit, rival in chosen]
    return [line for line in drawn if line is not None]


def best_first(fits: tuple[Fit, ...]) -> list[Fit]:
    """The fits by how well they predict left-out rungs; without those of which it is unknown."""
    known = [(fit.left_out, place) for place, fit in enumerate(fits) if fit.left_out is not None]
    return [fits[place] for _, place in sorted(known)]


def _line(fit: Fit, curve: Curve, rival: bool) -> Line | None:
    """None for a form that this version has no formula of, or too few rungs to span a line."""
    form = next((form for form in CURVES if form.name == fit.form), None)
    scales = [rung.scale for rung in curve.rungs if rung.mean is not None]
    if (
        form is None
        or len(scales) < 2
        or not {"offset", "height", *form.parameters} <= set(fit.params)
    ):
        return None
    low, high = min(scales), max(scales)
    axis = scale_axis(curve.axis, [low, high], 0, 1)
    places = axis.between(STEPS, low, high)
    # A judge counts examples in the prompt from one, so that none has a logarithm.
    shift = 1.0 if curve.axis == "shots" else 0.0
    logs = np.log(np.array(places) + shift)
    shape = np.array([[fit.params[name] for name in form.parameters]])
    column = form.column(shape, logs)[0]
    values = fit.params["offset"] + fit.params["height"] * column
    return Line(
        name=form_title(fit.form),
        points=tuple(zip(places, values.tolist(), strict=True)),
        rival=rival,
    )
