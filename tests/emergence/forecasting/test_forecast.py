"""Forecasts rest on what was tried on earlier rungs, and say when they cannot be made."""

import numpy as np
import pytest

from upwell.emergence import forecast
from upwell.errors import SpecError
from upwell.records import Forecast

from ..planted import SCALES, curve, slope, table


def forecasts(count: int = 20, **asked: object) -> list[Forecast]:
    rows = [
        r
        for i in range(count)
        for r in curve(slope(0.1, 0.7), ability=str(i), items=500, seed=i, scales=SCALES[:8])
    ]
    return forecast(table(rows), **asked)


def test_a_planted_slope_is_continued() -> None:
    made = forecasts(targets=SCALES[8])
    error = sum(abs(f.value - 0.7) for f in made) / len(made)
    assert error < 0.04
    assert sum(f.interval_low <= 0.7 <= f.interval_high for f in made) >= 16


def test_a_jump_that_seeds_agree_on_is_continued() -> None:
    def leap(scale: float) -> float:
        return 0.9 if scale > SCALES[4] else 0.1

    rows = [r for seed in range(3) for r in curve(leap, scales=SCALES[:6], items=500, seed=seed)]
    (made,) = forecast(table(rows), targets=SCALES[6])
    assert made.value is not None and made.value > 0.75


def test_bounds_of_the_metric_hold() -> None:
    assert all(
        0 <= f.interval_low <= f.value <= f.interval_high <= 1 for f in forecasts(targets=1e15)
    )


def test_a_further_place_has_a_wider_interval() -> None:
    near, far = forecasts(count=1, targets=[2e10, 2e12])
    assert far.interval_high - far.interval_low > near.interval_high - near.interval_low


def test_a_model_of_more_tokens_reaches_further() -> None:
    rows = [
        r | {"tokens": 20 * r["params"]}
        for i in range(10)
        for r in curve(slope(0.1, 0.7), ability=str(i), seed=i, scales=SCALES[:8])
    ]
    few, many = forecast(
        table(rows), targets=[{"params": 1e10, "tokens": 1e11}, {"params": 1e10, "tokens": 1e13}]
    )[:2]
    assert many.value > few.value


def test_a_loss_is_forecast_below_its_last_value_and_above_zero() -> None:
    rows = [
        r
        for i in range(10)
        for r in curve(lambda s: 20 * s**-0.08, ability=str(i), seed=i, metric="loss", noise=0.01)
    ]
    truth = 20 * 1e11**-0.08
    for f in forecast(table(rows), targets=1e11):
        assert 0 < f.interval_low < f.value < f.interval_high
        assert f.value == pytest.approx(truth, rel=0.05)


def test_a_ladder_that_is_too_short_says_so() -> None:
    made = forecast(table(curve(slope(0.1, 0.7), scales=SCALES[:2])), targets=1e11)[0]
    assert (made.value, made.forecastable) == (None, False)
    assert "2 rungs" in made.explanation


def test_a_place_that_the_ladder_reaches_is_no_forecast() -> None:
    assert forecasts(count=1, targets=1e7)[0].value is None


def test_a_scale_that_is_not_positive_is_refused() -> None:
    with pytest.raises(SpecError, match="positive"):
        forecasts(targets=0.0)


def test_a_place_off_the_axis_is_refused_with_what_was_found() -> None:
    with pytest.raises(SpecError, match="tokens"):
        forecasts(targets={"tokens": 1e9})


def test_the_same_rows_give_the_same_forecast_in_any_order() -> None:
    rows = curve(slope(0.1, 0.7), seed=3)
    order = np.random.default_rng(0).permutation(len(rows))
    assert forecast(table(rows), targets=1e12) == forecast(
        table([rows[i] for i in order]), targets=1e12
    )
