"""Families from the names of models."""

import polars as pl
import pytest

import upwell
from upwell.results import family_of

SIZES = (1e7, 3e7, 1e8, 3e8, 1e9, 3e9)


def rows(models: list[str], **more: object) -> pl.DataFrame:
    columns = {"ability": "a", "metric": "accuracy", "items": 500, **more}
    return pl.DataFrame(
        [
            {"model": model, "params": SIZES[i % len(SIZES)], "value": 0.1 + 0.1 * i, **columns}
            for i, model in enumerate(models)
        ]
    )


def families(*frames: pl.DataFrame, axis: str = "params") -> dict[str, str | None]:
    results = upwell.read_results(list(frames), axis=axis)
    return dict(results.table.frame.select("model", "family").iter_rows())


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("EleutherAI/pythia-70m", "EleutherAI/pythia"),
        ("EleutherAI/pythia-1.4b-deduped", "EleutherAI/pythia-deduped"),
        ("EleutherAI/pythia-160m-seed3", "EleutherAI/pythia"),
        ("Qwen/Qwen2.5-0.5B", "Qwen/Qwen2.5"),
        ("Qwen/Qwen2-7B", "Qwen/Qwen2"),
        ("Qwen/Qwen3-30B-A3B", "Qwen/Qwen3-MoE"),
        ("meta-llama/Llama-3.2-1B", "meta-llama/Llama-3.2"),
        ("meta-llama/Llama-3.2-1B-Instruct", "meta-llama/Llama-3.2-Instruct"),
        ("google/gemma-2-9b-it", "google/gemma-2-it"),
        ("deepseek-llm-7b-base", "deepseek-llm"),
        ("deepseek-llm-7b-chat", "deepseek-llm-chat"),
        ("bigscience/bloom-7b1", "bigscience/bloom"),
        ("bloom1b3", "bloom"),
        ("my-run-s", "my-run"),
        ("bert-large-uncased", "bert-uncased"),
        ("microsoft/Phi-3-mini-4k-instruct", "microsoft/Phi-3-4k-instruct"),
        ("ours-28.2k", "ours"),
        ("allenai/OLMo-1B-hf@ckpt_100", "allenai/OLMo-hf"),
        ("org/m-7b (load_in_4bit=True)", "org/m (load_in_4bit=True)"),
        ("x (gguf_file=x-7b-q4_k_m.gguf)", "x (gguf_file=x-q4_k_m.gguf)"),
        ("/models/llama/13B", "models/llama"),
        ("7B", "unnamed"),
    ],
)
def test_a_family_is_the_name_without_its_size(model: str, family: str) -> None:
    assert family_of(model) == family


def test_models_of_different_families_are_never_one_ladder_and_it_is_said() -> None:
    names = ["pythia-70m", "pythia-160m", "pythia-70m-deduped", "pythia-160m-deduped"]
    verdicts = upwell.judge(rows(names))
    assert {v.family for v in verdicts} == {"pythia", "pythia-deduped"}
    [note] = verdicts.document()["source"]["notes"]
    assert "families were taken from names: pythia (2); pythia-deduped (2)" in note


@pytest.mark.parametrize(
    ("names", "is_said"),
    [
        (["fam-70m", "fam-160m", "fam-1b"], False),
        (["my-run-s", "my-run-m", "my-run-l"], False),
        (["m1", "m2", "m3"], True),
        (["org/a", "org/b", "org/c"], True),
        (["tiny-16", "tiny-32", "tiny-64"], True),
    ],
)
def test_one_family_stays_one_ladder(names: list[str], is_said: bool) -> None:
    results = upwell.read_results(rows(names))
    assert results.table.frame["family"].to_list() == [None] * 3
    assert any("one family" in note for note in results.notes) is is_said


def test_names_that_have_nothing_in_common_are_kept_apart() -> None:
    assert families(rows(["alpha", "beta", "gamma"])) == {
        "alpha": "alpha", "beta": "beta", "gamma": "gamma",
    }  # fmt: skip


def test_a_told_family_is_not_touched() -> None:
    frame = rows(["pythia-70m", "qwen-160m"], family="mine")
    assert set(families(frame).values()) == {"mine"}
    assert upwell.read_results(frame).notes == ()


def test_sources_of_one_family_each_are_kept_apart() -> None:
    found = families(rows(["opt-1m", "opt-3m"]), rows(["bloom-1m", "bloom-3m"]))
    assert set(found.values()) == {"opt", "bloom"}


def test_two_models_at_one_scale_are_no_seeds() -> None:
    frame = pl.concat([rows(["m1", "m2", "m3"]), rows(["m4"])])
    results = upwell.read_results(frame)
    assert families(frame) == {"m1": "m1", "m2": None, "m3": None, "m4": "m4"}
    assert any("2 models of no known family have the same params" in n for n in results.notes)


def test_seeds_in_names_are_seeds() -> None:
    frame = pl.concat([rows(["f-10m-seed1"]), rows(["f-10m-seed2"])])
    results = upwell.read_results(frame)
    assert results.table.frame["seed"].to_list() == [1, 2]
    assert results.table.frame["family"].to_list() == [None, None]


def test_a_mean_over_models_of_a_told_family_is_named() -> None:
    frame = pl.concat([rows(["f-base"], family="f"), rows(["f-chat"], family="f")])
    [note] = upwell.read_results(frame).notes
    assert "their mean is one rung: f-base; f-chat" in note
