"""Metrics of labels, with intervals over rows.

Axes: N rows, C labels, S samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import Score

SAMPLES = 1000
LEVEL = 0.9

Ints = NDArray[np.int64]
Metric = Callable[[NDArray[np.float64]], float]
"""Counts [C, 3] of hits, false alarms and misses to a value."""


def scores(
    said_NC: NDArray[np.bool_], right_NC: NDArray[np.bool_], *, several: bool, seed: int = 0
) -> tuple[Score, ...]:
    """Accuracy (every label of the row right), macro F1, and micro F1 where rows may have
    several labels; 90 % intervals by drawing rows anew."""
    exact_N = (said_NC == right_NC).all(1).astype(np.float64)
    counts_NC3 = counted(said_NC, right_NC)
    metrics: dict[str, Metric] = {"macro_f1": macro_f1}
    if several:
        metrics["micro_f1"] = micro_f1
    dice = np.random.default_rng(seed)
    draws = [dice.integers(0, len(exact_N), len(exact_N)) for _ in range(SAMPLES)]
    weights = [np.bincount(draw, minlength=len(exact_N)).astype(np.float64) for draw in draws]
    found = [
        _score("accuracy", float(exact_N.mean()), [float(w @ exact_N) / len(w) for w in weights])
    ]
    flat = counts_NC3.reshape(len(exact_N), -1).astype(np.float64)
    sums = [(weight @ flat).reshape(-1, 3) for weight in weights]
    whole = counts_NC3.sum(0).astype(np.float64)
    found += [
        _score(name, act(whole), [act(each) for each in sums]) for name, act in metrics.items()
    ]
    return tuple(_with_rows(found, len(exact_N)))


def mean(name: str, values_N: Sequence[float], seed: int = 0) -> Score:
    """The mean of what each row is worth; 90 % interval by drawing rows anew."""
    values = np.asarray(values_N, dtype=np.float64)
    dice = np.random.default_rng(seed)
    draws = dice.integers(0, len(values), (SAMPLES, len(values)))
    low, high = interval([float(values[draw].mean()) for draw in draws])
    return Score(metric=name, value=float(values.mean()), low=low, high=high, rows=len(values))


def counted(said_NC: NDArray[np.bool_], right_NC: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[N, C, 3]: whether each label is a hit, a false alarm, a miss."""
    return np.stack([said_NC & right_NC, said_NC & ~right_NC, ~said_NC & right_NC], axis=-1)


def macro_f1(counts_C3: NDArray[np.float64]) -> float:
    """Mean F1 of the labels that occur or are said."""
    hits, alarms, misses = counts_C3.T
    all_ = 2 * hits + alarms + misses
    there = all_ > 0
    return float((2 * hits[there] / all_[there]).mean()) if there.any() else 0.0


def micro_f1(counts_C3: NDArray[np.float64]) -> float:
    """F1 of all labels together."""
    hits, alarms, misses = counts_C3.sum(0)
    return float(2 * hits / (2 * hits + alarms + misses)) if hits else 0.0


def interval(samples: list[float]) -> tuple[float, float]:
    """The middle `LEVEL` of the samples."""
    low, high = np.quantile(samples, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _score(name: str, value: float, samples: list[float]) -> tuple[str, float, float, float]:
    return (name, value, *interval(samples))


def _with_rows(found: list[tuple[str, float, float, float]], rows: int) -> list[Score]:
    return [
        Score(metric=name, value=value, low=low, high=high, rows=rows)
        for name, value, low, high in found
    ]
