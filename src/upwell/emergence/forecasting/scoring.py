"""Scores of forecasts: errors, coverage, and the interval score.

The interval score (Gneiting and Raftery 2007) is the width of the interval, plus a penalty where
the actual value lies outside: the distance times 2 / (1 - confidence). Lower is better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...records import Forecast


def interval_score(low: float, high: float, actual: float, confidence: float) -> float:
    """Interval score of one forecast, in units of the metric."""
    outside = max(low - actual, 0.0) + max(actual - high, 0.0)
    return high - low + outside * 2.0 / (1.0 - confidence)


def grade(forecasts: Sequence[Forecast]) -> Mapping[str, float | int | None]:
    """Grade the forecasts that have both a value and an actual value.

    Returns the "mean", "median" and 90th percentile ("p90") of absolute errors, the mean error
    ("bias", forecast less actual), the "coverage" and the mean "interval_score"; each is None if
    nothing is graded. "graded", "missing_value" and "missing_truth" are counts.
    """
    graded = [f for f in forecasts if f.value is not None and f.actual is not None]
    counts = {
        "graded": len(graded),
        "missing_value": sum(f.value is None for f in forecasts),
        "missing_truth": sum(f.actual is None for f in forecasts),
    }
    if not graded:
        names = ("mean", "median", "p90", "bias", "coverage", "interval_score")
        return counts | dict.fromkeys(names)
    error = np.array([_require_number(f.value) - _require_number(f.actual) for f in graded])
    covered = [
        _require_number(f.interval_low)
        <= _require_number(f.actual)
        <= _require_number(f.interval_high)
        for f in graded
    ]
    scores = [
        interval_score(
            _require_number(f.interval_low),
            _require_number(f.interval_high),
            _require_number(f.actual),
            f.confidence,
        )
        for f in graded
    ]
    return counts | {
        "mean": float(np.abs(error).mean()),
        "median": float(np.median(np.abs(error))),
        "p90": float(np.quantile(np.abs(error), 0.9)),
        "bias": float(error.mean()),
        "coverage": float(np.mean(covered)),
        "interval_score": float(np.mean(scores)),
    }


def _require_number(value: float | None) -> float:
    assert value is not None
    return value
