"""A back-test knows what was known at its bound, and grades on what came after."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upwell.emergence import backtest, backtest_each_family, grade
from upwell.emergence.forecasting.regression import load_family_priors, priors_before
from upwell.emergence.forecasting.scoring import interval_score
from upwell.errors import DataError
from upwell.records import Forecast, Table

from ..planted import SCALES, curve, slope, table

BOUND = 1e8


def family(name: str = "planted", count: int = 12) -> list[dict[str, object]]:
    return [
        r | {"family": name, "tokens": 1e9, "step": 1000}
        for i in range(count)
        for r in curve(slope(0.1, 0.5 + i / 40), ability=f"b/{i}", items=300, seed=i)
    ]


def poisoned(made: Table, value: float) -> Table:
    """Every row above the bound replaced."""
    worse = pl.when(pl.col("params") > BOUND).then(pl.lit(value)).otherwise(pl.col("value"))
    chance = pl.when(pl.col("params") > BOUND).then(pl.lit(0.9)).otherwise(pl.col("chance"))
    return Table(made.frame.with_columns(value=worse, chance=chance))


@settings(max_examples=5)
@given(st.floats(0, 1))
def test_poison_above_the_bound_changes_no_forecast(value: float) -> None:
    clean = table(family("a") + family("b"))
    left, _ = backtest(clean, "params", BOUND)
    right, _ = backtest(poisoned(clean, value), "params", BOUND)
    strip = [
        (f.family, f.ability, f.target, f.value, f.interval_low, f.interval_high, f.explanation)
        for f in left
    ]
    assert strip == [
        (f.family, f.ability, f.target, f.value, f.interval_low, f.interval_high, f.explanation)
        for f in right
    ]


def test_every_forecast_has_its_truth_and_every_baseline_a_grade() -> None:
    made = table(family())
    forecasts, summary = backtest(made, "params", BOUND, SCALES[-1])
    assert set(summary) == {
        "ours", "last value", "last plus slope", "linear in log", "logistic", "bnsl",
    }  # fmt: skip
    truth = {
        r["ability"]: r["value"]
        for r in made.frame.filter(pl.col("params") == SCALES[-1]).to_dicts()
    }
    assert {f.ability: f.actual for f in forecasts} == truth
    assert summary["ours"]["mean"] < summary["last value"]["mean"]


def test_a_single_larger_model_is_forecast_from_the_one_matching_ladder() -> None:
    large = [r | {"family": "large"} for r in family() if r["params"] > BOUND]
    small = [r for r in family() if r["params"] <= BOUND]
    forecasts, summary = backtest(table(small + large), "params", BOUND, SCALES[-1])
    assert summary["ours"]["graded"] == 12
    assert {f.family for f in forecasts} == {"planted"}


def two_sizes() -> list[dict[str, object]]:
    """A family that ends at 100 million parameters beside one that ends at ten billion."""
    small = [r for r in family("small", 4) if float(str(r["params"])) <= 1.1e8]
    return small + family("large", 4)


def test_each_family_is_forecast_from_below_its_own_largest_rungs() -> None:
    made, summary = backtest_each_family(table(two_sizes()), "params", 4.0)
    places = {(f.family, float(f"{f.target:.2g}")) for f in made if f.actual is not None}
    assert places == {("small", 1e8), ("small", 3.2e7), ("large", 1e10), ("large", 3.2e9)}
    assert summary["ours"]["graded"] == summary["last value"]["graded"] == 16


def test_no_family_is_forecast_from_larger_rungs_of_another() -> None:
    clean = table(two_sizes())
    left, _ = backtest_each_family(clean, "params", 4.0)
    bent = pl.when(pl.col("params") > 1e8 / 4).then(0.99).otherwise(pl.col("value"))
    right, _ = backtest_each_family(Table(clean.frame.with_columns(value=bent)), "params", 4.0)
    small = [
        [(f.target, f.value, f.interval_low) for f in some if f.family == "small"]
        for some in (left, right)
    ]
    assert small[0] == small[1]


def test_nothing_to_grade_is_one_sentence() -> None:
    with pytest.raises(DataError, match="3 rungs"):
        backtest(table(family()), "params", 1e20)
    with pytest.raises(DataError, match="3 rungs"):
        backtest_each_family(table(family()), "params", 1e9)


def test_what_a_family_taught_is_left_out_for_itself_and_for_older_ones() -> None:
    names = {past.name for past in priors_before("BIG-G T=0", "bounded")}
    assert "big-g" not in names
    assert names < {past.name for past in priors_before("somebody else's", "bounded")}
    newest = max(load_family_priors(), key=lambda past: past.year)
    assert newest.name not in {p.name for p in priors_before("pythia-v1", newest.kind)}


def test_interval_score_is_width_inside_and_charges_the_distance_outside() -> None:
    assert interval_score(0.2, 0.4, 0.3, 0.9) == pytest.approx(0.2)
    assert interval_score(0.2, 0.4, 0.5, 0.9) == pytest.approx(0.2 + 0.1 * 20)


def test_grades_count_what_is_missing() -> None:
    plain = {"ability": "a", "metric": "accuracy", "axis": "params", "target": 1.0}
    made = [
        Forecast(**plain, value=0.5, interval_low=0.4, interval_high=0.6, actual=0.7),
        Forecast(**plain, value=0.5, interval_low=0.4, interval_high=0.6),
        Forecast(**plain, value=None, interval_low=None, interval_high=None, actual=0.1),
    ]
    graded = grade(made)
    assert (graded["graded"], graded["missing_value"], graded["missing_truth"]) == (1, 1, 1)
    assert graded["mean"] == pytest.approx(0.2)
    assert graded["coverage"] == 0.0


def test_grading_nothing_gives_no_number() -> None:
    assert grade([])["mean"] is None


def test_intervals_of_planted_slopes_cover_about_nine_in_ten() -> None:
    rng = np.random.default_rng(0)
    rows = [
        r
        for i in range(60)
        for r in curve(slope(*np.sort(rng.uniform(0, 1, 2))), ability=f"{i}_x", seed=i)
    ]
    _, summary = backtest(table(rows), "params", 1e8)
    assert 0.8 <= summary["ours"]["coverage"] <= 1.0


def test_errors_of_different_units_are_not_averaged() -> None:
    losses = [
        r
        for i in range(5)
        for r in curve(lambda s: 900 * s**-0.1, ability=f"{i}", seed=i, metric="loss", noise=1.0)
    ]
    forecasts, summary = backtest(table(family() + losses), "params", BOUND, SCALES[-1])
    assert {f.metric for f in forecasts} == {"accuracy", "loss"}
    assert all(one["graded"] == 12 for one in summary.values())
