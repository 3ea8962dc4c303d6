"""`upwell forecast`."""

from pathlib import Path

import pytest

from upwell.errors import UpwellError
from upwell.workflows.forecast import parse_target

from ..caller import Caller, family, rise

FIELDS = {
    "family", "ability", "metric", "shots", "target", "value", "interval_low", "interval_high",
    "confidence", "actual",
    "method", "noise_floor", "forecastable", "explanation",
}  # fmt: skip


@pytest.fixture
def table(tmp_path: Path) -> Path:
    abilities = {f"a{i}": (lambda size, i=i: rise(size) * (0.5 + 0.05 * i)) for i in range(8)}
    return family(tmp_path / "t.csv", abilities)


def test_every_ability_has_a_forecast_with_an_interval(table: Path, upwell: Caller) -> None:
    called = upwell("forecast", table, "--target", "next=30b,600b", "--json", "-")
    found = called.json()
    assert (found["upwell"], found["version"], found["axis"]) == ("forecasts", 2, "params")
    assert len(found["forecasts"]) == 8 and set(found["forecasts"][0]) >= FIELDS
    for f in found["forecasts"]:
        assert f["interval_low"] <= f["value"] <= f["interval_high"]
        assert (f["model"], f["target"], f["actual"]) == ("next", 3e10, None)
        assert f["created_at"].endswith("+00:00")


def test_several_places_on_another_axis(table: Path, upwell: Caller) -> None:
    places = ("--target", "flops=1e23", "--target", "flops=1e24")
    found = upwell("forecast", table, *places, "--json", "-").json()
    assert found["axis"] == "flops"
    assert {f["target"] for f in found["forecasts"]} == {1e23, 1e24}
    assert {f["model"] for f in found["forecasts"]} == {None}


def test_people_see_forecasts(table: Path, upwell: Caller) -> None:
    called = upwell("forecast", table, "--target", "next=30b")
    assert called.code == 0 and "8 forecasts, 0 that cannot be made" in called.out


def test_a_model_is_named_by_its_size_and_a_place_by_its_axis() -> None:
    model = parse_target("my=70b,15t", "params")
    assert (model.axis, model.model, dict(model.coordinates)) == (
        "params", "my", {"params": 70e9, "tokens": 15e12},
    )  # fmt: skip
    assert dict(parse_target("my=1b,20b", "flops").coordinates)["flops"] == pytest.approx(1.2e20)
    assert (parse_target("tokens=1e12", "params").axis, parse_target("bits=4", "bits").axis) == (
        "tokens",
        "bits",
    )


@pytest.mark.parametrize(
    ("text", "model", "coordinates", "words"),
    [
        ("70b", None, {"params": 7e10}, "70B parameters"),
        ("70b,300b", None, {"params": 7e10, "tokens": 3e11}, "70B parameters and 300B tokens"),
        (
            "params=70b,tokens=300b",
            None,
            {"params": 7e10, "tokens": 3e11},
            "70B parameters and 300B tokens",
        ),
        ("my:params=70b", "my", {"params": 7e10}, "a model named my, of 70B parameters"),
        ("flops=1e24", None, {"flops": 1e24}, "1e24 FLOPs"),
    ],
)
def test_every_form_of_a_target_is_understood_and_said(
    text: str, model: str | None, coordinates: dict[str, float], words: str
) -> None:
    target = parse_target(text, "params")
    assert (target.model, dict(target.coordinates)) == (model, coordinates)
    assert target.describe() == words


def test_a_bare_number_lies_on_the_axis() -> None:
    assert dict(parse_target("300b", "tokens").coordinates) == {"tokens": 3e11}


def test_what_was_understood_is_in_the_text_and_in_the_json(table: Path, upwell: Caller) -> None:
    target = ("--target", "params=70b,tokens=300b")
    assert "target: 70B parameters and 300B tokens" in upwell("forecast", table, *target).out
    [told] = upwell("forecast", table, *target, "--json", "-").json()["targets"]
    assert (told["model"], told["description"]) == (None, "70B parameters and 300B tokens")
    assert told["coordinates"] == {"params": 7e10, "tokens": 3e11}


def test_a_column_is_no_model(table: Path, upwell: Caller) -> None:
    called = upwell("forecast", table, "--target", "items=400")
    assert called.code == 2 and "'items' is a column of the results" in called.err


@pytest.mark.parametrize("text", ["huge", "x=", "=1b", "a=1b,2b,3b", "my=70b --axis bits"])
def test_half_a_place_is_refused(text: str) -> None:
    with pytest.raises(UpwellError):
        parse_target(text, "params")


def test_a_place_that_says_nothing_of_the_axis_is_refused() -> None:
    with pytest.raises(UpwellError, match="gives no flops"):
        parse_target("my=70b", "flops")


def test_places_on_two_axes_are_a_mistake(table: Path, upwell: Caller) -> None:
    called = upwell("forecast", table, "--target", "flops=1e23", "--target", "next=3b")
    assert called.code == 2 and "one axis; got flops, params" in called.err
