"""The power law of a card: law where it holds, with its intervals, and nowhere else."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from upwell.emergence import judge
from upwell.records import Table
from upwell.records.evaluation import TABLE_COLUMNS
from upwell.report.sections.power_law import format_power_law

ROWS = (40, 67, 111, 185, 309, 516, 860, 1434)


def judge_accuracy(accuracy, families=1, items=400):
    """The verdicts on an accuracy that depends on the rows trained on."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "family": f"cnn{family}", "model": f"m{rows}-{seed}", "params": 5000.0,
            "tokens": 40_000, "seed": seed, "ability": "test_examples", "shots": 0,
            "metric": "accuracy", "value": rng.binomial(items, accuracy(rows)) / items,
            "items": items, "missing": 0, "chance": 0.1, "ceiling": 1.0, "train_rows": rows,
        }
        for family in range(families)
        for rows in ROWS
        for seed in range(3)
    ]  # fmt: skip
    absent = {name: None for name in TABLE_COLUMNS if name not in rows[0]}
    return judge(Table(pl.DataFrame([absent | row for row in rows])), axis="train_rows")


def power_law(rows):
    return 0.98 - 0.55 * (rows / 40) ** -0.6


def power(verdict):
    return next(fit for fit in verdict.fits if fit.curve == "power")


def test_a_planted_power_law_is_reported_with_its_intervals() -> None:
    (verdict,) = judge_accuracy(power_law)
    fit = power(verdict)
    law = format_power_law(verdict)
    assert law is not None
    exponent = f"{fit.params['exponent']:.2f}".replace("-", "−")
    assert law[0] == f"distance to {fit.params['offset']:.3f} ∝ train_rows^{exponent}"
    assert law[1].startswith("90 %: exponent −0.")


def test_nine_of_ten_intervals_are_to_hold_the_planted_exponent() -> None:
    fits = [power(verdict) for verdict in judge_accuracy(power_law, families=40)]
    held = [low <= -0.6 <= high for low, high in (fit.interval["exponent"] for fit in fits)]
    assert 31 <= sum(held) <= 40
    assert np.mean([fit.params["exponent"] for fit in fits]) == pytest.approx(-0.6, abs=0.05)


def test_no_law_is_reported_of_a_jump_or_of_nothing() -> None:
    for accuracy in (lambda rows: 0.1 if rows < 200 else 0.9, lambda rows: 0.5):
        assert format_power_law(judge_accuracy(accuracy)[0]) is None


def test_no_law_is_reported_where_another_smooth_curve_predicts_better() -> None:
    (verdict,) = judge_accuracy(power_law)
    worse = [replace(f, loo_mse=1.0) if f.curve == "power" else f for f in verdict.fits]
    assert format_power_law(replace(verdict, fits=tuple(worse))) is None
