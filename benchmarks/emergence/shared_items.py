"""False jumps, missed jumps and undecided curves where all rungs answer the same items.

    python benchmarks/emergence/shared_items.py --families 200

Planted item-response families: items differ in difficulty, models in skill, and skill rises in a
line, in an early or a late bend, not at all, or in a jump. Each family is judged with and without
the outcomes of its items. Families are numbered from 2000; those below were used to choose. Needs
no data.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np
import polars as pl

from upwell.emergence import judge
from upwell.records import Table
from upwell.records.evaluation import TABLE_COLUMNS

SCALES = np.geomspace(2e3, 2e5, 8)
FIRST_FAMILY = 2000
SHAPES = ("line", "early", "late", "flat", "jump")


def skill(shape: str, rng: np.random.Generator) -> np.ndarray:
    """(rungs,) skill of the models, in the unit of the items' difficulty."""
    t = np.linspace(0, 1, len(SCALES))
    height = rng.uniform(0.8, 3.0)
    rise = {
        "line": t,
        "early": 1 - np.exp(-3 * t),
        # A power law of the scale with an exponent of .4; up to .5 counts as smooth.
        "late": (SCALES**0.4 - SCALES[0] ** 0.4) / np.ptp(SCALES**0.4),
        "flat": 0 * t,
        "jump": (np.arange(len(t)) >= rng.integers(2, len(t) - 1)).astype(float),
    }[shape]
    return height * (rise - 0.5)


def family(metric: str, shape: str, items: int, number: int) -> tuple[Table, pl.DataFrame]:
    """A ladder of one ability, and the outcome of every item."""
    rng = np.random.default_rng(number)
    difficulty = rng.normal(size=items)
    rows, outcomes = [], []
    for scale, level in zip(SCALES, skill(shape, rng), strict=True):
        model = f"m{scale:.0f}"
        if metric == "accuracy":
            values = (rng.random(items) < 1 / (1 + np.exp(difficulty - level))).astype(float)
        else:
            values = 3 + 0.7 * difficulty - 0.3 * level + 0.15 * rng.normal(size=items)
        known = {"family": "planted", "model": model, "ability": shape, "shots": 0,
                 "metric": metric}  # fmt: skip
        rows.append(
            known | {"params": scale, "seed": 0, "value": values.mean(), "items": items,
                     "missing": 0, "stderr": values.std(ddof=1) / np.sqrt(items)}
        )  # fmt: skip
        outcomes += [
            known | {"step": None, "item": str(i), "value": v} for i, v in enumerate(values)
        ]
    frame = pl.DataFrame(rows)
    absent = [pl.lit(None, dtype=pl.Float64).alias(c) for c in TABLE_COLUMNS if c not in rows[0]]
    return Table(frame.with_columns(absent)), pl.DataFrame(outcomes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", type=int, default=200, help="planted families per row")
    parser.add_argument("--items", type=int, nargs="+", default=[64, 200])
    parser.add_argument("--metrics", nargs="+", default=["accuracy", "bits_per_byte"])
    options = parser.parse_args()
    families = options.families
    for metric in options.metrics:
        for items in options.items:
            for shape in SHAPES:
                for paired in (False, True):
                    kinds: Counter[str] = Counter()
                    for number in range(FIRST_FAMILY, FIRST_FAMILY + families):
                        table, outcomes = family(metric, shape, items, number)
                        (verdict,) = judge(
                            table, with_fits=False, outcomes=outcomes if paired else None
                        )
                        kinds[verdict.kind] += 1
                    name = "same items" if paired else "independent"
                    print(f"{metric:14} {items:4} {shape:6} {name:12}", dict(kinds), flush=True)


if __name__ == "__main__":
    main()
