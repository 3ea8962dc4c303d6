"""Noise of items that all rungs answered is known, and no longer hides or makes a change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from upwell.emergence import judge
from upwell.emergence.ladder.ladder import build_ladders, select_rows
from upwell.emergence.stats.shared_items import (
    MIN_SHRINKAGE,
    group_outcomes,
    rung_covariance,
)
from upwell.records import Table, Verdict

from ..planted import SCALES, row, table

ITEMS = 64
DIFFICULTY_SD, OWN_SD = 0.8, 0.05
"""Windows of text differ by a bit; models differ on a window by little."""


def planted(truth: Callable[[float], float], rng_seed: int) -> tuple[Table, pl.DataFrame]:
    """A table of losses over the same items, and the outcome of every item."""
    rng = np.random.default_rng(rng_seed)
    difficulty = DIFFICULTY_SD * rng.normal(size=ITEMS)
    rows, outcomes = [], []
    for scale in SCALES:
        loss = truth(scale) + difficulty + OWN_SD * rng.normal(size=ITEMS)
        model = f"m{scale:.0f}"
        rows.append(
            row(model=model, params=scale, ability="text", metric="bits_per_byte",
                value=float(loss.mean()), items=ITEMS,
                stderr=float(loss.std(ddof=1) / np.sqrt(ITEMS)))
        )  # fmt: skip
        outcomes += [
            {"model": model, "step": None, "ability": "text", "shots": 0,
             "metric": "bits_per_byte", "item": str(item), "value": float(value)}
            for item, value in enumerate(loss)
        ]  # fmt: skip
    schema = {"model": pl.String, "step": pl.Int64, "ability": pl.String, "shots": pl.Int64,
              "metric": pl.String, "item": pl.String, "value": pl.Float64}  # fmt: skip
    return table(rows), pl.DataFrame(outcomes, schema=schema)


def falling(scale: float) -> float:
    """A loss that falls evenly, by no more than the items scatter."""
    first, last = np.log(SCALES[0]), np.log(SCALES[-1])
    return 3.0 - 0.4 * float((np.log(scale) - first) / (last - first))


def falling_at_once(scale: float) -> float:
    return 3.0 if scale < 3e8 else 2.6


def judge_one(truth: Callable[[float], float], rng_seed: int, paired: bool) -> Verdict:
    made, outcomes = planted(truth, rng_seed)
    return judge(made, with_fits=False, outcomes=outcomes if paired else None)[0]


@pytest.mark.parametrize("rng_seed", range(6))
def test_a_loss_that_falls_evenly_on_the_same_items_is_smooth(rng_seed: int) -> None:
    paired = judge_one(falling, rng_seed, paired=True)
    assert paired.kind == "smooth"
    assert paired.probability < judge_one(falling, rng_seed, paired=False).probability


@pytest.mark.parametrize("rng_seed", range(6))
def test_a_loss_that_falls_at_once_on_the_same_items_is_still_a_jump(rng_seed: int) -> None:
    assert judge_one(falling_at_once, rng_seed, paired=True).kind == "emergent"


def test_without_outcomes_rungs_are_independent_and_nothing_is_claimed() -> None:
    kinds = [judge_one(truth, s, paired=False).kind for truth in (falling, falling_at_once)
             for s in range(4)]  # fmt: skip
    assert "emergent" not in kinds[:4]


def test_a_constant_loss_on_the_same_items_is_flat() -> None:
    kinds = [judge_one(lambda _: 3.0, rng_seed, paired=True).kind for rng_seed in range(10)]
    assert set(kinds) <= {"flat", "undecided"}


def test_paired_items_show_smaller_jumps() -> None:
    paired, alone = (judge_one(falling, 0, paired=p).smallest_jump for p in (True, False))
    assert paired < alone / 2


def test_the_covariance_has_the_noise_of_the_rungs_on_its_diagonal() -> None:
    made, outcomes = planted(falling, 0)
    (ladder,) = build_ladders(made, "params")
    ((key, group),) = group_outcomes(select_rows(made, "params"), outcomes, "params").items()
    covariance = rung_covariance(group, ladder.scale, ladder.value, ladder.item_se)
    assert key == ("planted", "text", 0, "bits_per_byte")
    widening = np.diag(covariance) / ladder.item_se**2
    assert widening == pytest.approx((ITEMS - 1) / (ITEMS - len(SCALES) - 2))
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert correlation[0, 1] == pytest.approx(1 - MIN_SHRINKAGE, abs=0.01)


@pytest.mark.parametrize("spoil", ["few items", "other items", "no mean", "a rung is missing"])
def test_outcomes_that_do_not_fit_leave_rungs_independent(spoil: str) -> None:
    made, outcomes = planted(falling, 0)
    if spoil == "few items":
        outcomes = outcomes.filter(pl.col("item").cast(pl.Int64) < 5)
    if spoil == "other items":
        outcomes = outcomes.with_columns(item=pl.col("model") + pl.col("item"))
    if spoil == "no mean":
        outcomes = outcomes.with_columns(value=pl.lit(1.0))
    if spoil == "a rung is missing":
        outcomes = outcomes.filter(pl.col("model") != f"m{SCALES[3]:.0f}")
    (with_outcomes,) = judge(made, with_fits=False, outcomes=outcomes)
    (without,) = judge(made, with_fits=False)
    assert with_outcomes == without
