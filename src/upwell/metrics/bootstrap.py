"""Bootstrap intervals: resample the rows, score each sample, take the middle of the scores.

See Efron 1979. Axes: N rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import Score

NUM_BOOTSTRAP_SAMPLES = 1000
CONFIDENCE_LEVEL = 0.9

RowIndices = NDArray[np.int64]


def resample_rows(num_rows: int, seed: int = 0) -> Iterator[RowIndices]:
    """Row indices [N] of each bootstrap sample, drawn with replacement."""
    rng = np.random.default_rng(seed)
    for _ in range(NUM_BOOTSTRAP_SAMPLES):
        yield rng.integers(0, num_rows, num_rows)


def bootstrap_interval(samples: Sequence[float] | NDArray[np.float64]) -> tuple[float, float]:
    """(low, high) of the middle `CONFIDENCE_LEVEL` of the samples."""
    low, high = np.quantile(samples, [(1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2])
    return float(low), float(high)


def make_score(name: str, value: float, samples: Sequence[float], rows: int) -> Score:
    """A value with the interval of its bootstrap samples."""
    low, high = bootstrap_interval(samples)
    return Score(metric=name, value=value, interval_low=low, interval_high=high, rows=rows)


def bootstrap_score(
    name: str, statistic: Callable[[RowIndices], float], num_rows: int, seed: int = 0
) -> Score:
    """A statistic of all rows, with its 90 % bootstrap interval.

    `statistic` takes the indices of the rows to score.
    """
    samples = [statistic(rows_N) for rows_N in resample_rows(num_rows, seed)]
    return make_score(name, statistic(np.arange(num_rows)), samples, num_rows)


def mean_score(name: str, values_N: Sequence[float], seed: int = 0) -> Score:
    """The mean of a value per row, with its 90 % bootstrap interval."""
    values = np.asarray(values_N, dtype=np.float64)
    return bootstrap_score(name, lambda rows_N: float(values[rows_N].mean()), len(values), seed)
