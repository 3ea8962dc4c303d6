"""What tells two measurements apart, and what happens to repeats."""

from pathlib import Path

import polars as pl
import pytest

import upwell
from upwell.results import LoadedResults, read

from .result_files import csv, document, new_results

HEADER = "model,params,ability,metric,value,items"


def load(folder: Path, header: str, *rows: str) -> LoadedResults:
    return read([csv(folder, *rows, header=header)])


def abilities(loaded: LoadedResults) -> list[str]:
    return loaded.table.frame["ability"].unique().sort().to_list()


def test_the_fuller_measurement_wins_whatever_its_file_is_called(tmp_path: Path) -> None:
    smoke = new_results("org/m", {"arc": 0.7}, items=10, limit=10)
    document(tmp_path, smoke, "results_2025-01-01T09-00-00.json")
    document(tmp_path, new_results("org/m", {"arc": 0.83}), "results_2025-01-01T08-00-00.json")
    loaded = read([tmp_path])
    assert loaded.table.frame["value"].to_list() == [0.83]
    [bad] = loaded.bad_rows
    assert "on 10 items (limit 10); the one on 2,000 items is kept" in bad.reason
    assert any("10 items beside 2,000 items" in note for note in loaded.notes)


def test_of_equally_full_measurements_the_latest_wins_and_both_are_named(tmp_path: Path) -> None:
    document(tmp_path, new_results("org/m", {"arc": 0.8}), "results_2025-01-02T09-00-00.json")
    document(tmp_path, new_results("org/m", {"arc": 0.6}), "results_2025-01-01T09-00-00.json")
    loaded = read([tmp_path])
    assert loaded.table.frame["value"].to_list() == [0.8]
    assert "0.6 beside 0.8 (the latest is kept)" in loaded.bad_rows[0].reason


def test_the_same_value_again_is_a_duplicate(tmp_path: Path) -> None:
    for day in (1, 2):
        document(tmp_path, new_results("m", {"arc": 0.8}), f"results_2025-01-0{day}T09-00-00.json")
    loaded = read([tmp_path])
    assert (len(loaded.table), loaded.duplicates, loaded.bad_rows) == (1, 1, ())


def test_item_outcomes_are_those_of_the_kept_measurement(tmp_path: Path) -> None:
    from .result_files import log_samples

    for name, items, limit in (("08", 4, None), ("09", 2, 2)):
        stamp = f"2025-01-01T{name}-00-00"
        values = [1.0] * items
        results = new_results("m", {"arc": 1.0}, items=items, limit=limit)
        document(tmp_path, results, f"results_{stamp}.json")
        log_samples(tmp_path / f"samples_arc_{stamp}.jsonl", values)
    loaded = read([tmp_path])
    assert loaded.outcomes is not None
    accuracy = loaded.outcomes.filter(pl.col("metric") == "accuracy")
    assert len(accuracy) == 4 and accuracy["item"].n_unique() == 4


@pytest.mark.parametrize("name", ["run", "run_id", "trial", "repeat", "replicate", "random_seed"])
def test_repeated_runs_are_seeds_and_it_is_said(tmp_path: Path, name: str) -> None:
    rows = [f"m{i},{i}e6,a,accuracy,0.{i}{run},100,r{run}" for i in (1, 2) for run in (1, 2)]
    loaded = load(tmp_path, f"{HEADER},{name}", *rows)
    assert loaded.table.frame["seed"].to_list() == [0, 1, 0, 1]
    assert abilities(loaded) == ["a"]
    assert any(name in note and "seeds" in note for note in loaded.notes)


def test_a_seed_column_needs_no_word(tmp_path: Path) -> None:
    loaded = load(tmp_path, f"{HEADER},seed", "m,1e6,a,accuracy,.1,9,3", "m,1e6,a,accuracy,.2,9,4")
    assert loaded.table.frame["seed"].to_list() == [3, 4]
    assert loaded.notes == ()


@pytest.mark.parametrize(
    ("name", "values"), [("bits", "48"), ("temperature", "01"), ("beams", "24")]
)
def test_a_numeric_column_of_ones_own_is_never_averaged(
    tmp_path: Path, name: str, values: str
) -> None:
    rows = [f"m{i},{i}e6,a,accuracy,0.{i}{v},100,{v}" for i in (1, 2, 3) for v in values]
    loaded = load(tmp_path, f"{HEADER},{name}", *rows)
    assert abilities(loaded) == [f"a/{name}={v}" for v in values]
    assert any(repr(name) in note for note in loaded.notes)


