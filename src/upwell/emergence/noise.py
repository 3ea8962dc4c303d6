"""How far a score can be trusted: the noise that a finite number of items and seeds gives it.

A score of n items has a noise floor below which no curve can be told from another
(Miller 2024, arXiv 2411.00640). Unknown noise stays unknown; it is never taken for zero.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from .seeds import moderated

Floats = npt.NDArray[np.float64]


def item_error(value: Floats, items: Floats, stderr: Floats, proportion: bool) -> Floats:
    """(rungs,) standard error that its items alone give each rung's mean; NaN where unknown."""
    counted = binomial_error(value, items) if proportion else np.full_like(value, np.nan)
    return np.where(np.isnan(counted), stderr, counted)


def with_seeds(item: Floats, deviation: Floats, seeds: Floats) -> Floats:
    """(rungs,) standard error of each rung's mean over seeds, from the item noise and the
    deviation of its seeds, all three on one scale; NaN where neither is known.

    Seeds answer the same items, so item noise is not averaged away by more of them, while
    their spread is.
    """
    parts = np.stack([item**2, moderated(deviation, seeds) / np.maximum(seeds, 1)])
    known = ~np.isnan(parts)
    # The deviation of seeds holds no item noise of the shared items, so the two add.
    return np.where(known.any(axis=0), np.sqrt(parts.sum(axis=0, where=known)), np.nan)


def binomial_error(value: Floats, items: Floats) -> Floats:
    """Standard error of a proportion over `items`; one success and one failure are added,
    so that 0 of 50 is not called certain (Agresti and Coull 1998)."""
    inside = np.clip(value, 0.0, 1.0)
    p = (inside * items + 1.0) / (items + 2.0)
    error: Floats = np.sqrt(p * (1.0 - p) / items)
    return error


def smallest_jump(noise: Floats, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """The smallest jump between two rungs that this noise lets a two-sided test at `alpha`
    find with the given power; None where the noise is unknown."""
    known = noise[~np.isnan(noise)]
    if known.size == 0:
        return None
    reach = float(norm.ppf(1 - alpha / 2) + norm.ppf(power))
    return reach * float(np.sqrt(2.0)) * float(np.median(known))
