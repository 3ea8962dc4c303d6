from dataclasses import replace

import pytest

from upwell.records import Forecast
from upwell.report.sections.calibration import figures, max_surprise, render, select_graded

FORECAST = Forecast(
    ability="addition",
    metric="exact_match",
    axis="params",
    target=1e6,
    value=0.5,
    interval_low=0.4,
    interval_high=0.6,
    actual=0.5,
)


@pytest.mark.parametrize(
    ("actual", "position"), [(0.5, 0.0), (0.6, 1.0), (0.4, -1.0), (0.7, 2.0), (0.3, -2.0)]
)
def test_the_position_of_an_actual_value_is_in_half_widths(actual, position):
    [(_, half, offset)] = select_graded([replace(FORECAST, actual=actual)])
    assert half == pytest.approx(0.1)
    assert offset == pytest.approx(position)


@pytest.mark.parametrize("missing", ["interval_low", "interval_high", "actual"])
def test_what_was_not_graded_has_no_position(missing):
    assert select_graded([replace(FORECAST, **{missing: None})]) == []


def test_an_interval_without_width_cannot_be_measured_in_widths():
    assert select_graded([replace(FORECAST, interval_low=0.5, interval_high=0.5)]) == []


def test_a_surprise_is_the_largest_distance_and_unknown_without_a_grade():
    assert max_surprise([FORECAST, replace(FORECAST, actual=0.2)]) == pytest.approx(3.0)
    assert max_surprise([replace(FORECAST, actual=None)]) is None
    assert max_surprise([]) is None


def test_coverage_is_beside_the_nominal_one():
    truths = [0.45, 0.5, 0.55, 0.9]
    text = render([replace(FORECAST, actual=truth) for truth in truths], None)
    assert "3 of 4 past intervals contained the actual value: 75 %, against a nominal 90 %." in text


def test_the_methods_stand_side_by_side():
    ours = {"graded": 9, "mean": 0.05, "coverage": 0.889, "interval_score": None}
    text = render([], {"ours": ours, "last value": {**ours, "mean": 0.08}})
    assert "last value" in text and "89 %" in text and "unknown" in text


def test_nothing_back_tested_makes_no_section():
    assert render([], None) is None
    assert figures([replace(FORECAST, actual=None)]) == []


def test_every_graded_forecast_stands_in_a_bar():
    many = [replace(FORECAST, actual=0.05 * i) for i in range(20)]
    data_table = figures(many)[0].data_table
    counted = [int(cell.split("<")[0]) for cell in data_table.split('class="number">')[1:]]
    assert sum(counted) == 20
