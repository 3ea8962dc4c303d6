"""Question answering: metrics of SQuAD and CMRC 2018, and windows over long contexts."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from upwell.data.labeled import Columns, Row, train_dev_split
from upwell.data.labeled.question_answering import read_questions
from upwell.errors import DataError
from upwell.finetune.base_model import load_base_model
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.modeling.network import FinetuneModule
from upwell.finetune.pipeline import finetune
from upwell.finetune.predictor import Predictor
from upwell.finetune.tasks.question_answering import QuestionAnswering
from upwell.metrics.squad import exact_match, f1
from upwell.records import FinetuneSpec

from ..tiny_models import BAD, FILL, GOOD

TASK = QuestionAnswering()


def squad(path: Path, rows: int, seed: int, nothing: float = 0.0) -> Path:
    """Which good word is there? Some contexts have none."""
    rng = random.Random(seed)
    paragraphs = []
    for number in range(rows):
        word = rng.choice(GOOD)
        rest = rng.choices([*FILL[:6], *BAD[:2]], k=rng.randint(4, 9))
        place = rng.randint(0, len(rest))
        there = rng.random() >= nothing
        context = " ".join([*rest[:place], *([word] if there else []), *rest[place:]])
        asked = {"id": str(number), "question": "so very", "is_impossible": not there}
        start = len(" ".join(rest[:place])) + (place > 0)
        asked["answers"] = [{"text": word, "answer_start": start}] if there else []
        paragraphs.append({"context": context, "qas": [asked]})
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    return path


def run_finetune(model, data, out, epochs=2, **more):
    hyperparameters = FinetuneHyperparameters(
        epochs=epochs, learning_rate=5e-3, batch_size=16, max_length=24
    )
    config = FinetuneConfig(
        model=str(model),
        data=data,
        task="question-answering",
        hyperparameters=hyperparameters,
        **more,
    )
    return finetune(config, out, lambda line: None, lambda *moment: None)


def test_it_learns_where_answers_stand_and_that_some_do_not(tmp_path, tiny):
    data = squad(tmp_path / "rows.json", 200, 0, nothing=0.3)
    test = squad(tmp_path / "test.json", 60, 1, nothing=0.3)
    card = run_finetune(tiny, data, tmp_path / "out", epochs=10, test=test)
    assert [score.metric for score in card.scores] == ["answer_f1", "exact_match"]
    assert card.scores[1].value > 0.8
    found = Predictor.from_pretrained(tmp_path / "out").parse_inputs(
        ["so very", "the a room glad meal"]
    )
    output = Predictor.from_pretrained(tmp_path / "out")(found)[0]
    assert output["prediction"] == "glad"
    assert 0 < output["probability"] <= 1


@pytest.mark.parametrize("method", ["full", "lora"])
def test_transformers_gives_the_predictions_from_the_folder(tmp_path, tiny, method):
    data, test = squad(tmp_path / "rows.json", 60, 0), squad(tmp_path / "test.json", 20, 1)
    card = run_finetune(tiny, data, tmp_path / "out", method=method, test=test)
    model = AutoModelForQuestionAnswering.from_pretrained(tmp_path / "out").eval()
    words = AutoTokenizer.from_pretrained(tmp_path / "out")
    for row, shown in zip(read_questions(test).rows, card.predictions, strict=True):
        read = words(*row.texts, return_tensors="pt", return_offsets_mapping=True)
        offsets, parts = read.pop("offset_mapping")[0], read.sequence_ids(0)
        with torch.inference_mode():
            output = model(**read)
        begin, end = output.start_logits[0], output.end_logits[0]
        inside = [i for i, part in enumerate(parts) if part == 1]
        pairs = [(float(begin[a] + end[b]), a, b) for a in inside for b in inside if a <= b]
        score, first, last = max(pairs)
        text = row.texts[1][offsets[first][0] : offsets[last][1]]
        none = float(begin[0] + end[0])
        assert shown.prediction == (
            "no answer" if none - score > card.finetune.null_margin else text
        )


def test_a_long_context_is_read_in_windows_and_each_answer_is_whole_in_one(tiny):
    base_model = load_base_model(str(tiny))
    context = " ".join(["the a room"] * 12 + ["glad"] + ["meal walk day"] * 12)
    start = context.index("glad")
    row = Row(1, ("so very", context), (), target=(("glad", start),))
    windows = TASK.encode([row], (), Columns(), base_model, 24)
    assert len(windows) > 3
    found = [
        context[starts[first] : ends[last]]
        for starts, ends, first, last in zip(
            windows.ragged["starts"], windows.ragged["ends"], windows.fixed["first"],
            windows.fixed["last"], strict=True,
        )
        if first
    ]  # fmt: skip
    assert found
    assert set(found) == {"glad"}
    seen = {i for s, e in zip(windows.ragged["starts"], windows.ragged["ends"], strict=True)
            for a, b in zip(s, e, strict=True) if a >= 0 for i in range(a, b)}  # fmt: skip
    assert seen == {i for i, letter in enumerate(context) if letter != " "}


def test_the_loss_is_that_of_transformers(tiny):
    base_model, spec = (
        load_base_model(str(tiny)),
        FinetuneSpec(task="question-answering", labels=()),
    )
    rows = [
        Row(1, ("so very", "the glad room"), (), target=(("glad", 4),)),
        Row(2, ("so very", "the room a meal walk"), (), target=()),
    ]
    batch = TASK.encode(rows, (), Columns(), base_model, 24).batch([0, 1])
    arrays = {name: torch.from_numpy(array) for name, array in batch.items()}
    network = FinetuneModule(TASK.build_model(base_model, spec), spec, TASK.loss).eval()
    ours = network.losses(arrays, arrays)["loss"]
    read = {name: arrays[name] for name in ("input_ids", "attention_mask")}
    theirs = network.model.model(
        **read, start_positions=arrays["first"], end_positions=arrays["last"]
    ).loss
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(
    ("output", "right", "em", "measure"),
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
def test_measures_by_hand(output, right, em, measure):
    assert exact_match(output, right) == em
    assert f1(output, right) == pytest.approx(measure)


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
    learn, choose = train_dev_split(read_questions(path), 0, group_key=TASK.group_key)
    assert {row.texts[1] for row in learn.rows}.isdisjoint(row.texts[1] for row in choose.rows)
    assert 10 <= len(choose.rows) <= 30


def test_misplaced_answers_are_located_and_missing_ones_reported(tmp_path):
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
    assert [row.target for row in found.rows] == [(("warm", 5),), (("day", 11),), (("warm", 5),)]
    assert found.notes == (
        "1 question whose answer is not in the context, left out (number 2)",
        "1 question with some answers that are not in the context, these left out (number 4)",
        "1 question whose answer begins elsewhere than the file says (number 1)",
    )


def test_rows_of_a_table_are_questions_too(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("question,context,answer\nwho,Mia came,Mia\nwhen,Mia came,\n")
    found = read_questions(path)
    assert [row.target for row in found.rows] == [(("Mia", 0),), ()]
    with pytest.raises(DataError, match="lacks 'context'"):
        (tmp_path / "x.csv").write_text("question,answer\nwho,Mia\n")
        read_questions(tmp_path / "x.csv")
    (tmp_path / "x.json").write_text('{"rows": []}')
    with pytest.raises(DataError, match=r"x\.json is empty"):
        read_questions(tmp_path / "x.json")


QA = {"question": "who", "answers": {"text": ["Mia"], "answer_start": [2]}}


@pytest.mark.parametrize(
    "layout",
    [
        {"data": [{"context": "  Mia came", **QA}]},
        [{"context": "  Mia came", **QA}],
        [{"paragraphs": [{"context": "  Mia came", "qas": [QA]}]}],
        [{"context": "  Mia came", "qas": [QA]}],
        {"data": [{"title": "t", "paragraphs": [{"context": "  Mia came", "qas": [QA]}]}]},
        {"question": ["who"], "context": ["  Mia came"], "answers": [QA["answers"]]},
    ],
)
def test_every_layout_of_squad_is_read_with_the_positions_of_the_file(tmp_path, layout):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(layout))
    data = read_questions(path)
    assert [(row.texts, row.target) for row in data.rows] == [
        (("who", "  Mia came"), (("Mia", 2),))
    ]
    assert not any("elsewhere" in note for note in data.notes)
    lines = tmp_path / "rows.jsonl"
    lines.write_text(json.dumps({"context": "  Mia came", **QA}) + "\n")
    assert read_questions(lines).rows[0].target == (("Mia", 2),)


def test_impossible_questions_and_wrong_positions_are_counted(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [
        {"context": "Mia came", "question": "a", "answers": [{"text": "Mia", "answer_start": -1}]},
        {"context": "Mia came", "question": "b", "answers": [], "is_impossible": True},
        {"context": "Mia came", "question": "c", "answers": ["Mia"], "is_impossible": True},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    data = read_questions(path)
    assert [row.target for row in data.rows] == [(("Mia", 0),), (), ()]
    assert data.notes == (
        "1 question whose answer begins elsewhere than the file says (number 1)",
        "1 question marked as impossible, whose answers are not read (number 3)",
        "2 questions without an answer",
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": ["x"]}, "question 1 has no text 'question'"),
        ({"context": None}, "question 1 has no text 'context'"),
        ({"answers": [{"text": 7, "answer_start": 0}]}, "an answer is a text, found 7"),
        ({"answers": [{"text": "Mia", "answer_start": "\n"}]}, "an answer begins at .*a number"),
        ({"is_impossible": [1]}, "'is_impossible' is .* expected true or false"),
        ({"answers": {"text": ["Mia"], "answer_start": [0, 1]}}, "other than as many positions"),
    ],
)
def test_a_question_of_the_wrong_kind_is_named(tmp_path, change, message):
    path = tmp_path / "rows.json"
    question = {"question": "who", "answers": [], **change}
    paragraph = {"context": change.get("context", "Mia came"), "qas": [question]}
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    with pytest.raises(DataError, match=message):
        read_questions(path)


def test_spaces_around_an_answer_are_no_part_of_it_and_unlabeled_questions_are_kept(tmp_path):
    path = tmp_path / "rows.json"
    told = [
        {"question": "a", "answers": [{"text": " warm", "answer_start": 4}]},
        {"question": "b", "answers": [{"text": "absent"}]},
    ]
    paragraph = {"context": "day: warm, day", "qas": told}
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    found = read_questions(path)
    assert [row.target for row in found.rows] == [(("warm", 5),)]
    assert len(found.notes) == 1
    assert len(read_questions(path, labeled=False).rows) == 2


def test_questions_on_a_single_paragraph_need_dev_rows(tmp_path, tiny):
    asked = [{"question": word, "answers": [{"text": word}]} for word in ("warm", "day")]
    paragraph = {"context": "warm day", "qas": asked}
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    with pytest.raises(DataError, match="too few to split off dev rows; give dev rows"):
        run_finetune(tiny, path, tmp_path / "out")
