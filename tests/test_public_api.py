"""`import upwell`: every public name exists and is documented; the docs need no CLI module."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import upwell
from upwell.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
SIZES = [1e7 * 2.5**step for step in range(8)]
CURVES = {"jumps": lambda i: 0.9 if i > 4 else 0.02, "rises": lambda i: 0.1 + 0.1 * i}


def rows() -> list[dict[str, object]]:
    return [
        {"family": "f", "model": f"f{i}", "params": size, "ability": ability,
         "metric": "accuracy", "value": float(np.round(curve(i), 3)), "items": 400}
        for i, size in enumerate(SIZES)
        for ability, curve in CURVES.items()
    ]  # fmt: skip


def test_every_public_name_is_there_and_documented() -> None:
    for name in upwell.__all__:
        value = getattr(upwell, name)
        assert name == "__version__" or inspect.getdoc(value), name
    assert set(upwell.__all__) <= set(dir(upwell))


def test_every_command_is_a_python_call() -> None:
    calls = {"eval": "evaluate", "train": "run", "demo": "run"}
    assert {calls.get(command, command) for command in COMMANDS} <= set(upwell.__all__)


def test_importing_a_room_does_not_hide_the_function_of_its_name() -> None:
    code = (
        "import upwell, upwell.report, upwell.finetune\n"
        "print(callable(upwell.finetune), callable(upwell.report))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="verdict_of"):
        upwell.verdict_of  # noqa: B018


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_docs_use_no_name_that_is_not_public(page: Path) -> None:
    text = page.read_text()
    assert not re.search(r"(from|import) upwell\.cli", text)
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    assert set(re.findall(r"\bupwell\.(\w+)\(", code)) <= set(upwell.__all__)


def frames() -> dict[str, object]:
    table = pl.DataFrame(rows())
    made: dict[str, object] = {"polars": table}
    for name in ("pandas", "pyarrow"):
        module = pytest.importorskip(name)
        made[name] = (
            module.DataFrame(rows()) if name == "pandas" else module.Table.from_pylist(rows())
        )
    return made


@pytest.mark.parametrize("library", ["polars", "pandas", "pyarrow"])
def test_a_data_frame_is_judged_as_its_file_is(library: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    pl.DataFrame(rows()).write_csv(path)
    from_file, from_frame = upwell.judge(path), upwell.judge(frames()[library])
    assert list(from_file) == list(from_frame)
    assert {v.ability: v.kind for v in from_frame} == {"jumps": "emergent", "rises": "smooth"}
    assert from_frame.document()["source"]["files"] == ["data frame"]


def test_bad_rows_of_a_frame_are_counted_and_named() -> None:
    frame = pl.DataFrame([*rows(), {**rows()[0], "ability": "odd", "value": 7.0}])
    results = upwell.read_results(frame)
    assert len(results) == len(rows())
    (bad_row,) = results.loaded.bad_rows
    assert bad_row.file == "data frame" and "found 7" in bad_row.reason


def test_results_show_themselves_as_table_figure_and_page(tmp_path: Path) -> None:
    verdicts = upwell.judge(pl.DataFrame(rows()))
    assert "<table>" in verdicts._repr_html_() and "emergent" in verdicts._repr_html_()
    assert verdicts.plot("jumps").standalone().startswith("<?xml")
    assert "emergent" in verdicts.report(tmp_path / "page.html").read_text()
    assert verdicts.to_polars().height == len(verdicts) == 2
    pytest.importorskip("pandas")
    assert list(verdicts.to_pandas()["kind"]) == [verdict.kind for verdict in verdicts]


def test_hostile_names_do_not_reach_the_notebook_as_html() -> None:
    frame = pl.DataFrame([{**row, "ability": "<script>x</script>"} for row in rows()[::2]])
    assert "<script>" not in upwell.judge(frame)._repr_html_()


def test_numbers_are_understood_as_people_write_them() -> None:
    forecasts = upwell.forecast(pl.DataFrame(rows()), ["big=70b,1.4t", "params=7e10"])
    assert {forecast.target for forecast in forecasts} == {7e10}
    backtest = upwell.backtest(pl.DataFrame(rows()), holdout_above="1b")
    assert backtest.settings["holdout_above"] == 1e9
    assert backtest.summary["ours"]["graded"] > 0
    scaled = upwell.read_results(
        pl.DataFrame(rows()).drop("params"), scale={f"f{i}": f"{i + 1}m" for i in range(8)}
    )
    assert scaled.table.frame["params"].max() == 8e6


def test_a_forecast_is_graded_by_later_results(tmp_path: Path) -> None:
    known = [row for row in rows() if row["model"] != "f7"]
    forecasts = upwell.forecast(pl.DataFrame(known), f"params={SIZES[7]}")
    path = tmp_path / "forecasts.json"
    forecasts.to_json(path)
    for source in (forecasts, path):
        graded = upwell.grade(source, pl.DataFrame(rows()))
        assert all(forecast.actual is not None for forecast in graded)


def test_filters_keep_what_they_name_and_refuse_what_is_not_there() -> None:
    frame = pl.DataFrame(rows())
    assert [v.ability for v in upwell.judge(frame, ability="jumps")] == ["jumps"]
    with pytest.raises(upwell.UpwellError, match="did you mean 'jumps'"):
        upwell.judge(frame, ability="jump")
    with pytest.raises(upwell.UpwellError, match=r"nothing to judge.*'perplexity'"):
        upwell.judge(frame, metric="perplexity")


@pytest.mark.parametrize(("name", "method"), [("page.pdf", "report"), ("table.csv", "to_json")])
def test_a_wrong_suffix_is_refused_with_the_right_one(
    name: str, method: str, tmp_path: Path
) -> None:
    verdicts = upwell.judge(pl.DataFrame(rows()))
    right = {"report": ".html", "to_json": ".json"}[method]
    with pytest.raises(upwell.UpwellError, match=right):
        getattr(verdicts, method)(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_what_is_no_frame_is_one_clear_sentence() -> None:
    with pytest.raises(upwell.UpwellError, match="cannot read results from a int"):
        upwell.read_results(7)


def test_scales_in_a_file_are_understood_as_people_write_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    cells = ["70m", "160M", "1.4b", "2.8e9", "12000000000", "70B", "seven", "0m"]
    lines = [f"f,f{i},{cell},300b,a,accuracy,0.{i + 1},400" for i, cell in enumerate(cells)]
    path.write_text("family,model,params,tokens,ability,metric,value,items\n" + "\n".join(lines))
    results = upwell.read_results(path)
    assert results.table.frame["params"].to_list() == [7e7, 1.6e8, 1.4e9, 2.8e9, 1.2e10, 7e10]
    assert results.table.frame["tokens"].unique().to_list() == [3e11]
    reasons = [bad_row.reason for bad_row in results.loaded.bad_rows]
    assert [reason.rpartition(" ")[2] for reason in reasons] == ["seven", "0.0"]
