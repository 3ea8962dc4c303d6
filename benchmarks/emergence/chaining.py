"""Accuracy from loss, loss from scale: does a chain of two forecasts better one? A Markdown table.

    python benchmarks/emergence/chaining.py

The second step is a logistic from chance to one through every model and checkpoint at or below
the bound, those near the best loss counting more (Bhagia et al. 2024, arXiv 2412.04403); the first
is our own forecast of the loss, or the true loss. A minute on one core.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from scipy.optimize import least_squares
from scipy.special import expit
from sources import table

from upwell.emergence import backtest
from upwell.records import Forecast

NEAR = 0.1
"""How much worse than the best, in the logarithm, a loss counts less by e."""

C4 = "loss/training/eval_data/c4_val/shard-{0000000..0000010}.tar"
ACCURACY = ["accuracy", "acc_len_norm"]
MODEL = ["model", "params", "tokens", "step"]
CUTS = (
    ("olmo_ladder", 8e8, 1.28e9, "bits_per_byte", None),
    ("olmo_ladder", 8e8, 3.17e9, "bits_per_byte", None),
    ("olmo_ladder", 1.4e9, 3.17e9, "bits_per_byte", None),
    ("olmo_ladder", 3.3e9, 6.89e9, "bits_per_byte", None),
    ("gadre", 1.6e8, 4.116e8, "loss", C4),
    ("gadre", 1.6e8, 1.4398e9, "loss", C4),
    ("gadre", 4.2e8, 1.4398e9, "loss", C4),
    ("gadre", 4.2e8, 6.889e9, "loss", C4),
)
"""Table, bound, place, and the loss: of the same ability, or one for all."""


def link(loss: np.ndarray, accuracy: np.ndarray, chance: float) -> Callable[[float], float]:
    """Accuracy at a loss."""
    middle, spread = np.median(loss), max(float(loss.std()), 1e-3)
    weight = np.sqrt(np.exp(-np.log(loss / loss.min()) / NEAR))

    def curve(p: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        return chance + (1 - chance) * expit(p[0] + p[1] * (at - middle) / spread)

    def wrong(p: np.ndarray) -> np.ndarray:
        return np.append(weight * (curve(p, loss) - accuracy), 0.003 * p[1])

    best = min((least_squares(wrong, [0.0, b]) for b in (-1.0, -4.0)), key=lambda r: r.cost)
    return lambda at: float(curve(best.x, at))


def errors(
    name: str, bound: float, at: float, metric: str, ability: str | None
) -> list[list[float]]:
    """[ours, chain, chain from the true loss] of each ability, less the truth."""
    made = table(name)
    direct, _ = backtest(made, "params", bound, at, ACCURACY)
    losses = {(f.family, f.ability): f for f in backtest(made, "params", bound, at, [metric])[0]}
    below = made.frame.filter(pl.col("params") <= bound)
    rows = []
    for one in direct:
        loss = losses.get((one.family, ability or one.ability))
        if one.value is None or one.actual is None or loss is None or loss.value is None:
            continue
        pairs = _pairs(below, one, metric, ability or one.ability)
        if len(pairs) < 5:
            continue
        known = pairs["chance"].drop_nulls()
        chance = min(float(known[0]), 0.5) if len(known) else 0.0
        follow = link(pairs["loss"].to_numpy(), pairs["value"].to_numpy(), chance)
        values = (one.value, follow(loss.value), follow(float(str(loss.actual))))
        rows.append([value - one.actual for value in values])
    return rows


def _pairs(below: pl.DataFrame, one: Forecast, metric: str, ability: str) -> pl.DataFrame:
    own = below.filter(pl.col("family").eq_missing(pl.lit(one.family)))
    score = own.filter((pl.col("ability") == one.ability) & (pl.col("metric") == one.metric))
    loss = own.filter((pl.col("ability") == ability) & (pl.col("metric") == metric))
    renamed = loss.select(*MODEL, pl.col("value").alias("loss"))
    both = score.select(*MODEL, "value", "chance").join(renamed, on=MODEL, nulls_equal=True)
    return both.drop_nulls(["value", "loss"])


def main() -> None:
    print("| table | cut | n | ours | chain | from the true loss | mixed .15 | .3 | .5 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, bound, at, metric, ability in CUTS:
        ours, chain, told = np.array(errors(name, bound, at, metric, ability)).T
        mixed = [(1 - share) * ours + share * chain for share in (0.15, 0.3, 0.5)]
        numbers = " | ".join(f"{np.abs(e).mean():.4f}" for e in (ours, chain, told, *mixed))
        print(f"| {name} | {bound / 1e9:.2g}B to {at / 1e9:.2g}B | {len(ours)} | {numbers} |")


if __name__ == "__main__":
    main()
