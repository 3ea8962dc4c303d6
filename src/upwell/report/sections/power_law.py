"""The power law of a smooth verdict: how fast the distance to its limit falls with scale.

Accuracy and error follow the same law: the distance to the value where the curve levels off is
proportional to a power of scale. Only smooth verdicts have one, and only where no other smooth fit
predicts left-out rungs better.
"""

from __future__ import annotations

from ...formatting import format_interval, format_value
from ...records import Fit, Verdict
from ..plot.fits import SUDDEN_CURVES, rank_fits

PARAMETER_NAMES = ("exponent", "offset")


def format_power_law(verdict: Verdict) -> tuple[str, str] | None:
    """The law, and the 90 % intervals of its exponent and its limit.

    None for a verdict that is not smooth and for a curve without a limit.
    """
    fit = _best_smooth_fit(verdict)
    if verdict.kind != "smooth" or fit is None or fit.curve != "power":
        return None
    exponent, limit = fit.params["exponent"], fit.params["offset"]
    exponent_interval, limit_interval = (
        format_interval(*fit.interval.get(n, (None, None))) for n in PARAMETER_NAMES
    )
    if exponent >= 0 or exponent_interval is None or limit_interval is None:
        return None
    return (
        f"distance to {format_value(limit)} ∝ {verdict.axis}^{format_value(exponent, 2)}",
        f"90 %: exponent {exponent_interval}, limit {limit_interval}",
    )


def _best_smooth_fit(verdict: Verdict) -> Fit | None:
    """The smooth fit that predicts left-out rungs best."""
    return next((fit for fit in rank_fits(verdict.fits) if fit.curve not in SUDDEN_CURVES), None)
