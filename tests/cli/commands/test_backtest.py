"""`upwell backtest`."""

from pathlib import Path

import pytest

from ..caller import Caller, family, rise


@pytest.fixture
def table(tmp_path: Path) -> Path:
    abilities = {f"a{i}": (lambda size, i=i: rise(size) * (0.5 + 0.05 * i)) for i in range(8)}
    return family(tmp_path / "t.csv", abilities)


def test_hidden_rungs_are_forecast_and_graded_beside_baselines(table: Path, upwell: Caller) -> None:
    found = upwell(
        "backtest", table, "--holdout-above", "2e9", "--predict", "1e10", "--json", "-"
    ).json()
    assert (found["upwell"], found["version"]) == ("backtest", 2)
    assert {f["target"] for f in found["forecasts"]} == {1e10}
    assert all(f["actual"] is not None for f in found["forecasts"])
    ours = found["summary"]["ours"]
    assert ours["graded"] == 8
    assert set(ours) >= {"mean", "median", "p90", "coverage", "interval_score"}
    assert len(found["summary"]) > 1


def test_the_forecasts_do_not_depend_on_what_is_hidden(
    tmp_path: Path, table: Path, upwell: Caller
) -> None:
    poisoned = tmp_path / "poisoned.csv"
    lines = table.read_text().splitlines()
    poisoned.write_text(
        "\n".join(
            line if i == 0 or float(line.split(",")[2]) <= 2e9 else _poisoned(line)
            for i, line in enumerate(lines)
        )
        + "\n"
    )
    arguments = ("--holdout-above", "2e9", "--predict", "1e10", "--json", "-")
    clean = upwell("backtest", table, *arguments).json()["forecasts"]
    other = upwell("backtest", poisoned, *arguments).json()["forecasts"]
    assert [(f["value"], f["interval_low"], f["interval_high"]) for f in clean] == [
        (f["value"], f["interval_low"], f["interval_high"]) for f in other
    ]
    assert [f["actual"] for f in clean] != [f["actual"] for f in other]


def _poisoned(line: str) -> str:
    cells = line.split(",")
    cells[7] = "0.0"
    return ",".join(cells)


def test_people_see_the_methods_side_by_side(table: Path, upwell: Caller) -> None:
    called = upwell("backtest", table, "--holdout-above", "2b")
    assert called.code == 0
    assert "interval_score" in called.out and "last value" in called.out


def test_a_bound_that_hides_nothing_is_a_mistake(table: Path, upwell: Caller) -> None:
    called = upwell("backtest", table, "--holdout-above", "1e12")
    assert called.code == 2 and "upwell: a back-test needs" in called.err
