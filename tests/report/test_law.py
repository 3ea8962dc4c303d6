"""The power law of a card: told where it holds, with its intervals, and nowhere else."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from upwell.emergence import judge
from upwell.records import Table
from upwell.records.asking import TABLE_COLUMNS
from upwell.report.law import law

ROWS = (40, 67, 111, 185, 309, 516, 860, 1434)


def judged(accuracy, families=1, items=400):
    """The verdicts on an accuracy that depends on the rows learnt from."""
    dice = np.random.default_rng(0)
    made = [
        {
            "family": f"cnn{family}", "model": f"m{rows}-{seed}", "params": 5000.0,
            "tokens": 40_000, "seed": seed, "ability": "held_out", "shots": 0,
            "metric": "accuracy", "value": dice.binomial(items, accuracy(rows)) / items,
            "items": items, "missing": 0, "chance": 0.1, "ceiling": 1.0, "rows": rows,
        }
        for family in range(families)
        for rows in ROWS
        for seed in range(3)
    ]  # fmt: skip
    absent = {name: None for name in TABLE_COLUMNS if name not in made[0]}
    return judge(Table(pl.DataFrame([absent | row for row in made])), axis="rows")


def planted(rows):
    return 0.98 - 0.55 * (rows / 40) ** -0.6


def power(verdict):
    return next(fit for fit in verdict.fits if fit.form == "power")


def test_a_planted_power_law_is_told_with_its_intervals() -> None:
    (verdict,) = judged(planted)
    fit = power(verdict)
    told = law(verdict)
    assert told is not None
    exponent = f"{fit.params['exponent']:.2f}".replace("-", "−")
    assert told[0] == f"distance to {fit.params['offset']:.3f} ∝ rows^{exponent}"
    assert told[1].startswith("90 %: power −0.")


def test_nine_of_ten_intervals_are_to_hold_the_planted_exponent() -> None:
    found = [power(verdict) for verdict in judged(planted, families=40)]
    held = [low <= -0.6 <= high for low, high in (fit.interval["exponent"] for fit in found)]
    assert 31 <= sum(held) <= 40
    assert np.mean([fit.params["exponent"] for fit in found]) == pytest.approx(-0.6, abs=0.05)


def test_no_law_is_told_of_a_jump_or_of_nothing() -> None:
    for accuracy in (lambda rows: 0.1 if rows < 200 else 0.9, lambda rows: 0.5):
        assert law(judged(accuracy)[0]) is None


def test_no_law_is_told_where_another_smooth_curve_predicts_better() -> None:
    (verdict,) = judged(planted)
    worse = [replace(f, left_out=1.0) if f.form == "power" else f for f in verdict.fits]
    assert law(replace(verdict, fits=tuple(worse))) is None
