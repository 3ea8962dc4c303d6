"""Score files of BIG-bench."""

from pathlib import Path
from typing import Any

import pytest

from upwell.errors import DataError
from upwell.results import read

from .result_files import document


def scores(**more: Any) -> dict[str, Any]:
    """The shape that the benchmark's own `results.py` writes."""
    model = {
        "model_family": "BIG-G T=0",
        "model_name": "128b",
        "total_params": 137_000_000_000,
        "non_embedding_params": 128_000_000_000,
        "flop_matched_non_embedding_params": 128_000_000_000,
        "training_batch_size": 256,
        "training_steps": 1_000_000,
        "description": "",
        "decoding_params": {},
    }
    score = {
        "score_dict": {"multiple_choice_grade": 0.6, "normalized_aggregate_score": 46.7},
        "preferred_score": "multiple_choice_grade",
        "number_of_shots": 3,
        "low_score": 0.25,
        "high_score": 1.0,
        "subtask_description": "riddles",
    }
    return {"model": model, "task": {"task_name": "riddles"}, "scores": [score | more]}


def test_a_score_file_gives_a_row_a_metric(tmp_path: Path) -> None:
    frame = read([document(tmp_path, scores())]).table.frame
    row = frame.row(0, named=True)
    assert (row["family"], row["model"], row["params"]) == ("BIG-G T=0", "128b", 137e9)
    assert (row["ability"], row["shots"], row["value"]) == ("riddles", 3, 0.6)
    assert row["params_flop_matched"] == 128e9
    assert frame["metric"].to_list() == ["multiple_choice_grade", "normalized_aggregate_score"]


def test_only_the_grade_of_choices_says_what_guessing_gets(tmp_path: Path) -> None:
    frame = read([document(tmp_path, scores())]).table.frame
    assert frame["chance"].to_list() == [0.25, None]
    assert frame["ceiling"].to_list() == [1.0, None]
    other = scores(preferred_score="bleu", score_dict={"bleu": 12.0}, low_score=5.0)
    assert read([document(tmp_path, other)]).table.frame["chance"].to_list() == [None]


@pytest.mark.parametrize("name", ["2_digits", "riddles:2_digits"])
def test_a_subtask_is_an_ability_under_its_task(tmp_path: Path, name: str) -> None:
    frame = read([document(tmp_path, scores(subtask_description=name))]).table.frame
    assert set(frame["ability"]) == {"riddles/2_digits"}


def test_a_score_without_values_is_a_bad_row_with_its_location(tmp_path: Path) -> None:
    document_ = scores()
    document_["scores"].append({"preferred_score": "bleu"})
    [bad] = read([document(tmp_path, document_)]).bad_rows
    assert bad.reason.startswith("scores.1.score_dict: ")


def test_a_file_without_scores_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no results"):
        read([document(tmp_path, scores() | {"scores": []})])
