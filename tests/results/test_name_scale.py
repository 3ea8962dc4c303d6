"""Sizes in names: read on request only, and shown for each model."""

from pathlib import Path

import pytest

from upwell import read_results
from upwell.results.name_scale import parse_name

from .result_files import csv


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("pythia-70m", 70e6),
        ("EleutherAI/pythia-1.4b-deduped", 1.4e9),
        ("meta-llama/Llama-2-7b-hf", 7e9),
        ("bigscience/bloom-1b7", 1.7e9),
        ("bloom-7b1", 7.1e9),
        ("bloom-560m", 560e6),
        ("opt-6.7b", 6.7e9),
        ("Qwen/Qwen1.5-0.5B", 0.5e9),
        ("Qwen2.5-72B-Instruct", 72e9),
        ("EleutherAI/gpt-j-6B", 6e9),
        ("stories15M", 15e6),
        ("llama-65b-4bit-128g", 65e9),
        ("Yi-34B-200K", 34e9),
        ("vicuna-13b-v1.5", 13e9),
        ("facebook/m2m100_418M", 418e6),
        ("org/7b", 7e9),
        ("RWKV/rwkv-4-169m-pile@step100", 169e6),
        ("opt-1.3b (load_in_4bit=True)", 1.3e9),
        ("TinyLlama-1.1B-intermediate-step-1431k-3T", 1.1e9),
    ],
)
def test_a_size_in_a_name(name: str, params: float) -> None:
    assert parse_name(name).params == pytest.approx(params)


@pytest.mark.parametrize(
    "name",
    ["mistralai/Mixtral-8x7B-v0.1", "Qwen1.5-MoE-A2.7B", "Qwen3-30B-A3B", "llama-4-17b-16e",
     "gpt2-xl", "phi-2", "7B-to-13B-merge",
     "Qwen2.5-7B-Instruct-1M", "efficientnet-b4", "model-4bit", "w4b16",
     "v2", "70mb", "1b23"],
)  # fmt: skip
def test_a_name_that_does_not_tell(name: str) -> None:
    size = parse_name(name)
    assert size.params is None and size.text


def test_names_are_read_on_request_and_shown(tmp_path: Path) -> None:
    header = "model,params,task,metric,value"
    rows = ["x-70m,,a,acc,0.1", "x-1b,999,a,acc,0.2", "x-8x7b,,a,acc,0.3"]
    path = csv(tmp_path, *rows, header=header)
    assert set(read_results(path).table.frame["model"]) == {"x-1b"}
    results = read_results(path, scale="from-names")
    frame = results.table.frame
    assert dict(zip(frame["model"], frame["params"], strict=True)) == {"x-70m": 70e6, "x-1b": 999}
    notes = " ".join(results.loaded.notes)
    assert "params read from names, as asked: x-70m 70m" in notes
    assert "x-8x7b (mixture of experts, 8x7b)" in notes


def test_a_scale_that_is_told_wins_over_the_name(tmp_path: Path) -> None:
    path = csv(tmp_path, "x-70m,a,acc,0.1", "y-1b,a,acc,0.2", header="model,task,metric,value")
    results = read_results(path, scale=["from-names", "x-70m=71m"])
    assert sorted(results.table.frame["params"]) == [71e6, 1e9]
