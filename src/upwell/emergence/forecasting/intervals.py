"""Widths of forecast intervals, from the errors of pseudo-forecasts.

Errors are divided by their expected size. The quantiles of the scaled errors at about the same
distance give the interval (conformal prediction; Vovk et al. 2005). The two sides are separate,
because abilities rise above a forecast further than they fall below it. Errors are out of fold over
abilities. The widths of a small table are shrunk towards those of published families.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..stats.gaussian_process import DEFAULT_ITEM_SE
from .pseudo_forecasts import PseudoForecasts
from .regression import FamilyPrior, fit_coefficients

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.9
ITEM_SE_FACTOR, BASE_ERROR, DISTANCE_FACTOR, CHANGE_FACTOR = 0.8, 0.01, 0.02, 0.4
"""Terms of the expected error: factor of the item noise, constant, factor of the square root of the
distance, factor of the forecast change. The first one is below 1 because rungs share items."""

SEED_SE_FACTOR = 1.1
"""Factor of the seed noise, which both the target and the last rung have."""

KNOT_DISTANCES = (0.5, 1.1, 2.0, 3.4)
"""Distances at which widths are estimated; they are interpolated between."""

BANDWIDTH = 0.35
"""Standard deviation, in e-folds of distance, of the weights around a knot."""

N_FOLDS = 5
UPPER_INFLATION = 1.3
"""Factor of the upper width: abilities that rise late exceed all pseudo-forecasts."""

SINGLE_SEED_INFLATION = 1.2
"""Factor of both widths where each rung has one seed, so that the noise between models is not
measured. Chosen on families that came later (`benchmarks/emergence/left_out.py`)."""

PRIOR_STRENGTH = 30.0
"""Number of abilities at which the table counts as much as all published families."""

DEFAULT_QUANTILES = (1.9, 2.1)
"""Scaled quantiles without any data: those of all published families, pooled."""


@dataclass(frozen=True, kw_only=True)
class ConformalWidth:
    """Half-widths in units of the expected error, at `KNOT_DISTANCES`."""

    below: Floats
    above: Floats

    def half_widths(
        self, item_se: float, seed_se: float, distance: float, change: float
    ) -> tuple[float, float]:
        """(below, above) half-widths of a forecast, on the transformed scale."""
        parts = (np.array([part]) for part in (item_se, seed_se, distance, change))
        unit = expected_error(*parts)[0]
        log_distance, knots = np.log(distance), np.log(KNOT_DISTANCES)
        # Beyond the last knot errors grow with the square root of the distance.
        growth = max(np.sqrt(distance / KNOT_DISTANCES[-1]), 1.0)
        low, high = (
            float(np.interp(log_distance, knots, side)) for side in (self.below, self.above)
        )
        return low * unit * growth, high * unit * growth


def expected_error(item_se: Floats, seed_se: Floats, distance: Floats, change: Floats) -> Floats:
    """Expected size of the error of each forecast."""
    filled_item_se = np.where(np.isnan(item_se), DEFAULT_ITEM_SE, item_se)
    parts = (ITEM_SE_FACTOR * filled_item_se) ** 2 + (SEED_SE_FACTOR * seed_se) ** 2 + BASE_ERROR**2
    parts = parts + DISTANCE_FACTOR**2 * distance + (CHANGE_FACTOR * change) ** 2
    out: Floats = np.sqrt(parts)
    return out


def fit_conformal_width(
    pseudo_forecasts: PseudoForecasts, predicted: Floats, priors: tuple[FamilyPrior, ...]
) -> ConformalWidth:
    """Widths that hold 90 % of the pseudo-forecasts of this table and of published families.

    `predicted` has the changes that were forecast, (pseudo-forecasts,), out of fold.
    """
    prior_quantiles = [prior.quantiles for prior in priors if prior.quantiles.size]
    abilities = len(np.unique(pseudo_forecasts.ability))
    weight = abilities / (abilities + PRIOR_STRENGTH)
    sides = []
    for side, table_quantile in enumerate(error_quantiles(pseudo_forecasts, predicted)):
        prior_quantile = _prior_quantile(
            [quantile_pair[side] for quantile_pair in prior_quantiles], side
        )
        sides.append(
            np.where(
                np.isnan(table_quantile),
                prior_quantile,
                weight * table_quantile + (1 - weight) * prior_quantile,
            )
        )
    return ConformalWidth(below=sides[0], above=sides[1] * UPPER_INFLATION)


def _prior_quantile(family_quantiles: list[Floats], side: int) -> Floats:
    """(knots,) median over published families."""
    known_by_knot = [
        [quantiles[i] for quantiles in family_quantiles if not np.isnan(quantiles[i])]
        for i in range(len(KNOT_DISTANCES))
    ]
    return np.array(
        [
            np.median(known_values) if known_values else DEFAULT_QUANTILES[side]
            for known_values in known_by_knot
        ]
    )


def error_quantiles(pseudo_forecasts: PseudoForecasts, predicted: Floats) -> tuple[Floats, Floats]:
    """(below, above), each (knots,) and positive; NaN with a weight of less than ten."""
    if len(pseudo_forecasts) == 0:
        return np.full(len(KNOT_DISTANCES), np.nan), np.full(len(KNOT_DISTANCES), np.nan)
    unit = expected_error(
        pseudo_forecasts.item_se, pseudo_forecasts.seed_se, pseudo_forecasts.distance, predicted
    )
    scaled = (pseudo_forecasts.change - predicted) / unit
    sides = [_local_quantiles(scaled, pseudo_forecasts.distance, knot) for knot in KNOT_DISTANCES]
    bounds = np.array(sides).T
    return -bounds[0], bounds[1]


def cross_val_predict(pseudo_forecasts: PseudoForecasts, priors: tuple[FamilyPrior, ...]) -> Floats:
    """Changes predicted by coefficients fitted without the ability."""
    predicted = np.zeros(len(pseudo_forecasts))
    fold = pseudo_forecasts.ability % N_FOLDS
    for i in range(N_FOLDS):
        coefficients = fit_coefficients(pseudo_forecasts.where(fold != i), priors)
        predicted[fold == i] = pseudo_forecasts.features[fold == i] @ coefficients
    return predicted


def _local_quantiles(scaled: Floats, distance: Floats, knot: float) -> tuple[float, float]:
    weight = np.exp(-0.5 * (np.log(distance / knot) / BANDWIDTH) ** 2)
    if weight.sum() < 10:
        return float("nan"), float("nan")
    order = np.argsort(scaled)
    ranked = scaled[order]
    cumulative = weight[order].cumsum() / weight.sum()
    low, high = np.interp([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], cumulative, ranked)
    return min(float(low), 0.0), max(float(high), 0.0)
