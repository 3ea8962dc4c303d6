"""The loop as a user goes through it: predict, correct, adapt again, and a gate between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from finetune.tiny_models import encoder, reviews

from upwell.finetune.feedback.rounds import history, next_round_dir, promote
from upwell.finetune.saving import read_model_card

from ..caller import Caller


@pytest.fixture
def made(tmp_path: Path, upwell: Caller) -> dict[str, Path]:
    """A model that learnt few rows, and what the loop needs."""
    paths = {
        "model": encoder(tmp_path / "tiny-bert"),
        "few": reviews(tmp_path / "few.csv", 16, 0),
        "more": reviews(tmp_path / "more.csv", 200, 1),
        "test": reviews(tmp_path / "test.csv", 120, 2),
        "journal": tmp_path / "said.jsonl",
        "out": tmp_path / "out",
    }
    call = (
        "finetune",
        paths["model"],
        paths["few"],
        "--method",
        "linear",
        "--output-dir",
        paths["out"],
    )
    assert upwell(*call, "--test", paths["test"]).code == 0
    return paths


def again(upwell: Caller, made: dict[str, Path], *more: str):
    call = (
        "finetune",
        made["out"],
        made["few"],
        "--feedback",
        made["journal"],
        "--method",
        "linear",
    )
    return upwell(*call, "--test", made["test"], *more)


def test_a_better_round_takes_the_place_and_a_worse_one_does_not(made, upwell):
    first = read_model_card(made["out"]).ref
    told = upwell("predict", made["out"], made["more"], "--journal", made["journal"])
    assert told.code == 0, told.err
    told = upwell("feedback", made["journal"], "--from", made["more"])
    assert told.code == 0, told.err
    assert "more.csv: 200 rows are in the journal" in told.out
    told = again(upwell, made)
    assert told.code == 0, told.err
    assert "said.jsonl: 200 corrected rows" in told.out
    assert "not shown to be worse: accepted" in told.out
    second = read_model_card(made["out"]).ref
    assert second.parent == first.id
    assert [past.accepted for past in history(made["out"])] == [True, True]
    assert history(made["out"])[1].score.value > history(made["out"])[0].score.value
    assert "Feedback rounds" in (made["out"] / "report.html").read_text()

    # Somebody who does not know turns every label round: the gate does not let it in.
    words = upwell("feedback", made["journal"], "--json", "-").json()["predictions"]
    turn = {"good": "bad", "bad": "good"}
    pairs = [f"{one['id']}={turn[one['labels'][0]]}" for one in words]
    assert upwell("feedback", made["journal"], *pairs).code == 0
    told = again(upwell, made)
    assert told.code == 0, told.err
    assert "worse: the old model stays" in told.out
    assert read_model_card(made["out"]).ref == second
    assert [past.accepted for past in history(made["out"])] == [True, True, False]
    assert (made["out"] / "rounds" / "2" / "model.safetensors").is_file()

    same = upwell("compare", made["out"], made["out"] / "rounds" / "2")
    assert same.code == 1
    assert "B is worse than A" in same.out


def test_a_kill_while_a_model_takes_its_place_is_put_right(made, upwell):
    upwell("predict", made["out"], made["more"], "--journal", made["journal"])
    upwell("feedback", made["journal"], "--from", made["more"])
    assert again(upwell, made).code == 0
    card = read_model_card(made["out"])
    (made["out"] / "upwell.json").unlink()
    assert next_round_dir(made["out"]).name == "2"
    assert read_model_card(made["out"]) == card
    promote(made["out"], made["out"] / "rounds" / "0")
    next_round_dir(made["out"])
    assert read_model_card(made["out"]) == card
    assert promote(made["out"], made["out"] / "rounds" / "1") == card


def test_what_is_said_is_listed_least_sure_first(made, upwell):
    told = upwell("predict", made["out"], "warm day", "the a room", "--journal", made["journal"])
    assert told.code == 0, told.err
    ids = [line.split()[0] for line in told.out.splitlines()[1:]]
    told = upwell("feedback", made["journal"], f"{ids[0]}=good")
    assert told.code == 0, told.err
    assert "2 predictions, 1 of them reviewed" in told.out
    assert ids[1] in told.out
    assert f"\n{ids[0]}" not in told.out
    document = upwell("feedback", made["journal"], "--json", "-").json()
    assert json.dumps(document)
    assert [one["labels"] for one in document["predictions"]] == [["good"], None]


def test_mistakes_are_one_sentence(made, upwell, tmp_path):
    told = upwell("finetune", made["out"], made["few"], "--feedback", made["journal"])
    assert told.code == 2
    assert "feedback needs test rows (--test)" in told.err
    told = again(upwell, made)
    assert told.code == 2
    assert "does not exist" in told.err
    told = upwell("feedback", tmp_path / "none.jsonl")
    assert told.code == 2
    upwell("predict", made["out"], "warm day", "--journal", made["journal"])
    told = upwell("feedback", made["journal"], "nonsense")
    assert told.code == 2
    assert "is not ID=LABEL" in told.err
    told = again(upwell, made)
    assert told.code == 2
    assert "has no corrections" in told.err
