"""Adapting and predicting as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from finetune.tiny_models import encoder, reviews

from ..caller import Caller


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder(tmp_path_factory.mktemp("cli") / "tiny-bert")


def test_a_classifier_is_made_asked_and_told(tmp_path: Path, model: Path, upwell: Caller) -> None:
    data, test = reviews(tmp_path / "reviews.csv", 80, 0), reviews(tmp_path / "test.csv", 40, 1)
    data.write_text(data.read_text() + "warm sweet meal,goood\n")
    out = tmp_path / "out"
    call = (
        "finetune",
        model,
        data,
        "--test",
        test,
        "--method",
        "linear",
        "--output-dir",
        out,
        "--json",
        "-",
    )
    made = upwell(*call)
    assert made.code == 0, made.err
    told = made.json()
    assert told["upwell"] == "model_card"
    assert told["scores"][0]["metric"] == "accuracy"
    assert "reviews.csv: 81 rows, text 'text', label 'label' with 3 different values" in made.err
    assert "label 'goood' appears once beside 40 of 'good'; is it misspelled? (line 82)" in made.err
    assert "<title>reviews: text-classification</title>" in (out / "report.html").read_text()

    said = upwell("predict", out, "warm bright day", "cold grim day")
    assert said.code == 0, said.err
    assert [line.split()[3] for line in said.out.splitlines()[1:]] == ["good", "bad"]
    file = upwell("predict", out, test, "--json", "-").json()
    assert len(file["predictions"]) == 40
    one = file["predictions"][0]
    assert one["line"] == 2 and sum(one["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    bare = tmp_path / "bare.csv"
    bare.write_text("text\nwarm day\n")
    assert len(upwell("predict", out, bare, "--json", "-").json()["predictions"]) == 1


def test_mistakes_are_one_sentence(tmp_path: Path, model: Path, upwell: Caller) -> None:
    told = upwell("finetune", model, tmp_path / "nothing.csv")
    assert told.code == 2 and "nothing.csv is not a file" in told.err
    told = upwell("predict", tmp_path, "a text")
    assert told.code == 2 and "it is not a fine-tuned model" in told.err
    told = upwell("predict", model, "a text")
    assert told.code == 2 and "has no upwell.json" in told.err
    told = upwell(
        "finetune", model, reviews(tmp_path / "r.csv", 20, 0), "--output-dir", tmp_path / "r.csv"
    )
    assert told.code == 2 and "r.csv is a file; give another folder with --output-dir" in told.err


def test_what_is_asked_of_a_model_is_a_text_or_a_file(
    tmp_path: Path, model: Path, upwell: Caller
) -> None:
    data, test = reviews(tmp_path / "rows.csv", 40, 0), tmp_path / "test.csv"
    test.write_text(reviews(test, 10, 1).read_text() + "warm day,\n,good\n")
    out = tmp_path / "o"
    told = upwell(
        "finetune", model, data, "--method", "linear", "--test", test, "--output-dir", out
    )
    assert "test.csv: 1 row without a label, left out (line 12)" in told.out
    assert "test.csv: 1 row without a text, left out (line 13)" in told.out
    for text, said in (("./nosuch.cvs", "is no file of"), (" ", "an input is empty; give a text")):
        told = upwell("predict", out, text)
        assert told.code == 2 and said in told.err
    told = upwell("predict", out, "warm day " * 100)
    assert told.code == 0, told.err
    again = upwell("finetune", model, data, "--method", "linear", "--output-dir", out)
    assert "holds a model made of" in again.out and "which this one replaces" in again.out


def test_rows_that_differ_are_not_compared(tmp_path: Path, model: Path, upwell: Caller) -> None:
    for seed in (0, 1):
        (tmp_path / f"{seed}").mkdir()
        data = reviews(tmp_path / f"{seed}" / "rows.csv", 40, seed)
        out = tmp_path / f"o{seed}"
        assert upwell("finetune", model, data, "--method", "linear", "--output-dir", out).code == 0
    told = upwell("compare", tmp_path / "o0", tmp_path / "o1")
    assert told.code == 2, told.out


def test_a_damaged_card_is_refused(tmp_path: Path, model: Path, upwell: Caller) -> None:
    data = reviews(tmp_path / "reviews.csv", 40, 0)
    assert (
        upwell("finetune", model, data, "--method", "linear", "--output-dir", tmp_path / "o").code
        == 0
    )
    card = tmp_path / "o" / "upwell.json"
    document = json.loads(card.read_text())
    document["body"]["calibration"]["temperature"] = 9.0
    card.write_text(json.dumps(document))
    told = upwell("predict", tmp_path / "o", "warm day")
    assert told.code == 2 and "sha256 does not match" in told.err
    told = upwell("finetune", model, data, "--method", "linear", "--output-dir", tmp_path / "o")
    assert told.code == 0 and "holds a model, which this one replaces" in told.out


def test_the_help_names_every_task() -> None:
    from upwell.cli.commands.finetune import TASKS_HELP
    from upwell.finetune.tasks import task_names

    told = TASKS_HELP.partition(", or")[0].split(", ")
    assert sorted(told) == task_names()
