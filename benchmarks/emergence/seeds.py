"""Coverage of 90 % intervals for a mean over seeds, on planted families.

    python benchmarks/emergence/seeds.py

Six rungs are fitted and the seventh is forecast. A family has ten abilities of 200 items. Needs no
data.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from upwell.emergence import forecast
from upwell.records import Table
from upwell.records.evaluation import TABLE_COLUMNS

ABILITIES, RUNGS, ITEMS, FAMILIES = 10, 7, 200, 30
GAP = 0.6
"""Distance between rungs, in the logarithm of their size."""

KINDS = {
    "bimodal": "each model has passed a threshold among the rungs, or not",
    "dropout": "one model in ten learns nothing, at any rung",
    "steady": "the standard deviation of seeds is .01 to .08 at every rung",
}


def accuracies(kind: str, logs: np.ndarray, seeds: int, rng: np.random.Generator) -> np.ndarray:
    """(rungs, seeds) true accuracy of each model."""
    low, high = rng.uniform(0, 0.15), rng.uniform(0.6, 1)
    threshold, noise = rng.uniform(logs[1], logs[-1] - GAP / 2), rng.normal(size=(len(logs), seeds))
    if kind == "steady":
        line = rng.uniform(0, 0.6) * (logs - logs[0]) / np.ptp(logs)
        return np.clip(low + line[:, None] + rng.uniform(0.01, 0.08) * noise, 0, 1)
    bimodal = kind == "bimodal"
    own = threshold + (rng.uniform(0.2, 0.8) * noise if bimodal else np.zeros_like(noise))
    width = rng.uniform(0.05, 0.3) if bimodal else 0.3
    p = low + (high - low) / (1 + np.exp(-np.clip((logs[:, None] - own) / width, -50, 50)))
    return p if bimodal else np.where(rng.random(p.shape) < 0.1, low, p)


def family(kind: str, seeds: int, number: int) -> tuple[Table, float, dict[str, float]]:
    """The fitted rungs, the scale of the last one, and its means by ability."""
    rng = np.random.default_rng(number)
    logs = np.log(1e4) + GAP * np.arange(RUNGS)
    rows, truth = [], {}
    for i in range(ABILITIES):
        scores = rng.binomial(ITEMS, accuracies(kind, logs, seeds, rng)) / ITEMS
        truth[f"{i}x"] = float(scores[-1].mean())
        rows += [
            {"family": "planted", "model": f"m{r}-{s}", "params": float(np.exp(logs[r])),
             "ability": f"{i}x", "shots": 0, "seed": s, "metric": "accuracy",
             "value": scores[r, s], "items": ITEMS, "missing": 0}
            for r in range(RUNGS - 1)
            for s in range(seeds)
        ]  # fmt: skip
    absent = [pl.lit(None, dtype=pl.Float64).alias(c) for c in TABLE_COLUMNS if c not in rows[0]]
    return Table(pl.DataFrame(rows).with_columns(absent)), float(np.exp(logs[-1])), truth


def main() -> None:
    for kind, meaning in KINDS.items():
        print(
            f"\n**{kind}**: {meaning}\n\n| seeds | covered | too high | too low | width | error |"
        )
        print("|---|---|---|---|---|---|")
        for seeds in (1, 2, 3, 5):
            pairs = []
            for number in range(FAMILIES):
                table, at, truth = family(kind, seeds, number)
                pairs += [(f, truth[f.ability]) for f in forecast(table, at)]
            low, high, value = np.array(
                [(f.interval_low, f.interval_high, f.value) for f, _ in pairs]
            ).T
            actual = np.array([truth for _, truth in pairs])
            under, over = (actual < low).mean(), (actual > high).mean()
            numbers = (1 - under - over, under, over, (high - low).mean())
            error = np.abs(value - actual).mean()
            print(f"| {seeds} | {' | '.join(f'{n:.3f}' for n in (*numbers, error))} |")


if __name__ == "__main__":
    main()
