"""Coefficients of a forecast, by robust ridge regression on pseudo-forecasts.

Huber loss by iterative reweighting. Published families enter as sufficient statistics from
`priors.json`. The family in question and all families published after it are left out, so a
back-test uses only what was known at the time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .features import FEATURE_NAMES
from .pseudo_forecasts import PseudoForecasts

Floats = npt.NDArray[np.float64]

HUBER_DELTA = 0.02
"""Errors beyond this count linearly, not squared."""

RIDGE_PENALTY = 3.0
TABLE_WEIGHT = 2700.0
"""Total weight of the table's own pseudo-forecasts."""

MAX_SAMPLE_WEIGHT = 3.0
"""Maximum weight of one pseudo-forecast."""

PRIOR_FAMILY_WEIGHT = 60.0
"""Maximum weight of a published family."""

FULL_WEIGHT_SAMPLES = 50
"""Pseudo-forecasts from which on a published family has its full weight."""

CHANGE_SHRINKAGE = 0.9
"""Fraction of the fitted change that is forecast. Coefficients from short distances overshoot on
long ones; this value has the smallest mean error over twelve cuts of six tables."""

N_ITERATIONS = 15


@dataclass(frozen=True, kw_only=True)
class FamilyPrior:
    """Sufficient statistics of one published family."""

    name: str
    """Prefix of the lower-case names of this family."""

    year: float
    kind: str
    n_pseudo_forecasts: int
    gram: Floats
    cross_products: Floats
    quantiles: Floats


@cache
def load_family_priors() -> tuple[FamilyPrior, ...]:
    """All families in `priors.json`."""
    path = Path(__file__).with_name("priors.json")
    if not path.exists():
        return ()
    entries = json.loads(path.read_text(encoding="utf-8"))["families"]
    return tuple(_parse_family_prior(entry) for entry in entries)


def _parse_family_prior(entry: dict[str, Any]) -> FamilyPrior:
    size = len(FEATURE_NAMES)
    gram = np.zeros((size, size))
    gram[np.triu_indices(size)] = entry["gram"]
    return FamilyPrior(
        name=str(entry["name"]),
        year=float(str(entry["year"])),
        kind=str(entry["kind"]),
        n_pseudo_forecasts=int(str(entry["pseudo_forecasts"])),
        gram=gram + np.triu(gram, 1).T,
        cross_products=np.array(entry["cross_products"], dtype=np.float64),
        quantiles=np.array(entry["quantiles"], dtype=np.float64),
    )


def priors_before(family: str | None, kind: str) -> tuple[FamilyPrior, ...]:
    """Other families published before this one; all of them if it is unknown."""
    name = (family or "").lower()
    same_family = [prior for prior in load_family_priors() if name.startswith(prior.name)]
    year = min((prior.year for prior in same_family), default=np.inf)
    return tuple(
        p for p in load_family_priors() if p.kind == kind and p.year < year and p not in same_family
    )


def fit_coefficients(pseudo_forecasts: PseudoForecasts, priors: tuple[FamilyPrior, ...]) -> Floats:
    """(FEATURE_NAMES,) coefficients of the change from the level at the cut."""
    gram, cross_products = _sum_priors(priors)
    weight: Floats = _family_weights(pseudo_forecasts)
    scale: Floats = np.sqrt(
        np.diag(gram) + (weight[:, None] * pseudo_forecasts.features**2).sum(axis=0)
    )
    scale = np.maximum(scale / np.sqrt(max(weight.sum() + _total_weight(priors), 1e-9)), 1e-6)
    ridge = np.diag(RIDGE_PENALTY * scale**2)
    robust_weight: Floats = np.ones_like(weight)
    coefficients: Floats = np.zeros(len(FEATURE_NAMES))
    for _ in range(N_ITERATIONS):
        scaled = pseudo_forecasts.features * (weight * robust_weight)[:, None]
        matrix = gram + scaled.T @ pseudo_forecasts.features + ridge
        coefficients = _solve_linear(matrix, cross_products + scaled.T @ pseudo_forecasts.change)
        robust_weight = _huber_weights(
            pseudo_forecasts.change - pseudo_forecasts.features @ coefficients
        )
    return CHANGE_SHRINKAGE * coefficients


def _sum_priors(priors: tuple[FamilyPrior, ...]) -> tuple[Floats, Floats]:
    size = len(FEATURE_NAMES)
    gram: Floats = sum(
        (_sample_weight(prior) * prior.gram for prior in priors), start=np.zeros((size, size))
    )
    cross_products: Floats = sum(
        (_sample_weight(prior) * prior.cross_products for prior in priors), start=np.zeros(size)
    )
    return gram, cross_products


def _sample_weight(prior: FamilyPrior) -> float:
    return (
        PRIOR_FAMILY_WEIGHT
        * min(1.0, prior.n_pseudo_forecasts / FULL_WEIGHT_SAMPLES)
        / prior.n_pseudo_forecasts
    )


def _total_weight(priors: tuple[FamilyPrior, ...]) -> float:
    return sum(_sample_weight(prior) * prior.n_pseudo_forecasts for prior in priors)


def _family_weights(pseudo_forecasts: PseudoForecasts) -> Floats:
    """Weights by which every family of the table counts the same."""
    if len(pseudo_forecasts) == 0:
        return np.zeros(0)
    _, family, count = np.unique(pseudo_forecasts.family, return_inverse=True, return_counts=True)
    # A family with few pseudo-forecasts must not count as much as one with many.
    weight: Floats = np.minimum(TABLE_WEIGHT / (count.size * count[family]), MAX_SAMPLE_WEIGHT)
    return weight


def sufficient_statistics(pseudo_forecasts: PseudoForecasts) -> tuple[Floats, Floats]:
    """(gram, cross products) of one family, with the weights of its own robust fit."""
    scale: Floats = np.sqrt((pseudo_forecasts.features**2).mean(axis=0)) + 1e-6
    ridge: Floats = np.diag(RIDGE_PENALTY * scale**2)
    weight: Floats = np.ones((len(pseudo_forecasts), 1))
    for _ in range(N_ITERATIONS):
        scaled = pseudo_forecasts.features * weight
        solved = _solve_linear(
            scaled.T @ pseudo_forecasts.features + ridge, scaled.T @ pseudo_forecasts.change
        )
        weight = _huber_weights(
            pseudo_forecasts.change - pseudo_forecasts.features @ solved
        ).reshape(-1, 1)
    scaled = pseudo_forecasts.features * weight
    return scaled.T @ pseudo_forecasts.features, scaled.T @ pseudo_forecasts.change


def _huber_weights(error: Floats) -> Floats:
    weight: Floats = HUBER_DELTA / np.maximum(np.abs(error), HUBER_DELTA)
    return weight


def _solve_linear(matrix: Floats, vector: Floats) -> Floats:
    out: Floats = np.linalg.solve(matrix, vector).astype(np.float64)
    return out
