"""Whether seeds that differ in kind are told from seeds that only scatter.

    python benchmarks/emergence/seed_kinds.py --families 100

Planted families of nine rungs, 200 items and several seeds. In the first rows some seeds jump and
the others stay; a verdict is right if it counts them and does not call the mean smooth, flat or
inverse. In the last rows all seeds are of one kind and every model deviates by itself; a verdict is
wrong if it says that seeds differ. Families are numbered from 1000, apart from those of the tests.
Needs no data.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np
import polars as pl

from upwell.emergence import judge
from upwell.records import Table, Verdict
from upwell.records.evaluation import TABLE_COLUMNS

SCALES = np.geomspace(1e6, 1e10, 9)
ITEMS = 200
FIRST_FAMILY = 1000


def table(truths: list[np.ndarray], seed_sd: float, rng: np.random.Generator) -> Table:
    """One ability, with the truth of each seed (rungs,)."""
    rows = [
        {"family": "planted", "model": f"m{scale:.0f}", "params": scale, "seed": seed,
         "ability": "a", "shots": 0, "metric": "accuracy", "items": ITEMS, "missing": 0,
         "value": rng.binomial(ITEMS, np.clip(p + seed_sd * rng.normal(), 0, 1)) / ITEMS}
        for seed, truth in enumerate(truths)
        for scale, p in zip(SCALES, truth, strict=True)
    ]  # fmt: skip
    frame = pl.DataFrame(rows)
    absent = [pl.lit(None, dtype=pl.Float64).alias(c) for c in TABLE_COLUMNS if c not in rows[0]]
    return Table(frame.with_columns(absent))


def step(rng: np.random.Generator, low: float, height: float) -> np.ndarray:
    """(rungs,) a jump in one of the inner gaps."""
    return low + height * (np.arange(len(SCALES)) >= rng.integers(3, len(SCALES) - 2))


def mixed(count: int, seeds: int, height: float, falls: bool, rng: np.random.Generator) -> Verdict:
    """`count` of the seeds jump by `height`, at the same place."""
    jump, low = step(rng, 0.1, height), np.full(len(SCALES), 0.1)
    truths = [jump] * count + [low] * (seeds - count)
    if falls:
        truths = [1 - truth for truth in truths]
    (verdict,) = judge(table(truths, 0.02, rng), with_fits=False)
    return verdict


def alike(shape: str, seeds: int, seed_sd: float, rng: np.random.Generator) -> Verdict:
    """All seeds have the same truth."""
    t = np.linspace(0, 1, len(SCALES))
    rise = rng.uniform(0.2, 0.6)
    truth = {
        "line": 0.2 + rise * t,
        "early": 0.2 + rise * (1 - np.exp(-3 * t)),
        "late": 0.2 + rise * (SCALES**0.3 - SCALES[0] ** 0.3) / np.ptp(SCALES**0.3),
        "flat": np.full(len(SCALES), 0.4),
        "fall": 0.8 - rise * t,
    }[shape]
    (verdict,) = judge(table([truth] * seeds, seed_sd, rng), with_fits=False)
    return verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", type=int, default=100)
    families = range(FIRST_FAMILY, FIRST_FAMILY + parser.parse_args().families)
    for falls in (False, True):
        for count, seeds in ((1, 3), (2, 3), (1, 5), (4, 5)):
            for height in (0.3, 0.8):
                made = [
                    mixed(count, seeds, height, falls, np.random.default_rng(n)) for n in families
                ]
                counts = (v.seeds_jump_down if falls else v.seeds_jump_up for v in made)
                right = sum(number == count for number in counts)
                kinds = dict(Counter(v.kind for v in made))
                name = f"{count} of {seeds} {'fall' if falls else 'rise'} by {height}"
                print(f"{name:22} counted right {right / len(made):.2f}", kinds, flush=True)
    for seeds in (2, 3):
        for shape in ("line", "early", "late", "flat", "fall"):
            for seed_sd in (0.0, 0.04, 0.1):
                made = [alike(shape, seeds, seed_sd, np.random.default_rng(n)) for n in families]
                wrong = sum("seeds jump" in v.explanation for v in made)
                kinds = dict(Counter(v.kind for v in made))
                print(f"{shape:6} {seeds} seeds scatter by {seed_sd:.2f}: {wrong} said to differ",
                      kinds, flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
