"""How wide an interval must be to hold: learnt from the errors of past forecasts.

An error is scaled by what it should be worth, and the quantiles of the scaled errors of
trials over about the same distance give the interval (conformal prediction over pooled
back-tests; Vovk et al. 2005). The two sides are separate: abilities rise above a forecast
further than they fall below it. Errors are those of trials whose ability was left out
when coefficients were learnt. What other families needed steadies a table with few ladders.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .kriging import UNKNOWN_NOISE
from .learning import Past, learn
from .trials import Trials

Floats = npt.NDArray[np.float64]

LEVEL = 0.9
ITEMS, BASE, PER_REACH, PER_CHANGE = 0.8, 0.01, 0.02, 0.4
"""What an error is worth: shares of the item noise, of nothing, of the root of the
distance, and of the change that is forecast. Items count less than once because rungs
answer the same ones."""

SEEDS = 1.1
"""Shares of the noise of seeds: the rung that is forecast has it, and so has the last one."""

CENTRES = (0.5, 1.1, 2.0, 3.4)
"""Distances at which widths are learnt; between them they are interpolated."""

SPREAD = 0.35
"""Trials within about this many e-folds of a distance speak for it."""

FOLDS = 5
FURTHER = 1.3
"""Abilities that rise late rise above anything that was tried on smaller scales."""

ENOUGH = 30.0
"""Abilities at which the table's own errors count as much as those of all other families."""

TYPICAL = (1.9, 2.1)
"""Scaled quantiles where nothing at all is known: those of the families shipped, pooled."""


@dataclass(frozen=True, kw_only=True)
class Width:
    """Half-widths in units of the expected error, at `CENTRES`."""

    below: Floats
    above: Floats

    def around(
        self, noise: float, wobble: float, distance: float, change: float
    ) -> tuple[float, float]:
        """(below, above), as seen, for a forecast of `change` over a distance."""
        parts = (np.array([part]) for part in (noise, wobble, distance, change))
        unit = expected(*parts)[0]
        log, knots = np.log(distance), np.log(CENTRES)
        # Beyond the furthest trials errors go on growing with the root of the distance.
        grow = max(np.sqrt(distance / CENTRES[-1]), 1.0)
        low, high = (float(np.interp(log, knots, side)) for side in (self.below, self.above))
        return low * unit * grow, high * unit * grow


def expected(noise: Floats, wobble: Floats, distance: Floats, change: Floats) -> Floats:
    """(trials,) what an error should be worth."""
    item = np.where(np.isnan(noise), UNKNOWN_NOISE, noise)
    parts = (ITEMS * item) ** 2 + (SEEDS * wobble) ** 2 + BASE**2
    parts = parts + PER_REACH**2 * distance + (PER_CHANGE * change) ** 2
    out: Floats = np.sqrt(parts)
    return out


def width(tried: Trials, past: tuple[Past, ...]) -> Width:
    """The width that held 90 % of the trials of this table and of older families."""
    others = [p.quantiles for p in past if p.quantiles.size]
    abilities = len(np.unique(tried.ability))
    share = abilities / (abilities + ENOUGH)
    sides = []
    for side, own in enumerate(quantiles(tried, past)):
        usual = _usual([other[side] for other in others], side)
        sides.append(np.where(np.isnan(own), usual, share * own + (1 - share) * usual))
    return Width(below=sides[0], above=sides[1] * FURTHER)


def _usual(others: list[Floats], side: int) -> Floats:
    """Median over other families at each centre."""
    known = [[o[i] for o in others if not np.isnan(o[i])] for i in range(len(CENTRES))]
    return np.array([np.median(some) if some else TYPICAL[side] for some in known])


def quantiles(tried: Trials, past: tuple[Past, ...]) -> tuple[Floats, Floats]:
    """(below, above) at `CENTRES`, both positive; NaN where fewer than ten trials speak."""
    if len(tried) == 0:
        return np.full(len(CENTRES), np.nan), np.full(len(CENTRES), np.nan)
    predicted = _left_out(tried, past)
    unit = expected(tried.noise, tried.wobble, tried.distance, predicted)
    scaled = (tried.change - predicted) / unit
    sides = [_around(scaled, tried.distance, centre) for centre in CENTRES]
    both = np.array(sides).T
    return -both[0], both[1]


def _left_out(tried: Trials, past: tuple[Past, ...]) -> Floats:
    """Each trial predicted by coefficients that did not see its ability."""
    predicted = np.zeros(len(tried))
    fold = tried.ability % FOLDS
    for i in range(FOLDS):
        coefficients = learn(tried.where(fold != i), past)
        predicted[fold == i] = tried.features[fold == i] @ coefficients
    return predicted


def _around(scaled: Floats, distance: Floats, centre: float) -> tuple[float, float]:
    weight = np.exp(-0.5 * (np.log(distance / centre) / SPREAD) ** 2)
    if weight.sum() < 10:
        return float("nan"), float("nan")
    order = np.argsort(scaled)
    ranked = scaled[order]
    share = weight[order].cumsum() / weight.sum()
    low, high = np.interp([(1 - LEVEL) / 2, (1 + LEVEL) / 2], share, ranked)
    return min(float(low), 0.0), max(float(high), 0.0)
