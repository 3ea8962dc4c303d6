"""A forecast is held to what it spoke of, and to nothing else."""

import pytest

from upwell.emergence.forecasting.truth import observed_values
from upwell.records import Forecast

from ..planted import row, table


def spoken(**known: object) -> Forecast:
    plain = {
        "ability": "a",
        "metric": "accuracy",
        "axis": "params",
        "target": 1e9,
        "family": "planted",
    }
    return Forecast(**(plain | {"value": 0.5, "interval_low": 0.4, "interval_high": 0.6} | known))


def measured(params: float, value: float, **known: object) -> dict[str, object]:
    return row(ability="a", params=params, value=value, **known)


def test_the_rung_within_five_percent_is_the_truth() -> None:
    later = table([measured(1.04e9, 0.7, model="m"), measured(2e9, 0.9, model="n")])
    truth = observed_values(later, "params")
    assert truth(spoken()) == 0.7
    assert truth(spoken(target=3e9)) is None


def test_seeds_are_averaged_at_the_largest_budget() -> None:
    rows = [
        measured(1e9, value, model=f"m{seed}-{tokens:.0f}", seed=seed, tokens=tokens)
        for tokens, values in ((1e9, (0.1, 0.2)), (2e9, (0.6, 0.8)))
        for seed, value in enumerate(values)
    ]
    assert observed_values(table(rows), "params")(spoken()) == pytest.approx(0.7)


def test_a_named_model_is_found_wherever_it_came_to_lie() -> None:
    later = table([measured(1e9, 0.1, model="other"), measured(1.3e9, 0.8, model="mine")])
    assert observed_values(later, "params")(spoken(model="mine")) == 0.8


def test_a_name_that_the_table_does_not_hold_falls_back_to_the_scale() -> None:
    later = table([measured(1e9, 0.3, model="other")])
    assert observed_values(later, "params")(spoken(model="mine")) == 0.3


def test_other_families_axes_and_metrics_are_no_truth() -> None:
    truth = observed_values(table([measured(1e9, 0.3, model="m")]), "params")
    assert truth(spoken(family="other")) is None
    assert truth(spoken(axis="flops")) is None
    assert truth(spoken(metric="exact_match")) is None
