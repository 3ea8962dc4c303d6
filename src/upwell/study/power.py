"""Power of a study: smallest detectable jump and minimum width of a forecast.

Before anything has run, only the noise of a finite number of items is known. Seed noise adds to it,
so both numbers are lower bounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

TWO_SIDED_5, POWER_80, TWO_SIDED_10 = 1.960, 0.842, 1.645
"""Quantiles of the standard normal distribution."""


def smallest_jump(items: int, seeds: int) -> float:
    """Smallest difference of an accuracy between two rungs that is detected with 80 % power.

    Minimum detectable effect of two proportions near one half, at the 5 % level:
    (1.96 + 0.84) sqrt(2 x 0.25 / n) with n answers per rung (Miller 2024, arXiv 2411.00640,
    section 5; Fleiss 1981). At most 1.
    """
    spread = math.sqrt(2 * 0.25 / (items * seeds))
    return min(1.0, (TWO_SIDED_5 + POWER_80) * spread)


def forecast_width(
    items: int, seeds: int, known_scales: Sequence[float], target: float
) -> float | None:
    """Minimum width of a 90 % interval of an accuracy at scale `target`, from rungs `known_scales`.

    The prediction interval of a least-squares line over the logarithm of scale (Seber and Lee 2003,
    section 5.3), with item noise alone. None if scales are equal or not positive. At most 1.
    """
    if min([target, *known_scales]) <= 0:
        return None
    log_scales = [math.log(scale) for scale in known_scales]
    center = sum(log_scales) / len(log_scales)
    spread = sum((x - center) ** 2 for x in log_scales)
    if spread == 0:
        return None
    leverage = (math.log(target) - center) ** 2 / spread
    variance = 0.25 / (items * seeds) * (1 + 1 / len(log_scales) + leverage)
    return min(1.0, 2 * TWO_SIDED_10 * math.sqrt(variance))
