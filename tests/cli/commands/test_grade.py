"""`upwell grade`."""

import json
from pathlib import Path

import pytest

from ..caller import SIZES, Caller, family, rise

ABILITIES = {f"a{i}": (lambda size, i=i: rise(size) * (0.5 + 0.05 * i)) for i in range(8)}


@pytest.fixture
def forecasts(tmp_path: Path, upwell: Caller) -> Path:
    small = family(tmp_path / "small.csv", ABILITIES, sizes=SIZES[:-1])
    path = tmp_path / "forecasts.json"
    assert upwell("forecast", small, "--target", "params=1e10", "--json", path).code == 0
    return path


def test_a_forecast_is_held_to_the_model_of_its_size(
    tmp_path: Path, forecasts: Path, upwell: Caller
) -> None:
    truth = family(tmp_path / "truth.csv", ABILITIES, sizes=[1.02e10])
    found = upwell("grade", forecasts, truth, "--json", "-").json()
    assert (found["upwell"], found["summary"]["ours"]["graded"]) == ("grades", 8)
    line = truth.read_text().splitlines()[1].split(",")
    assert found["forecasts"][0]["actual"] == float(line[7])


def test_a_model_of_another_size_is_no_truth(
    tmp_path: Path, forecasts: Path, upwell: Caller
) -> None:
    truth = family(tmp_path / "truth.csv", ABILITIES, sizes=[2e10])
    called = upwell("grade", forecasts, truth)
    assert called.code == 0 and "8 of 8 forecasts have no true score yet" in called.out


def test_another_family_is_no_truth(tmp_path: Path, forecasts: Path, upwell: Caller) -> None:
    truth = family(tmp_path / "truth.csv", ABILITIES, sizes=[1e10], name="other")
    found = upwell("grade", forecasts, truth, "--json", "-").json()
    assert found["summary"]["ours"]["graded"] == 0


def test_a_named_model_is_found_by_its_name(tmp_path: Path, upwell: Caller) -> None:
    small = family(tmp_path / "small.csv", ABILITIES, sizes=SIZES[:-1])
    path = tmp_path / "named.json"
    upwell("forecast", small, "--target", "m-12000000000=10b", "--json", path)
    truth = family(tmp_path / "truth.csv", ABILITIES, sizes=[1.2e10])
    found = upwell("grade", path, truth, "--json", "-").json()
    assert found["summary"]["ours"]["graded"] == 8


def test_results_that_name_no_family_are_taken_for_the_forecast_one(
    tmp_path: Path, forecasts: Path, upwell: Caller
) -> None:
    truth = family(tmp_path / "truth.csv", ABILITIES, sizes=[1e10], name="")
    found = upwell("grade", forecasts, truth, "--json", "-").json()
    assert found["summary"]["ours"]["graded"] == 8


def test_grades_can_be_graded_again(tmp_path: Path, forecasts: Path, upwell: Caller) -> None:
    truth = family(tmp_path / "truth.csv", ABILITIES, sizes=[1e10])
    upwell("grade", forecasts, truth, "--json", tmp_path / "grades.json")
    assert upwell("grade", tmp_path / "grades.json", truth).code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no forecasts"),
        ('{"upwell": "verdicts", "version": 2, "verdicts": []}', "holds no forecasts"),
        ('{"upwell": "forecasts", "version": 99, "forecasts": []}', "has version 99"),
        ('{"upwell": "forecasts", "version": 2, "forecasts": []}', "along one axis, found none"),
        ('{"upwell": "forecasts", "version": 2, "forecasts": [{}]}', "not a Forecast"),
    ],
)
def test_what_is_no_forecast_is_one_clear_sentence(
    tmp_path: Path, upwell: Caller, content: str, message: str
) -> None:
    path = tmp_path / "f.json"
    path.write_text(content)
    called = upwell("grade", path, family(tmp_path / "t.csv", ABILITIES))
    assert called.code == 2 and message in called.err


def test_a_tampered_forecast_is_refused(tmp_path: Path, forecasts: Path, upwell: Caller) -> None:
    content = json.loads(forecasts.read_text())
    content["forecasts"][0]["value"] = "high"
    forecasts.write_text(json.dumps(content))
    called = upwell("grade", forecasts, family(tmp_path / "t.csv", ABILITIES))
    assert called.code == 2 and "not a Forecast: value" in called.err
