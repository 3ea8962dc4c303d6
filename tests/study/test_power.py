import numpy
import pytest
from scipy import stats

from upwell.study.power import forecast_width, smallest_jump


def test_the_smallest_jump_is_seen_four_times_out_of_five():
    items, seeds = 200, 3
    jump = smallest_jump(items, seeds)
    rng = numpy.random.default_rng(0)
    low, high = (
        rng.binomial(items * seeds, 0.5 + sign * jump / 2, 20_000) / (items * seeds)
        for sign in (-1, 1)
    )
    noise = numpy.sqrt(2 * 0.25 / (items * seeds))
    seen = numpy.mean((high - low) / noise > stats.norm.ppf(0.975))
    assert seen == pytest.approx(0.8, abs=0.02)


def test_the_forecast_is_as_wide_as_a_line_of_noise_makes_it():
    items, fitted, target = 100, [1e4, 3e4, 1e5, 3e5, 1e6], 1e7
    rng = numpy.random.default_rng(0)
    noise = 0.5 / numpy.sqrt(items)
    places = numpy.log(fitted)
    values = rng.normal(0.5, noise, (len(fitted), 20_000))
    lines = numpy.polyfit(places, values, 1)
    missed = numpy.polyval(lines, numpy.log(target)) - rng.normal(0.5, noise, 20_000)
    width = forecast_width(items, 1, fitted, target)
    assert numpy.mean(abs(missed) < width / 2) == pytest.approx(0.9, abs=0.01)


def test_nothing_is_promised_beyond_the_whole_scale():
    assert smallest_jump(1, 1) == 1
    assert forecast_width(1, 1, [1e4, 1e5], 1e9) == 1


def test_without_a_scale_there_is_no_width():
    assert forecast_width(100, 1, [5, 5, 5], 5) is None
    assert forecast_width(100, 1, [0, 1, 2], 5) is None
