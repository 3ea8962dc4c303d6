"""Answers within a text: measured as SQuAD and CMRC 2018 do, found through windows."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from upwell.adapt.adapting import adapt
from upwell.adapt.answers import exact, f1
from upwell.adapt.given import given
from upwell.adapt.network import Adapting
from upwell.adapt.predicting import Predictor
from upwell.adapt.recipes import Dials
from upwell.adapt.tasks import answer
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Columns, Row, divided
from upwell.data.labelled.questions import read_questions
from upwell.errors import DataError
from upwell.records import Adapt

from .tiny import BAD, FILL, GOOD


def squad(path: Path, rows: int, seed: int, nothing: float = 0.0) -> Path:
    """Which good word is there? Some contexts have none."""
    dice = random.Random(seed)
    paragraphs = []
    for number in range(rows):
        word = dice.choice(GOOD)
        rest = dice.choices([*FILL[:6], *BAD[:2]], k=dice.randint(4, 9))
        place = dice.randint(0, len(rest))
        there = dice.random() >= nothing
        context = " ".join([*rest[:place], *([word] if there else []), *rest[place:]])
        asked = {"id": str(number), "question": "so very", "is_impossible": not there}
        start = len(" ".join(rest[:place])) + (place > 0)
        asked["answers"] = [{"text": word, "answer_start": start}] if there else []
        paragraphs.append({"context": context, "qas": [asked]})
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    return path


def carried_out(model, data, out, rounds=2, **more):
    dials = Dials(rounds=rounds, rate=5e-3, batch=16, length=24)
    wanted = Wanted(model=str(model), data=data, task="answer", dials=dials, **more)
    return adapt(wanted, out, lambda line: None, lambda *moment: None)


def test_it_learns_where_answers_stand_and_that_some_do_not(tmp_path, tiny):
    data = squad(tmp_path / "rows.json", 200, 0, nothing=0.3)
    test = squad(tmp_path / "test.json", 60, 1, nothing=0.3)
    made = carried_out(tiny, data, tmp_path / "out", rounds=10, test=test)
    assert [score.metric for score in made.scores] == ["answer_f1", "exact_match"]
    assert made.scores[1].value > 0.8
    found = Predictor(tmp_path / "out").given_rows(["so very", "the a room glad meal"])
    said = Predictor(tmp_path / "out")(found)[0]
    assert said["said"] == "glad"
    assert 0 < said["probability"] <= 1


@pytest.mark.parametrize("method", ["full", "lora"])
def test_the_folder_gives_in_transformers_what_was_measured(tmp_path, tiny, method):
    data, test = squad(tmp_path / "rows.json", 60, 0), squad(tmp_path / "test.json", 20, 1)
    made = carried_out(tiny, data, tmp_path / "out", method=method, test=test)
    model = AutoModelForQuestionAnswering.from_pretrained(tmp_path / "out").eval()
    words = AutoTokenizer.from_pretrained(tmp_path / "out")
    for row, shown in zip(read_questions(test).rows, made.rows, strict=True):
        read = words(*row.texts, return_tensors="pt", return_offsets_mapping=True)
        offsets, parts = read.pop("offset_mapping")[0], read.sequence_ids(0)
        with torch.inference_mode():
            said = model(**read)
        begin, end = said.start_logits[0], said.end_logits[0]
        inside = [i for i, part in enumerate(parts) if part == 1]
        pairs = [(float(begin[a] + end[b]), a, b) for a in inside for b in inside if a <= b]
        score, first, last = max(pairs)
        text = row.texts[1][offsets[first][0] : offsets[last][1]]
        none = float(begin[0] + end[0])
        assert shown.said == ("no answer" if none - score > made.adapt.margin else text)


def test_a_long_context_is_read_in_windows_and_each_answer_is_whole_in_one(tiny):
    reading = given(str(tiny))
    context = " ".join(["the a room"] * 12 + ["glad"] + ["meal walk day"] * 12)
    start = context.index("glad")
    row = Row(1, ("so very", context), (), truth=(("glad", start),))
    windows = answer.encode([row], (), Columns(), reading, 24)
    assert len(windows) > 3
    found = [
        context[starts[first] : ends[last]]
        for starts, ends, first, last in zip(
            windows.parts["starts"], windows.parts["ends"], windows.fixed["first"],
            windows.fixed["last"], strict=True,
        )
        if first
    ]  # fmt: skip
    assert found
    assert set(found) == {"glad"}
    seen = {i for s, e in zip(windows.parts["starts"], windows.parts["ends"], strict=True)
            for a, b in zip(s, e, strict=True) if a >= 0 for i in range(a, b)}  # fmt: skip
    assert seen == {i for i, letter in enumerate(context) if letter != " "}


def test_the_loss_is_that_of_transformers(tiny):
    reading, told = given(str(tiny)), Adapt(task="answer", labels=())
    rows = [
        Row(1, ("so very", "the glad room"), (), truth=(("glad", 4),)),
        Row(2, ("so very", "the room a meal walk"), (), truth=()),
    ]
    batch = answer.encode(rows, (), Columns(), reading, 24).batch([0, 1])
    arrays = {name: torch.from_numpy(array) for name, array in batch.items()}
    network = Adapting(answer.body(reading, told), told, answer.loss).eval()
    ours = network.losses(arrays, arrays)["loss"]
    read = {name: arrays[name] for name in ("input_ids", "attention_mask")}
    theirs = network.body.model(
        **read, start_positions=arrays["first"], end_positions=arrays["last"]
    ).loss
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(
    ("said", "right", "em", "measure"),
    [
        ("The Normans", ["normans"], 1, 1),
        ("in the 10th century", ["10th and 11th centuries", "10th century"], 0, 0.8),
        ("France.", ["France", "in France"], 1, 1),
        ("", [], 1, 1),
        ("Rollo", [], 0, 0),
        ("", ["Rollo"], 0, 0),
        ("《战国无双3》", ["《战国无双3》"], 1, 1),
        ("光荣和ω-force", ["光荣和ω-force开发"], 0, 2 * 4 / 10),
        ("村雨城", ["村雨城堡"], 0, 2 * 3 / 7),
        ("城村雨", ["村雨城"], 0, 2 / 3),
    ],
)
def test_measures_by_hand(said, right, em, measure):
    assert exact(said, right) == em
    assert f1(said, right) == pytest.approx(measure)


def test_rows_of_one_context_stay_on_one_side(tmp_path):
    path = tmp_path / "rows.json"
    paragraphs = [
        {
            "context": f"context {i}",
            "qas": [{"question": f"{q}", "answers": [{"text": "context"}]} for q in range(5)],
        }
        for i in range(20)
    ]
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    learn, choose = divided(read_questions(path), 0, together=answer.kept_together)
    assert {row.texts[1] for row in learn.rows}.isdisjoint(row.texts[1] for row in choose.rows)
    assert 10 <= len(choose.rows) <= 30


def test_answers_that_stand_elsewhere_are_found_and_lost_ones_told(tmp_path):
    path = tmp_path / "rows.json"
    told = [
        {"question": "a", "answers": [{"text": "warm", "answer_start": 0}]},
        {"question": "b", "answers": [{"text": "absent", "answer_start": 3}]},
        {"question": "c", "answers": [{"text": "day", "answer_start": 11}]},
        {"question": "d", "answers": [{"text": "days"}, {"text": "warm", "answer_start": 5}]},
    ]
    document = {"data": [{"paragraphs": [{"context": "day: warm, day", "qas": told}]}]}
    path.write_text(json.dumps(document))
    found = read_questions(path)
    assert [row.truth for row in found.rows] == [(("warm", 5),), (("day", 11),), (("warm", 5),)]
    assert found.notes == (
        "1 question whose answer does not stand in the context, left out (number 2)",
        "1 question of whose answers some do not stand in the context, these left out (number 4)",
        "1 question whose answer begins elsewhere than the file says (number 1)",
    )


def test_rows_of_a_table_are_questions_too(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("question,context,answer\nwho,Mia came,Mia\nwhen,Mia came,\n")
    found = read_questions(path)
    assert [row.truth for row in found.rows] == [(("Mia", 0),), ()]
    with pytest.raises(DataError, match="lacks 'context'"):
        (tmp_path / "x.csv").write_text("question,answer\nwho,Mia\n")
        read_questions(tmp_path / "x.csv")
    (tmp_path / "x.json").write_text('{"rows": []}')
    with pytest.raises(DataError, match="not laid out as SQuAD is"):
        read_questions(tmp_path / "x.json")


def test_spaces_around_an_answer_are_no_part_of_it_and_what_is_asked_is_never_lost(tmp_path):
    path = tmp_path / "rows.json"
    told = [
        {"question": "a", "answers": [{"text": " warm", "answer_start": 4}]},
        {"question": "b", "answers": [{"text": "absent"}]},
    ]
    paragraph = {"context": "day: warm, day", "qas": told}
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    found = read_questions(path)
    assert [row.truth for row in found.rows] == [(("warm", 5),)]
    assert len(found.notes) == 1
    assert len(read_questions(path, labelled=False).rows) == 2


def test_questions_on_one_paragraph_alone_need_others_to_choose_by(tmp_path, tiny):
    asked = [{"question": word, "answers": [{"text": word}]} for word in ("warm", "day")]
    paragraph = {"context": "warm day", "qas": asked}
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    with pytest.raises(DataError, match="none can be held back to choose by; give rows for"):
        carried_out(tiny, path, tmp_path / "out")
