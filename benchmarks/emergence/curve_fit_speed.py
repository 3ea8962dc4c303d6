"""Batched one-break BNSL fits, beside scipy's curve_fit from ten starting points.

    python benchmarks/emergence/curve_fit_speed.py

Both fit the same six parameters to the same noisy curves in one process. The script compares CPU
seconds per curve and the final loss. At the end it judges and forecasts 10,000 curves.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
import polars as pl
from scipy.optimize import curve_fit

from upwell.emergence import forecast, judge
from upwell.emergence.curves import BNSLCurve
from upwell.emergence.curves.fit import candidate_losses
from upwell.emergence.curves.refine import refine
from upwell.records import Table
from upwell.records.evaluation import TABLE_COLUMNS

STARTS = 10
SCALES = np.geomspace(2e6, 1.28e11, 12)


def curves(count: int, seed: int = 0) -> np.ndarray:
    """(count, rungs) noisy scores: lines, logistics, steps and broken power laws."""
    rng = np.random.default_rng(seed)
    logs = np.log(SCALES)
    t = (logs - logs[0]) / np.ptp(logs)
    rows = []
    for i in range(count):
        middle, width = rng.uniform(0.2, 0.9), rng.uniform(0.01, 0.3)
        shape = [t, 1 / (1 + np.exp(-(t - middle) / width)), (t > middle) * 1.0, t**2][i % 4]
        p = rng.uniform(0, 0.3) + rng.uniform(0.1, 0.6) * shape
        rows.append(rng.binomial(200, p) / 200)
    return np.array(rows)


def by_batch(value: np.ndarray) -> tuple[float, np.ndarray]:
    """(seconds per curve, losses)."""
    logs, weight, curve = np.log(SCALES), np.ones_like(value), BNSLCurve()
    start = time.process_time()
    column = curve.column(curve.grid(logs), logs)
    _, loss = refine(curve, logs, value, weight, candidate_losses(column, value, weight))
    return (time.process_time() - start) / len(value), loss


def broken(x, offset, height, before, turn, center, sharp):
    bend = np.logaddexp(0.0, (x - center) / np.exp(sharp)) * np.exp(sharp)
    return offset + height * np.exp(-before * (x - x[0]) - turn * bend)


def by_curve_fit(value: np.ndarray) -> tuple[float, np.ndarray]:
    """(seconds per curve, best losses over the starts)."""
    rng = np.random.default_rng(0)
    logs = np.log(SCALES)
    start = time.process_time()
    best = np.full(len(value), np.inf)
    for k, y in enumerate(value):
        for _ in range(STARTS):
            guess = (y[0], np.ptp(y), rng.normal(0, 0.1), rng.normal(0, 1),
                     rng.uniform(logs[0], logs[-1]), rng.uniform(-2, 0))  # fmt: skip
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    fitted, _ = curve_fit(broken, logs, y, guess, maxfev=2000)
            except RuntimeError:
                continue
            best[k] = min(best[k], float(np.mean((broken(logs, *fitted) - y) ** 2)))
    return (time.process_time() - start) / len(value), best


def table(value: np.ndarray) -> Table:
    count, rungs = value.shape
    frame = pl.DataFrame(
        {
            "family": "f",
            "model": np.tile([f"m{s:.0f}" for s in SCALES], count),
            "params": np.tile(SCALES, count),
            "seed": 0,
            "ability": np.repeat([f"b{i % 100}/{i}" for i in range(count)], rungs),
            "shots": 0,
            "metric": "accuracy",
            "value": value.ravel(),
            "items": 200,
            "missing": 0,
        }
    )
    absent = [pl.lit(None, dtype=pl.Float64).alias(c) for c in TABLE_COLUMNS if c not in frame]
    return Table(frame.with_columns(absent))


def main() -> None:
    seconds, ours = by_batch(curves(1000))
    theirs_seconds, theirs = by_curve_fit(curves(1000)[:24])
    ratio = ours[:24] / theirs
    print(f"ours {seconds * 1e3:.2f} ms a curve, curve_fit x{STARTS} {theirs_seconds * 1e3:.0f} ms")
    print(f"{theirs_seconds / seconds:.0f} times the speed")
    lower, near = np.mean(ratio <= 1 + 1e-6), np.mean(ratio <= 1.01)
    print(f"loss equal or lower on {lower:.0%}, at most 1 % higher on {near:.0%} of the curves")
    print(f"mean loss {ours[:24].mean():.3e} against {theirs.mean():.3e}")
    measurements = table(curves(10_000))
    for name, act in {
        "judged": lambda: judge(measurements, with_fits=False),
        "judged with fits and bootstrap": lambda: judge(measurements),
        "forecast with intervals": lambda: forecast(measurements, targets=1e12),
    }.items():
        start = time.process_time()
        act()
        print(f"10,000 curves {name}: {time.process_time() - start:.1f} s")


if __name__ == "__main__":
    main()
