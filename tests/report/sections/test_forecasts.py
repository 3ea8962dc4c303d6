from dataclasses import replace

import pytest

from upwell.records import Forecast
from upwell.report.sections.forecasts import figures, outcome, render

from .. import planted

FORECAST = Forecast(
    ability="addition",
    metric="exact_match",
    axis="params",
    target=1e6,
    value=0.5,
    interval_low=0.4,
    interval_high=0.6,
)


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"actual": 0.6}, "hit"),
        ({"actual": 0.4}, "hit"),
        ({"actual": 0.61}, "miss"),
        ({"actual": 0.0}, "miss"),
        ({}, "not graded yet"),
        ({"forecastable": False, "actual": 0.5}, "not forecastable"),
        ({"interval_low": None, "interval_high": None, "actual": 0.5}, "not forecastable"),
    ],
)
def test_a_forecast_is_graded_by_its_interval(changes, result):
    assert outcome(replace(FORECAST, **changes)) == result


def test_the_summary_counts_only_what_was_graded():
    text = render(planted.forecasts(1e6))
    assert "1 of 2 graded intervals contained the actual value" in text
    assert "1 forecast is not graded yet" in text
    assert "1 could not be forecast" in text


def test_no_forecast_is_a_sentence():
    assert "No forecast was recorded" in render([])
    assert figures([]) == []


def test_a_miss_differs_from_a_hit_by_shape_and_word():
    hit, miss = (figures([replace(FORECAST, actual=actual)])[0].svg for actual in (0.5, 0.9))
    assert "actual hit" in hit and ">hit<" in hit
    assert "actual miss" in miss and ">miss<" in miss


def test_what_was_not_forecastable_has_its_reason_and_no_figure():
    impossible = replace(
        FORECAST,
        value=None,
        interval_low=None,
        interval_high=None,
        forecastable=False,
        explanation="two rungs are too few",
    )
    assert figures([impossible]) == []
    assert "two rungs are too few" in render([impossible])
