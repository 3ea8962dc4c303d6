"""Results of lm-eval-harness 0.4.13 (see fixtures/lm_eval/README.md)."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from upwell.results import LoadedResults, parse_scale, read

from .result_files import FIXTURES, document

FOLDER = FIXTURES / "lm_eval"


@pytest.fixture(scope="module")
def reading() -> LoadedResults:
    return read([FOLDER])


def row(reading: LoadedResults, **equal: object) -> dict[str, object]:
    rows = reading.table.where(model="tiny-16", **equal).frame
    assert len(rows) == 1
    return rows.row(0, named=True)


def test_the_scores_of_the_harness_are_read_exactly(reading: LoadedResults) -> None:
    [path] = (FOLDER / "tiny-16").glob("results_*.json")
    printed = json.loads(path.read_text())["results"]["tiny_sums"]
    result = row(reading, ability="tiny_sums", metric="accuracy")
    assert (result["value"], result["stderr"]) == (printed["acc,none"], printed["acc_stderr,none"])
    assert row(reading, ability="tiny_sums", metric="brier")["value"] == printed["brier_score,none"]


def test_model_size_items_and_shots_come_from_the_file(reading: LoadedResults) -> None:
    result = row(reading, ability="tiny_say/strict-match", metric="exact_match")
    assert (result["params"], result["items"], result["shots"]) == (10832.0, 6, 2)
    assert reading.unplaced_models == ()


def test_filters_are_ways_of_asking(reading: LoadedResults) -> None:
    rows = reading.table.frame.filter(pl.col("ability").str.starts_with("tiny_say"))
    assert set(rows["ability"]) == {"tiny_say/strict-match", "tiny_say/flexible-extract"}


def test_groups_are_abilities_of_their_own(reading: LoadedResults) -> None:
    assert row(reading, ability="tiny_group", metric="accuracy")["items"] == 24


def test_samples_give_the_same_brier_score_as_the_harness(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "tiny-16", tmp_path / "tiny-16")
    [path] = (tmp_path / "tiny-16").glob("results_*.json")
    results = json.loads(path.read_text())
    printed = results["results"]["tiny_sums"].pop("brier_score,none")
    path.write_text(json.dumps(results))
    derived = row(read([tmp_path]), ability="tiny_sums", metric="brier")
    assert derived["value"] == pytest.approx(printed, rel=1e-6)
    assert derived["chance"] == 0.75


def test_samples_give_the_log_probability_that_the_perplexity_came_from(
    reading: LoadedResults,
) -> None:
    perplexity = row(reading, ability="tiny_last", metric="perplexity")["value"]
    smooth = row(reading, ability="tiny_last", metric="log_probability")["value"]
    assert isinstance(perplexity, float) and isinstance(smooth, float)
    assert perplexity == pytest.approx(2.718281828459045**-smooth, rel=1e-9)


def test_samples_give_chance_and_smooth_metrics_of_choices(reading: LoadedResults) -> None:
    assert row(reading, ability="tiny_sums", metric="accuracy")["chance"] == 0.25
    smooth = row(reading, ability="tiny_sums", metric="choice_probability")
    assert 0 < float(str(smooth["value"])) < 1 and smooth["items"] == 12


def test_without_samples_nothing_is_derived(reading: LoadedResults) -> None:
    plain = reading.table.where(model="tiny-16", ability="tiny_sums_again").frame
    assert plain["metric"].to_list() == ["accuracy"]
    assert plain["chance"].to_list() == [None]


def test_outcomes_name_the_same_items_for_every_model(reading: LoadedResults) -> None:
    assert reading.outcomes is not None
    outcomes = reading.outcomes.filter(
        pl.col("ability") == "tiny_sums", pl.col("metric") == "accuracy"
    )
    items = outcomes.group_by("model").agg(pl.col("item").sort())["item"]
    assert items[0].to_list() == items[1].to_list()
    mean = outcomes.filter(pl.col("model") == "tiny-16")["value"].mean()
    assert mean == row(reading, ability="tiny_sums", metric="accuracy")["value"]


def test_a_broken_sample_line_is_reported_and_the_rest_is_used(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "tiny-16", tmp_path / "tiny-16")
    [log] = (tmp_path / "tiny-16").glob("samples_tiny_sums_*.jsonl")
    log.write_text(log.read_text() + '{"doc_id": 12, "tar\n')
    reading = read([tmp_path])
    [bad] = reading.bad_rows
    assert (bad.file, bad.line) == (str(log), 13)
    assert row(reading, ability="tiny_sums", metric="choice_probability")["items"] == 12


def test_a_log_outside_the_folder_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "samples_x_1.jsonl").write_text("not to be read\n")
    results = {"results": {"../samples_x": {"acc,none": 0.5}}, "config": {"model": "m"}}
    path = document(tmp_path, results, "inner/results_1.json")
    assert read([path], scale=[parse_scale("m=1e6")]).bad_rows == ()


def test_not_a_number_of_a_harness_is_a_missing_value(tmp_path: Path) -> None:
    text = '{"results": {"t": {"acc,none": NaN, "f1,none": 0.5}}, "config": {"model": "m", '
    path = tmp_path / "results_1.json"
    path.write_text(text + '"model_num_parameters": 100}}')
    frame = read([path]).table.frame
    assert frame["value"].to_list() == [None, 0.5]
    assert frame["reason"].to_list() == ["the file gives no value", None]