def test_a_condition_beside_runs_is_still_a_condition(tmp_path: Path) -> None:
    rows = [
        f"m{i},{i}e6,a,accuracy,0.{i}{v}{run},100,{v},{run}"
        for i in (1, 2, 3)
        for v in (4, 8)
        for run in (0, 1)
    ]
    loaded = load(tmp_path, f"{HEADER},bits,run", *rows)
    assert abilities(loaded) == ["a/bits=4", "a/bits=8"]
    assert set(loaded.table.frame["seed"]) == {0, 1}


def test_along_its_own_axis_a_column_is_the_scale(tmp_path: Path) -> None:
    rows = [f"m,1e6,a,accuracy,0.{v},100,{v}" for v in (2, 4, 8)]
    path = csv(tmp_path, *rows, header=f"{HEADER},bits")
    assert abilities(read([path], axis="bits")) == ["a"]


def test_a_number_that_never_recurs_is_a_result_and_no_condition(tmp_path: Path) -> None:
    rows = [
        f"m{i},{i}e6,a,accuracy,0.{i}{run},100,{10 * i + run}.37"
        for i in (1, 2, 3)
        for run in (1, 2)
    ]
    loaded = load(tmp_path, f"{HEADER},seconds", *rows)
    assert abilities(loaded) == ["a"] and len(loaded.table) == 3
    assert len(loaded.bad_rows) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"chat_template": "{{ messages }}"},
        {"system_instruction": "Be brief."},
        {"gen_kwargs": "temperature=0.7"},
    ],
)
def test_ways_of_asking_are_not_mixed_even_between_models(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    document(tmp_path, new_results("org/m-1b", {"arc": 0.5}, params=1e9), "a/results_1.json")
    other = new_results("org/m-7b", {"arc": 0.6}, params=7e9, **changes)
    document(tmp_path, other, "b/results_1.json")
    assert len(abilities(read([tmp_path]))) == 2


def test_the_same_way_of_asking_changes_no_name(tmp_path: Path) -> None:
    for name in ("m-1b", "m-7b"):
        content = new_results(name, {"arc": 0.5}, chat_template="{{ messages }}")
        document(tmp_path, content, f"{name}/results_1.json")
    assert abilities(read([tmp_path])) == ["arc"]


def test_draws_of_few_shot_examples_are_seeds(tmp_path: Path) -> None:
    for seed in (1, 2):
        content = new_results("m", {"arc": 0.5 + seed / 10}, shots=5, fewshot_seed=seed)
        document(tmp_path, content, f"{seed}/results_1.json")
    assert read([tmp_path]).table.frame["seed"].to_list() == [1, 2]


def test_a_comparison_says_that_the_sides_were_not_asked_alike(tmp_path: Path) -> None:
    a = document(tmp_path, new_results("m", {"arc": 0.5}), "a/results_1.json")
    other = new_results("m", {"arc": 0.6}, chat_template="{{ messages }}")
    b = document(tmp_path, other, "b/results_1.json")
    notes = upwell.compare(str(a), str(b)).results[1].notes
    assert any("chat_template (none for A, chat template for B)" in note for note in notes)
    assert not any("not asked alike" in n for n in upwell.compare(str(a), str(a)).results[1].notes)


def test_a_group_does_not_count_again_in_the_mean(tmp_path: Path) -> None:
    sides = []
    for name, shift in (("a", 0.0), ("b", 0.1)):
        scores = {"mmlu": 0.5, "mmlu_law": 0.4, "mmlu_math": 0.6, "arc": 0.5 + shift}
        content = new_results("m", scores)
        content["group_subtasks"] = {"mmlu": ["mmlu_law", "mmlu_math"], "arc": []}
        sides.append(str(document(tmp_path, content, f"{name}/results_1.json")))
    overall = upwell.compare(*sides).result.overall
    assert overall is not None
    assert overall.difference == pytest.approx(0.1 / 3)
    assert "1 means over other abilities do not count again" in overall.explanation
