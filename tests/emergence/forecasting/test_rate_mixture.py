"""A ladder with several seeds a rung may leap; one that creeps is not taken for a leap."""

import numpy as np
import pytest

from upwell.emergence import forecast
from upwell.emergence.forecasting.features import summarize
from upwell.emergence.forecasting.rate_mixture import (
    RATE_FACTORS,
    kernel_posterior,
    mixture_estimate,
)
from upwell.emergence.ladder.ladder import build_ladders
from upwell.emergence.stats.gaussian_process import KERNELS, level_and_slope
from upwell.records import Forecast

from ..planted import SCALES, curve, row, table

REACH = np.arange(6.0)


def leap(low: float, high: float, upto: int) -> np.ndarray:
    return np.array([[low] * upto + [high] * (6 - upto)])


def test_a_leap_is_found_in_its_gap() -> None:
    found = kernel_posterior(REACH, leap(0.1, 0.9, 4), np.full((1, 6), 0.02))
    assert found[len(RATE_FACTORS) + 3, 0] > 0.9


def test_a_creeping_ladder_creeps() -> None:
    found = kernel_posterior(REACH, 0.1 + 0.04 * REACH[None, :], np.full((1, 6), 0.02))
    assert found[0, 0] > 0.8


def test_mates_that_leap_make_a_leap_more_probable() -> None:
    doubtful, noise = leap(0.1, 0.45, 5), np.full((6, 6), 0.15)
    alone = kernel_posterior(REACH, doubtful, noise[:1])
    sure = np.concatenate([doubtful, *[leap(0.1, 0.9, 5)] * 5])
    among = kernel_posterior(REACH, sure, noise)
    assert among[len(RATE_FACTORS) + 4, 0] > 1.5 * alone[len(RATE_FACTORS) + 4, 0]


def test_the_level_stands_where_the_ladder_landed_and_leaves_no_slope_behind() -> None:
    value, noise = leap(0.0, 2.0, 4), np.full((1, 6), 0.3)
    level, rate = mixture_estimate(REACH, value, noise, KERNELS)[0]
    drawn_back, _ = level_and_slope(REACH, value, noise, KERNELS[0])
    assert level[0] == pytest.approx(2.0, abs=0.2)
    assert drawn_back[0] < 1.0
    assert abs(rate[0]) < 0.05


def losses(seeds: int, values: list[float]) -> Forecast:
    """Losses whose items are noisy, as trained small models have them, a rung after the last."""
    rng = np.random.default_rng(0)
    rows = [
        row(model=f"m{i}-{s}", params=SCALES[i], seed=s, ability="a", metric="loss", items=64,
            value=v * float(np.exp(0.05 * rng.normal())), stderr=0.05 * v)
        for i, v in enumerate(values)
        for s in range(seeds)
    ]  # fmt: skip
    return forecast(table(rows), targets=SCALES[len(values)])[0]


def test_a_loss_that_has_fallen_is_forecast_from_where_it_fell_to() -> None:
    made = losses(3, [4.3, 4.1, 4.0, 3.9, 0.5, 0.4])
    assert made.value is not None and 0.2 < made.value < 0.6
    assert losses(3, [4.3, 4.1, 4.0, 3.9, 3.8, 3.7]).value == pytest.approx(3.6, abs=0.2)


def test_seeds_of_a_small_loss_differ_by_less_than_those_of_a_large_one() -> None:
    """What seeds differ by where nothing was learnt yet says little of a loss near zero."""
    rows = [
        row(model=f"m{i}-{s}", params=SCALES[i], seed=s, ability="a", metric="loss", items=500,
            value=v * (1 + 0.2 * (s - 1)), stderr=0.02 * v)
        for i, v in enumerate([1.0, 0.3, 0.1, 0.04, 0.015, 0.006])
        for s in range(3)
    ]  # fmt: skip
    (made,) = forecast(table(rows), targets=SCALES[6])
    assert made.value is not None and made.value < 0.006


def test_one_run_a_rung_is_not_taken_for_a_leap() -> None:
    single = curve(lambda scale: 0.9 if scale > SCALES[4] else 0.1, scales=SCALES[:6], items=500)
    several = [{**one, "seed": seed} for one in single for seed in range(3)]
    (lone,), (many,) = (
        summarize(build_ladders(table(rows), "params")) for rows in (single, several)
    )
    creeping, _ = level_and_slope(
        lone.ladder.effective_scale, lone.value[None], lone.se[None], KERNELS[0]
    )
    assert lone.summary_at(6)[0] == creeping[0]
    assert many.summary_at(6)[0] > creeping[0]
