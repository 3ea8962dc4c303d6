"""Results of lm-eval-harness before 0.4."""

from pathlib import Path

import pytest

from upwell.results import parse_scale, read

from .result_files import document, old_results, shared_data

SCALE = [parse_scale("pythia-70m=70m,300b")]


def test_model_step_and_shots_come_from_the_configuration(tmp_path: Path) -> None:
    results = old_results("EleutherAI/pythia-70m", {"piqa": {"acc": 0.6}}, shots=5)
    [row] = read([document(tmp_path, results)], SCALE).table.frame.to_dicts()
    assert (row["model"], row["step"], row["shots"]) == ("EleutherAI/pythia-70m", 143000, 5)
    assert (row["ability"], row["metric"], row["value"]) == ("piqa", "accuracy", 0.6)


def test_items_follow_from_a_share_and_its_error(tmp_path: Path) -> None:
    items, right = 1838, 1100
    share = right / items
    error = (share * (1 - share) / (items - 1)) ** 0.5
    scores = {"piqa": {"acc": share, "acc_stderr": error}}
    [row] = read(
        [document(tmp_path, old_results("pythia-70m", scores))], SCALE
    ).table.frame.to_dicts()
    assert (row["items"], row["stderr"]) == (items, error)


@pytest.mark.parametrize(
    "scores",
    [
        {"acc": 0.0, "acc_stderr": 0.0},
        {"acc": 0.5, "acc_stderr": 0.0123},
        {"likelihood_difference": 0.4, "likelihood_difference_stderr": 0.05},
        {"acc": 0.5},
    ],
)
def test_items_that_do_not_follow_stay_unknown(tmp_path: Path, scores: dict[str, float]) -> None:
    path = document(tmp_path, old_results("pythia-70m", {"t": scores}))
    assert read([path], SCALE).table.frame["items"].to_list() == [None]


def test_a_score_that_is_no_mapping_is_a_bad_row_with_its_location(tmp_path: Path) -> None:
    results = old_results("pythia-70m", {"piqa": {"acc": 0.6}, "sciq": None})
    [bad] = read([document(tmp_path, results)], SCALE).bad_rows
    assert bad.line is None and bad.reason.startswith("results.sciq: ")


@pytest.mark.data
def test_shared_result_files_agree_with_the_shared_long_table() -> None:
    folder = shared_data("lm_eval_json")
    names = ("70m", "160m", "410m", "1.4b", "2.8b", "6.9b")
    scale = [parse_scale(f"pythia-v1.1-{n}={n},299.9b") for n in names]
    reading = read([folder], scale)
    assert (reading.bad_rows, reading.unplaced_models) == ((), ())
    table = read([shared_data("tables", "pythia.parquet")]).table
    ours = reading.table.where(ability="sciq", shots=0, metric="accuracy").frame
    theirs = table.where(
        family="pythia-v1", step=143000, ability="sciq", shots=0, metric="accuracy"
    ).frame
    by_size = dict(zip(theirs["model"], theirs["value"], strict=True))
    for model, value in zip(ours["model"], ours["value"], strict=True):
        assert value == by_size[f"pythia-{model.rsplit('-', 1)[1]}"]
    assert set(ours["items"]) == {1000}
