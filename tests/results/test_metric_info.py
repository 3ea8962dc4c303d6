"""Facts of metrics that the user tells: checked, and used for what Upwell does not know."""

from pathlib import Path

import polars as pl
import pytest

from upwell import backtest, compare, forecast, judge, read_results
from upwell.errors import DataError
from upwell.results import parse_metric_info

from .result_files import csv


def table(folder: Path, metric: str = "score") -> Path:
    values = (0.01, 0.02, 0.01, 0.02, 0.6, 0.8, 0.85, 0.9)
    rows = [f"m{i},{10 ** (7 + i / 2)},a,{metric},{v},500" for i, v in enumerate(values)]
    return csv(folder, *rows, header="model,params,task,metric,value,items")


def test_facts_are_parsed() -> None:
    [metric] = parse_metric_info(["my-score=lower,-,inf"]).values()
    assert (metric.name, metric.higher_is_better, metric.low, metric.high) == (
        "my-score",
        False,
        None,
        None,
    )
    assert not metric.continuous
    assert parse_metric_info(["x=higher,0,1,continuous"])["x"].continuous
    assert list(parse_metric_info(["acc=higher,0,1"])) == ["accuracy"]


@pytest.mark.parametrize(
    "text",
    ["score", "score=up,0,1", "=higher,0,1", "score=higher,1,0", "score=higher,0",
     "score=higher,0,x", "score=higher,0,1,smooth", "score=higher,nan,1", "acc=lower,0,1",
     "score=higher,0,1,discrete,x"],
)  # fmt: skip
def test_facts_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(DataError):
        parse_metric_info([text])


def test_an_unknown_metric_is_judged_once_its_facts_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--metric-info NAME=higher,0,1"):
        judge(table(tmp_path))
    verdicts = judge(table(tmp_path), metric_info={"score": "higher,0,1"})
    assert [verdict.metric for verdict in verdicts] == ["score"]
    assert verdicts.results.loaded.unknown_metrics == ()


def test_every_command_takes_the_facts(tmp_path: Path) -> None:
    told = ["score=higher,0,1"]
    path = table(tmp_path)
    [forecasted] = forecast(path, "params=1e12", metric_info=told)
    assert 0 <= forecasted.value <= 1
    assert len(backtest(path, 1e10, metric_info=told))
    assert compare(f"{path}::m0", f"{path}::m7", metric_info=told, metric="score").worse is False
    assert judge(path, metric_info=told).report(tmp_path / "report.html") is not None


def test_told_bounds_hold(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="score of a is not within its bounds of 0 to 0"):
        read_results(table(tmp_path), metric_info={"score": "higher,0,0.5"})


def test_a_data_frame_takes_them_too() -> None:
    frame = pl.DataFrame({"model": ["a", "b"], "params": [1, 2], "task": "t", "score": [0.1, 0.2]})
    results = read_results(frame, metric_info={"score": "higher,0,1"})
    assert results.table.get_metric("score").higher_is_better
