from dataclasses import replace

import pytest

from upwell.emergence import judge
from upwell.errors import DataError
from upwell.report import ability_figure

from .. import planted

PARAMS = planted.scales(8)


def test_the_figure_of_one_verdict_is_that_of_its_card():
    table = planted.table(planted.rows("addition", "jump", PARAMS))
    verdict = next(one for one in judge(table) if one.metric == "exact_match")
    figure = ability_figure(table, verdict, "params")
    assert figure.name == "ability-decoder-addition-exact_match"
    assert ">onset " in figure.svg and "Exact match" in figure.svg


def test_the_figure_of_one_forecast_has_its_interval_and_no_onset():
    table = planted.table(planted.rows("addition", "jump", PARAMS))
    forecast = planted.forecasts(PARAMS[-1])[0]
    figure = ability_figure(table, forecast, "params", [forecast])
    assert "forecast-interval" in figure.svg and ">onset " not in figure.svg


def test_an_ability_without_values_has_no_figure():
    table = planted.table(planted.rows("addition", "jump", PARAMS))
    forecast = replace(planted.forecasts(PARAMS[-1])[0], ability="recall")
    with pytest.raises(DataError, match="no curve of recall by exact_match"):
        ability_figure(table, forecast, "params")
