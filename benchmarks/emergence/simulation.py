"""False jumps, missed jumps and wrong kinds of verdict, on planted families.

    python benchmarks/emergence/simulation.py

Twelve rungs over five decades (like BIG-G) and eight over two (like Pythia). Needs no data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import polars as pl

from upwell.emergence import judge
from upwell.records import Table
from upwell.records.evaluation import TABLE_COLUMNS

LADDERS = {
    "12 rungs, five decades": np.geomspace(2e6, 1.28e11, 12),
    "8 rungs, two decades": np.geomspace(7e7, 1.2e10, 8),
}
SMOOTH = ("flat", "line", "late power", "early power", "slow logistic")


def truth(kind: str, logs: np.ndarray, rng: np.random.Generator, height: float) -> np.ndarray:
    """(rungs,) the curve behind the scores, between 0 and 1."""
    t = (logs - logs[0]) / np.ptp(logs)
    low = rng.uniform(0.02, 0.35)
    rise = rng.uniform(0.15, 0.6) if height == 0 else height
    threshold = rng.choice((logs[2:-1] + logs[1:-2]) / 2)
    middle = rng.choice(t[2:-2])
    curves: dict[str, Callable[[], np.ndarray]] = {
        "flat": lambda: np.zeros_like(t),
        "line": lambda: t,
        "late power": lambda: np.expm1(0.25 * (logs - logs[0])) / np.expm1(0.25 * np.ptp(logs)),
        "early power": lambda: 1 - np.exp(-3 * t),
        "slow logistic": lambda: 1 / (1 + np.exp(-(logs - rng.choice(logs[3:-1])) / 1.0)),
        "jump": lambda: (logs > threshold).astype(float),
        "fall": lambda: 1 - t,
        "u": lambda: np.where(t < middle, (middle - t) / middle, (t - middle) / (1 - middle)),
    }
    return low + rise * curves[kind]()


def table(kinds: list[str], scales: np.ndarray, items: int, seed: int, height: float) -> Table:
    """One family with an ability of each of the given kinds."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, kind in enumerate(kinds):
        p = np.clip(truth(kind, np.log(scales), rng, height), 0, 1)
        scores = rng.binomial(items, p) / items
        rows += [
            {"family": "planted", "model": f"m{s:.0f}", "params": s, "ability": f"{kind}{i}",
             "shots": 0, "seed": 0, "metric": "accuracy", "value": v, "items": items,
             "missing": 0}
            for s, v in zip(scales, scores, strict=True)
        ]  # fmt: skip
    frame = pl.DataFrame(rows)
    absent = [pl.lit(None, dtype=pl.Float64).alias(c) for c in TABLE_COLUMNS if c not in rows[0]]
    return Table(frame.with_columns(absent))


def count_verdicts(
    kinds: list[str], scales: np.ndarray, items: int, height: float, calls: int
) -> Counter:
    counts: Counter = Counter()
    for seed in range(calls):
        for v in judge(table(kinds, scales, items, seed, height), with_fits=False):
            counts[v.ability.rstrip("0123456789"), v.kind] += 1
    return counts


def print_fractions(counts: Counter) -> None:
    for planted in sorted({name for name, _ in counts}):
        total = sum(n for (name, _), n in counts.items() if name == planted)
        row = {kind: n / total for (name, kind), n in counts.items() if name == planted}
        print(f"    {planted:14}", {k: round(v, 3) for k, v in sorted(row.items())}, total)


def main() -> None:
    for name, scales in LADDERS.items():
        for items in (46, 200, 1000):
            counts = count_verdicts(list(SMOOTH) * 9 + ["flat"], scales, items, 0, 20)
            false = sum(n for (_, kind), n in counts.items() if kind == "emergent")
            print(f"{name}, {items} items, no jump planted: {false / counts.total():.4f} emergent")
            mixed = ["jump"] * 10 + list(SMOOTH) * 7 + ["flat"]
            for height in (0.2, 0.4):
                counts = count_verdicts(mixed, scales, items, height, 20)
                power = counts["jump", "emergent"] / 200
                print(f"{name}, {items} items, jumps of {height}: {power:.3f} found")
        for items in (200, 1000):
            print(f"{name}, {items} items, changes of 0.15 to 0.6:")
            print_fractions(
                count_verdicts([*SMOOTH, "jump", "fall", "u"] * 5, scales, items, 0, 10)
            )


if __name__ == "__main__":
    main()
