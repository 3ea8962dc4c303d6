"""A crossover as a user goes through it, on a tiny model: measured once, told, stopped, gone on."""

from __future__ import annotations

from pathlib import Path

import pytest
from finetune.tiny_models import decoder, encoder, reviews

from ..caller import Caller


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder(tmp_path_factory.mktemp("cross") / "tiny-bert")


def call(upwell: Caller, model: Path, data: Path, out: Path, *more: object):
    return upwell(
        "crossover", data, "--models", model, "--train-sizes", "8,32", "--seeds", "2",
        "--num-fewshot", "0,2",
        "--output-dir", out, *more,
    )  # fmt: skip


def test_every_way_is_measured_on_the_same_rows_and_nothing_twice(tmp_path, model, upwell):
    data, out = reviews(tmp_path / "reviews.csv", 150, 0), tmp_path / "out"
    told = call(upwell, model, data, out, "--methods", "linear,full,in_context", "--json", "-")
    assert told.code == 0, told.err
    found = told.json()
    cells = found["cells"]
    assert {len(cell["correct"]) for cell in cells if cell["correct"]} == {found["test_rows"]}
    assert {cell["method"] for cell in cells if cell["reason"]} == {"in_context"}
    assert [one["train_rows"] for one in found["rankings"]] == [8, 32]
    assert all(one["methods"][0]["value"] > 0.5 for one in found["rankings"])
    page = (out / "report.html").read_text()
    assert "Best method by train rows" in page
    assert "examples in the prompt" not in page.partition("</header>")[0]

    lines = (out / "cells.jsonl").read_bytes().splitlines(keepends=True)
    kept = [cell for cell in cells if cell["method"] != "in_context"][:3]
    (out / "cells.jsonl").write_bytes(b"".join(lines[:6]) + lines[6][:20])
    again = call(upwell, model, data, out, "--methods", "linear,full,in_context", "--json", "-")
    assert again.code == 0, again.err
    now = again.json()["cells"]
    assert [cell["correct"] for cell in now] == [cell["correct"] for cell in cells]
    assert all(cell in now for cell in kept)
    assert "11 measurements" in again.err
    assert "5 to do" in again.err


def test_a_language_model_is_asked_in_its_prompt_and_what_does_not_fit_is_said(tmp_path, upwell):
    data, model = reviews(tmp_path / "reviews.csv", 60, 0), decoder(tmp_path / "tiny-llama")
    told = upwell(
        "crossover", data, "--models", model, "--methods", "in_context,linear",
        "--train-sizes", "16",
        "--num-fewshot", "0,2,8", "--seeds", "2", "--output-dir", tmp_path / "out", "--json", "-",
    )  # fmt: skip
    assert told.code == 0, told.err
    cells = [cell for cell in told.json()["cells"] if cell["method"] == "in_context"]
    assert [cell["train_rows"] for cell in cells if cell["correct"]] == [0, 2, 2]
    assert all(cell["inference_seconds"] > 0 for cell in cells if cell["correct"])
    assert all("examples takes" in cell["reason"] for cell in cells if not cell["correct"])
    (one,) = told.json()["rankings"]
    shown = next(each for each in one["methods"] if each["method"] == "in_context")
    assert shown["train_rows"] == 2
    assert shown["train_flops"] == 0


def test_the_finding_stands_under_the_table(tmp_path, model, upwell):
    data = reviews(tmp_path / "reviews.csv", 150, 0)
    told = call(upwell, model, data, tmp_path / "out", "--methods", "linear,lora")
    assert told.code == 0, told.err
    assert "a linear head on the frozen model is the cheapest of them" in told.out


def test_a_dry_run_says_what_there_is_to_do_and_does_nothing(tmp_path, model, upwell):
    data, out = reviews(tmp_path / "reviews.csv", 150, 0), tmp_path / "out"
    told = call(upwell, model, data, out, "--methods", "linear", "--dry-run")
    assert told.code == 0, told.err
    assert "4 measurements on 30 test rows, 4 to do" in told.out
    assert not out.exists()


def test_mistakes_are_one_sentence(tmp_path, model, upwell):
    data = reviews(tmp_path / "reviews.csv", 40, 0)
    told = call(upwell, model, data, tmp_path / "o", "--methods", "linearr")
    assert told.code == 2
    assert "did you mean 'linear'?" in told.err
    told = upwell("crossover", data, "--models", model, "--train-sizes", "8,x")
    assert told.code == 2
    assert "--train-sizes takes numbers" in told.err
    told = upwell("crossover", tmp_path / "none.csv", "--models", model)
    assert told.code == 2
    assert "none.csv is not a file" in told.err
