"""The act from rows to folder: what ships is what was measured, however often it was stopped."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from upwell.adapt.adapting import adapt
from upwell.adapt.predicting import Predictor
from upwell.adapt.recipes import Dials, learning
from upwell.adapt.shipping import card_of
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Columns, Row
from upwell.errors import DataError, ModelError, SpecError
from upwell.models.answering import Answerer

from .tiny import KINDS, encoder, reviews

FAST = Dials(rounds=3, rate=2e-3)


def carried_out(model: Path, data: Path, out: Path, method: str, **more):
    wanted = Wanted(model=str(model), data=data, method=method, dials=FAST, **more)
    return adapt(wanted, out, lambda line: None, lambda *moment: None)


def logits_of(folder: Path, texts: list[str]) -> torch.Tensor:
    """By transformers alone, nothing of ours in between."""
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    words = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return model(**words(texts, padding=True, return_tensors="pt")).logits


def weights(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["head", "full", "lora"])
def test_the_folder_gives_in_transformers_what_was_measured(tmp_path, kind, method):
    model = encoder(tmp_path / "model", kind)
    data, test = reviews(tmp_path / "rows.csv", 60, 0), reviews(tmp_path / "test.csv", 40, 1)
    made = carried_out(model, data, tmp_path / "out", method, test=test)
    rows = made.rows
    logits = logits_of(tmp_path / "out", [row.text for row in rows])
    heat = made.calibration.temperature
    chances = (logits / heat).softmax(-1)
    said = [made.adapt.labels[i] for i in chances.argmax(-1).tolist()]
    assert said == [row.said for row in rows]
    expected = torch.tensor([row.probability for row in rows])
    torch.testing.assert_close(chances.max(-1).values, expected, atol=2e-3, rtol=0)
    assert made.ref.weights == weights(tmp_path / "out")
    assert made.ref.made_by == "adapt"
    assert made.adapt.method == method


def test_what_the_development_rows_prefer_is_what_ships(tmp_path, tiny):
    data, test = reviews(tmp_path / "rows.csv", 200, 0), reviews(tmp_path / "test.csv", 100, 1)
    made = carried_out(tiny, data, tmp_path / "out", "auto", test=test)
    head, full = made.tried
    preferred = max((head, full), key=lambda one: (one.score, -one.loss))
    assert made.adapt.method == preferred.method
    assert made.scores[0].value > 0.85


def test_rows_whose_labels_say_nothing_are_not_learnt(tmp_path, tiny):
    lines = (reviews(tmp_path / "rows.csv", 100, 0)).read_text().splitlines()
    dice = np.random.default_rng(0)
    shuffled = [f"{line.rpartition(',')[0]},{dice.choice(['good', 'bad'])}" for line in lines[1:]]
    (tmp_path / "noise.csv").write_text("\n".join([lines[0], *shuffled]))
    test = reviews(tmp_path / "test.csv", 100, 1)
    made = carried_out(tiny, tmp_path / "noise.csv", tmp_path / "out", "head", test=test)
    assert made.scores[0].value < 0.75


def test_a_run_that_is_stopped_again_and_again_makes_the_same_weights(tmp_path, tiny, monkeypatch):
    def eager(*asked, **more):
        recipe, adapted = learning(*asked, **more)
        return replace(recipe, checkpoint_seconds=0.0), adapted

    monkeypatch.setattr("upwell.adapt.ways.learning", eager)
    monkeypatch.setattr("upwell.train.trainer.SNAPSHOT_STEPS", 4)
    monkeypatch.setattr("upwell.train.trainer.LINE_STEPS", 3)
    data = reviews(tmp_path / "rows.csv", 120, 0)
    carried_out(tiny, data, tmp_path / "calm", "full")
    stops, seen = 0, 0

    class Stop(Exception):
        pass

    def stop(moment, steps, rows):
        nonlocal seen
        seen += 1
        if seen % 3 == 2:
            raise Stop

    wanted = Wanted(model=str(tiny), data=data, method="full", dials=FAST)
    while True:
        try:
            adapt(wanted, tmp_path / "stopped", lambda line: None, stop)
            break
        except Stop:
            stops += 1
            assert stops < 40
    assert stops > 2
    assert weights(tmp_path / "stopped") == weights(tmp_path / "calm")
    one, other = card_of(tmp_path / "stopped"), card_of(tmp_path / "calm")
    assert one.ref == other.ref
    assert one.scores == other.scores
    assert one.rows == other.rows


def test_the_model_can_be_asked_as_any_other(tmp_path, tiny):
    carried_out(tiny, reviews(tmp_path / "rows.csv", 80, 0), tmp_path / "out", "head")
    predictor = Predictor(tmp_path / "out")
    answerer = predictor.answerer()
    assert isinstance(answerer, Answerer)
    assert answerer.say(["warm bright day", "cold grim day"], 1, None) == ["good", "bad"]
    good, bad = answerer.logprobs([("warm bright day", " good"), ("warm bright day", "bad")])
    assert np.exp(good[0]) + np.exp(bad[0]) == pytest.approx(1, abs=1e-5)
    said = predictor([Row(1, ("warm bright day",), ())])[0]
    assert said["probability"] == pytest.approx(np.exp(good[0]), abs=1e-5)
    with pytest.raises(ModelError, match=r"2 labels and not 'goods'; did you mean 'good'"):
        answerer.logprobs([("warm bright day", "goods")])


def test_lora_learns_few_weights_and_peft_loads_them(tmp_path, tiny):
    from peft import PeftModel
    from transformers import AutoModel

    data = reviews(tmp_path / "rows.csv", 60, 0)
    made = carried_out(tiny, data, tmp_path / "out", "lora")
    whole = sum(p.numel() for p in AutoModel.from_pretrained(tiny).parameters())
    assert made.tried[1].params < whole
    base = AutoModel.from_pretrained(tiny, add_pooling_layer=False)
    with warnings.catch_warnings():
        # peft still asks transformers for names that it has renamed.
        warnings.simplefilter("ignore", FutureWarning)
        merged = PeftModel.from_pretrained(base, tmp_path / "out" / "adapter").merge_and_unload()
    shipped = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    name = "encoder.layer.0.attention.self.query.weight"
    torch.testing.assert_close(merged.get_parameter(name), shipped.bert.get_parameter(name))
    given = AutoModel.from_pretrained(tiny).get_parameter(name)
    assert not torch.allclose(shipped.bert.get_parameter(name), given)


def test_rows_may_have_several_labels(tmp_path, tiny):
    lines = []
    for name in ("good", "bad"):
        rows = reviews(tmp_path / "one.csv", 120, len(name)).read_text().splitlines()[1:]
        texts = [line.split(",")[0] for line in rows if line.endswith(name)]
        lines += [{"text": text, "labels": [name]} for text in texts]
    both = [
        {"text": f"{a['text']} {b['text']}", "labels": ["bad", "good"]}
        for a, b in zip(lines[:60], lines[60:], strict=True)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, [*lines, *both])))
    made = carried_out(tiny, path, tmp_path / "out", "full", columns=Columns(several=","))
    assert {score.metric for score in made.scores} == {"accuracy", "macro_f1", "micro_f1"}
    assert made.scores[2].value > 0.85
    said = Predictor(tmp_path / "out")([Row(1, ("warm kind cold grim the",), ())])[0]
    assert isinstance(said["said"], list)


def test_pairs_of_sentences_are_read_together(tmp_path, tiny):
    lines = ["sentence1,sentence2,label"]
    rows = reviews(tmp_path / "a.csv", 160, 5).read_text().splitlines()[1:]
    for a, b in zip(rows[::2], rows[1::2], strict=True):
        lines.append(f"{a.split(',')[0]},{b.split(',')[0]},first")
        lines.append(f"{b.split(',')[0]},{a.split(',')[0]},second")
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    made = carried_out(tiny, tmp_path / "pairs.csv", tmp_path / "out", "full")
    assert made.texts == ("sentence1", "sentence2")
    said = Predictor(tmp_path / "out")([Row(1, ("warm kind", "cold grim"), ())])[0]
    assert said["text"] == ["warm kind", "cold grim"]
    assert sum(said["probabilities"].values()) == pytest.approx(1)


def test_a_planted_wrong_label_is_suspected_and_others_are_not(tmp_path, tiny):
    data = reviews(tmp_path / "rows.csv", 400, 0, wrong=6)
    suspects = carried_out(tiny, data, tmp_path / "out", "head").suspects
    planted = set(range(2, 8))
    assert planted & {one.line for one in suspects}
    clean = reviews(tmp_path / "clean.csv", 400, 0)
    assert not planted & {
        one.line for one in carried_out(tiny, clean, tmp_path / "o2", "head").suspects
    }


def test_a_mistake_is_told_before_anything_is_learnt(tmp_path, tiny):
    data = reviews(tmp_path / "rows.csv", 20, 0)
    with pytest.raises(SpecError, match=r"no method 'ful'.*did you mean 'full'"):
        Wanted(model=str(tiny), data=data, method="ful")
    with pytest.raises(SpecError, match=r"no task 'clasify'.*did you mean 'classify'"):
        carried_out(tiny, data, tmp_path / "out", "head", task="clasify")
    with pytest.raises(ModelError, match="neither a folder nor an installed package"):
        carried_out(tmp_path / "nowhere", data, tmp_path / "out", "head")
    (tmp_path / "test.csv").write_text("text,label\nwarm day,god\n")
    with pytest.raises(DataError, match="has the label 'god', which no row to learn from has"):
        carried_out(tiny, data, tmp_path / "out", "head", test=tmp_path / "test.csv")
    with pytest.raises(ModelError, match="no folder of an adapted model"):
        Predictor(tiny)
