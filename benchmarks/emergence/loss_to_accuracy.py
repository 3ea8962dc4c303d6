"""Two-step forecasts (loss from scale, accuracy from loss) beside direct ones, as a Markdown table.

    python benchmarks/emergence/loss_to_accuracy.py

The first step is our own forecast of the loss, or the true loss. The second is a logistic curve
from chance to one, fitted to every model and checkpoint at or below the bound (Bhagia et al. 2024,
arXiv 2412.04403). Losses near the best one weigh more. A minute on one core.
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

LOSS_WEIGHT_SCALE = 0.1
"""Difference to the best log-loss at which the weight falls by a factor of e."""

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
"""Table, bound, target scale, loss metric, and the ability of the loss (None: the same one)."""


def fit_link(loss: np.ndarray, accuracy: np.ndarray, chance: float) -> Callable[[float], float]:
    """Fit accuracy as a function of loss."""
    middle, spread = np.median(loss), max(float(loss.std()), 1e-3)
    weight = np.sqrt(np.exp(-np.log(loss / loss.min()) / LOSS_WEIGHT_SCALE))

    def curve(p: np.ndarray, at: np.ndarray | float) -> np.ndarray:
        return chance + (1 - chance) * expit(p[0] + p[1] * (at - middle) / spread)

    def residuals(p: np.ndarray) -> np.ndarray:
        return np.append(weight * (curve(p, loss) - accuracy), 0.003 * p[1])

    best = min((least_squares(residuals, [0.0, b]) for b in (-1.0, -4.0)), key=lambda r: r.cost)
    return lambda at: float(curve(best.x, at))


def errors(
    name: str, bound: float, at: float, metric: str, ability: str | None
) -> list[list[float]]:
    """[direct, two-step, two-step from the true loss] minus the true score, for each ability."""
    table_ = table(name)
    direct, _ = backtest(table_, "params", bound, at, ACCURACY)
    losses = {(f.family, f.ability): f for f in backtest(table_, "params", bound, at, [metric])[0]}
    below = table_.frame.filter(pl.col("params") <= bound)
    rows = []
    for one in direct:
        loss = losses.get((one.family, ability or one.ability))
        if one.value is None or one.actual is None or loss is None or loss.value is None:
            continue
        pairs = _pairs(below, one, metric, ability or one.ability)
        if len(pairs) < 5:
            continue
        chances = pairs["chance"].drop_nulls()
        chance = min(float(chances[0]), 0.5) if len(chances) else 0.0
        to_accuracy = fit_link(pairs["loss"].to_numpy(), pairs["value"].to_numpy(), chance)
        values = (one.value, to_accuracy(loss.value), to_accuracy(float(str(loss.actual))))
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
    print("| table | cut | n | direct | two-step | from the true loss | mixed .15 | .3 | .5 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, bound, at, metric, ability in CUTS:
        direct, two_step, from_true = np.array(errors(name, bound, at, metric, ability)).T
        mixed = [(1 - share) * direct + share * two_step for share in (0.15, 0.3, 0.5)]
        numbers = " | ".join(
            f"{np.abs(e).mean():.4f}" for e in (direct, two_step, from_true, *mixed)
        )
        print(f"| {name} | {bound / 1e9:.2g}B to {at / 1e9:.2g}B | {len(direct)} | {numbers} |")


if __name__ == "__main__":
    main()
