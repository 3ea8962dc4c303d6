"""A smooth verdict's power law in words: how fast what is lacking falls with scale.

An accuracy and the error that it leaves have the same law: the distance to where the curve levels
off goes as scale to some power. It is told of smooth verdicts alone, and only where no other smooth
fit predicts left-out rungs better.
"""

from __future__ import annotations

from ..records import Fit, Verdict
from . import numbers
from .fitted import SUDDEN, best_first

NAMES = ("exponent", "offset")


def law(verdict: Verdict) -> tuple[str, str] | None:
    """The law, and the 90 % intervals of its exponent and of its limit; None where there is none.

    There is none for a curve that has no limit, or is not smooth.
    """
    fit = _best(verdict)
    if verdict.kind != "smooth" or fit is None or fit.form != "power":
        return None
    exponent, limit = fit.params["exponent"], fit.params["offset"]
    between, limits = (numbers.span(*fit.interval.get(n, (None, None))) for n in NAMES)
    if exponent >= 0 or between is None or limits is None:
        return None
    return (
        f"distance to {numbers.plain(limit)} ∝ {verdict.axis}^{numbers.plain(exponent, 2)}",
        f"90 %: power {between}, limit {limits}",
    )


def _best(verdict: Verdict) -> Fit | None:
    """The smooth fit that predicts left-out rungs best."""
    return next((fit for fit in best_first(verdict.fits) if fit.form not in SUDDEN), None)
