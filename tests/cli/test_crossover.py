"""A crossover as a user goes through it, on a tiny model: measured once, told, stopped, gone on."""

from __future__ import annotations

from pathlib import Path

import pytest
from adapt.tiny import decoder, encoder, reviews

from .calling import Caller


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder(tmp_path_factory.mktemp("cross") / "tiny-bert")


def call(upwell: Caller, model: Path, data: Path, out: Path, *more: object):
    return upwell(
        "crossover", data, "--models", model, "--rows", "8,32", "--seeds", "2", "--shots", "0,2",
        "--out", out, *more,
    )  # fmt: skip


def test_every_way_is_measured_on_the_same_rows_and_nothing_twice(tmp_path, model, upwell):
    data, out = reviews(tmp_path / "reviews.csv", 150, 0), tmp_path / "out"
    told = call(upwell, model, data, out, "--ways", "head,full,in_context", "--json", "-")
    assert told.code == 0, told.err
    found = told.json()
    cells = found["cells"]
    assert {len(cell["right"]) for cell in cells if cell["right"]} == {found["tested"]}
    assert {cell["way"] for cell in cells if cell["reason"]} == {"in_context"}
    assert [one["rows"] for one in found["standings"]] == [8, 32]
    assert all(one["contenders"][0]["value"] > 0.5 for one in found["standings"])
    page = (out / "report.html").read_text()
    assert "Which way wins where" in page
    assert "examples in the prompt" not in page.partition("</header>")[0]

    lines = (out / "cells.jsonl").read_bytes().splitlines(keepends=True)
    kept = [cell for cell in cells if cell["way"] != "in_context"][:3]
    (out / "cells.jsonl").write_bytes(b"".join(lines[:6]) + lines[6][:20])
    again = call(upwell, model, data, out, "--ways", "head,full,in_context", "--json", "-")
    assert again.code == 0, again.err
    now = again.json()["cells"]
    assert [cell["right"] for cell in now] == [cell["right"] for cell in cells]
    assert all(cell in now for cell in kept)
    assert "11 measurements" in again.err
    assert "5 to do" in again.err


def test_a_language_model_is_asked_in_its_prompt_and_what_does_not_fit_is_said(tmp_path, upwell):
    data, model = reviews(tmp_path / "reviews.csv", 60, 0), decoder(tmp_path / "tiny-llama")
    told = upwell(
        "crossover", data, "--models", model, "--ways", "in_context,head", "--rows", "16",
        "--shots", "0,2,8", "--seeds", "2", "--out", tmp_path / "out", "--json", "-",
    )  # fmt: skip
    assert told.code == 0, told.err
    cells = [cell for cell in told.json()["cells"] if cell["way"] == "in_context"]
    assert [cell["rows"] for cell in cells if cell["right"]] == [0, 2, 2]
    assert all(cell["answer_seconds"] > 0 for cell in cells if cell["right"])
    assert all("examples takes" in cell["reason"] for cell in cells if not cell["right"])
    (one,) = told.json()["standings"]
    shown = next(each for each in one["contenders"] if each["way"] == "in_context")
    assert shown["rows"] == 2
    assert shown["make_flops"] == 0


def test_the_finding_stands_under_the_table(tmp_path, model, upwell):
    data = reviews(tmp_path / "reviews.csv", 150, 0)
    told = call(upwell, model, data, tmp_path / "out", "--ways", "head,lora")
    assert told.code == 0, told.err
    assert "a linear head on the frozen model is the cheapest of them" in told.out


def test_a_dry_run_says_what_there_is_to_do_and_does_nothing(tmp_path, model, upwell):
    data, out = reviews(tmp_path / "reviews.csv", 150, 0), tmp_path / "out"
    told = call(upwell, model, data, out, "--ways", "head", "--dry-run")
    assert told.code == 0, told.err
    assert "4 measurements on 30 test rows, 4 to do" in told.out
    assert not out.exists()


def test_mistakes_are_one_sentence(tmp_path, model, upwell):
    data = reviews(tmp_path / "reviews.csv", 40, 0)
    told = call(upwell, model, data, tmp_path / "o", "--ways", "heads")
    assert told.code == 2
    assert "did you mean 'head'?" in told.err
    told = upwell("crossover", data, "--models", model, "--rows", "8,x")
    assert told.code == 2
    assert "--rows takes numbers" in told.err
    told = upwell("crossover", tmp_path / "none.csv", "--models", model)
    assert told.code == 2
    assert "none.csv is no file" in told.err
