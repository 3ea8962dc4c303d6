"""From rows to a saved model: what is saved is what was scored, even after interruptions."""

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

from upwell.data.labeled import Columns, Row
from upwell.errors import DataError, ModelError, SpecError
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters, default_recipe
from upwell.finetune.methods import run
from upwell.finetune.pipeline import finetune
from upwell.finetune.predictor import Predictor
from upwell.finetune.saving import read_model_card
from upwell.models.protocols import LM

from .tiny_models import KINDS, encoder, reviews

FAST = FinetuneHyperparameters(epochs=3, learning_rate=2e-3)


def run_finetune(model: Path, data: Path, out: Path, method: str, **more):
    config = FinetuneConfig(
        model=str(model), data=data, method=method, hyperparameters=FAST, **more
    )
    return finetune(config, out, lambda line: None, lambda *entry: None)


def logits_of(folder: Path, texts: list[str]) -> torch.Tensor:
    """Logits by transformers alone."""
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return model(**tokenizer(texts, padding=True, return_tensors="pt")).logits


def weights(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["linear", "full", "lora"])
def test_transformers_reproduces_the_scored_predictions(tmp_path, kind, method):
    model = encoder(tmp_path / "model", kind)
    data, test = reviews(tmp_path / "rows.csv", 60, 0), reviews(tmp_path / "test.csv", 40, 1)
    card = run_finetune(model, data, tmp_path / "out", method, test=test)
    rows = card.predictions
    logits = logits_of(tmp_path / "out", [row.text for row in rows])
    temperature = card.calibration.temperature
    probs = (logits / temperature).softmax(-1)
    predicted = [card.finetune.labels[i] for i in probs.argmax(-1).tolist()]
    assert predicted == [row.prediction for row in rows]
    expected = torch.tensor([row.probability for row in rows])
    torch.testing.assert_close(probs.max(-1).values, expected, atol=2e-3, rtol=0)
    assert card.ref.weights_sha256 == weights(tmp_path / "out")
    assert card.ref.created_by == "finetune"
    assert card.finetune.method == method


def test_the_method_with_the_best_dev_score_is_saved(tmp_path, tiny):
    data, test = reviews(tmp_path / "rows.csv", 200, 0), reviews(tmp_path / "test.csv", 100, 1)
    card = run_finetune(tiny, data, tmp_path / "out", "auto", test=test)
    head, full = card.candidates
    preferred = max((head, full), key=lambda one: (one.score, -one.loss))
    assert card.finetune.method == preferred.method
    assert card.scores[0].value > 0.85


def test_random_labels_give_chance_accuracy(tmp_path, tiny):
    lines = (reviews(tmp_path / "rows.csv", 100, 0)).read_text().splitlines()
    rng = np.random.default_rng(0)
    shuffled = [f"{line.rpartition(',')[0]},{rng.choice(['good', 'bad'])}" for line in lines[1:]]
    (tmp_path / "noise.csv").write_text("\n".join([lines[0], *shuffled]))
    test = reviews(tmp_path / "test.csv", 100, 1)
    card = run_finetune(tiny, tmp_path / "noise.csv", tmp_path / "out", "linear", test=test)
    assert card.scores[0].value < 0.75


def test_an_interrupted_run_gives_the_same_weights(tmp_path, tiny, monkeypatch):
    def eager(*args, **more):
        recipe, spec = default_recipe(*args, **more)
        return replace(recipe, checkpoint_seconds=0.0), spec

    monkeypatch.setattr(run, "default_recipe", eager)
    monkeypatch.setattr("upwell.train.trainer.SNAPSHOT_STEPS", 4)
    monkeypatch.setattr("upwell.train.trainer.LOG_EVERY", 3)
    data = reviews(tmp_path / "rows.csv", 120, 0)
    run_finetune(tiny, data, tmp_path / "calm", "full")
    stops, seen = 0, 0

    class Stop(Exception):
        pass

    def stop(entry, steps, rows):
        nonlocal seen
        seen += 1
        if seen % 3 == 2:
            raise Stop

    config = FinetuneConfig(model=str(tiny), data=data, method="full", hyperparameters=FAST)
    while True:
        try:
            finetune(config, tmp_path / "stopped", lambda line: None, stop)
            break
        except Stop:
            stops += 1
            assert stops < 40
    assert stops > 2
    assert weights(tmp_path / "stopped") == weights(tmp_path / "calm")
    one, other = read_model_card(tmp_path / "stopped"), read_model_card(tmp_path / "calm")
    assert one.ref == other.ref
    assert one.scores == other.scores
    assert one.predictions == other.predictions


def test_a_classifier_is_an_lm(tmp_path, tiny):
    run_finetune(tiny, reviews(tmp_path / "rows.csv", 80, 0), tmp_path / "out", "linear")
    predictor = Predictor.from_pretrained(tmp_path / "out")
    lm = predictor.as_lm()
    assert isinstance(lm, LM)
    assert lm.generate(["warm bright day", "cold grim day"], 1, None) == ["good", "bad"]
    good, bad = lm.token_logprobs([("warm bright day", " good"), ("warm bright day", "bad")])
    assert np.exp(good[0]) + np.exp(bad[0]) == pytest.approx(1, abs=1e-5)
    predicted = predictor([Row(1, ("warm bright day",), ())])[0]
    assert predicted["probability"] == pytest.approx(np.exp(good[0]), abs=1e-5)
    with pytest.raises(ModelError, match=r"2 labels and not 'goods'; did you mean 'good'"):
        lm.token_logprobs([("warm bright day", "goods")])


def test_lora_trains_few_parameters_and_peft_loads_them(tmp_path, tiny):
    from peft import PeftModel
    from transformers import AutoModel

    data = reviews(tmp_path / "rows.csv", 60, 0)
    card = run_finetune(tiny, data, tmp_path / "out", "lora")
    whole = sum(p.numel() for p in AutoModel.from_pretrained(tiny).parameters())
    assert card.candidates[1].trainable_params < whole
    base = AutoModel.from_pretrained(tiny, add_pooling_layer=False)
    with warnings.catch_warnings():
        # peft uses deprecated names of transformers.
        warnings.simplefilter("ignore", FutureWarning)
        merged = PeftModel.from_pretrained(base, tmp_path / "out" / "adapter").merge_and_unload()
    saved = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    name = "encoder.layer.0.attention.self.query.weight"
    torch.testing.assert_close(merged.get_parameter(name), saved.bert.get_parameter(name))
    base_weight = AutoModel.from_pretrained(tiny).get_parameter(name)
    assert not torch.allclose(saved.bert.get_parameter(name), base_weight)


def test_multilabel_rows_are_predicted_as_lists(tmp_path, tiny):
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
    card = run_finetune(tiny, path, tmp_path / "out", "full", columns=Columns(label_separator=","))
    assert {score.metric for score in card.scores} == {"accuracy", "macro_f1", "micro_f1"}
    assert card.scores[2].value > 0.85
    predicted = Predictor.from_pretrained(tmp_path / "out")(
        [Row(1, ("warm kind cold grim the",), ())]
    )[0]
    assert isinstance(predicted["prediction"], list)


def test_pairs_of_texts_are_encoded_together(tmp_path, tiny):
    lines = ["sentence1,sentence2,label"]
    rows = reviews(tmp_path / "a.csv", 160, 5).read_text().splitlines()[1:]
    for a, b in zip(rows[::2], rows[1::2], strict=True):
        lines.append(f"{a.split(',')[0]},{b.split(',')[0]},first")
        lines.append(f"{b.split(',')[0]},{a.split(',')[0]},second")
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    card = run_finetune(tiny, tmp_path / "pairs.csv", tmp_path / "out", "full")
    assert card.text_columns == ("sentence1", "sentence2")
    predicted = Predictor.from_pretrained(tmp_path / "out")(
        [Row(1, ("warm kind", "cold grim"), ())]
    )[0]
    assert predicted["text"] == ["warm kind", "cold grim"]
    assert sum(predicted["probabilities"].values()) == pytest.approx(1)


def test_planted_label_errors_are_reported_and_correct_labels_are_not(tmp_path, tiny):
    data = reviews(tmp_path / "rows.csv", 400, 0, wrong=6)
    issues = run_finetune(tiny, data, tmp_path / "out", "linear").label_issues
    planted = set(range(2, 8))
    assert planted & {one.line for one in issues}
    clean = reviews(tmp_path / "clean.csv", 400, 0)
    assert not planted & {
        one.line for one in run_finetune(tiny, clean, tmp_path / "o2", "linear").label_issues
    }


def test_mistakes_raise_before_training(tmp_path, tiny):
    data = reviews(tmp_path / "rows.csv", 20, 0)
    with pytest.raises(SpecError, match=r"no method 'ful'.*did you mean 'full'"):
        FinetuneConfig(model=str(tiny), data=data, method="ful")
    with pytest.raises(
        SpecError, match=r"no task 'text-clasification'.*did you mean 'text-classification'"
    ):
        run_finetune(tiny, data, tmp_path / "out", "linear", task="text-clasification")
    with pytest.raises(ModelError, match="neither a folder nor an installed package"):
        run_finetune(tmp_path / "nowhere", data, tmp_path / "out", "linear")
    (tmp_path / "test.csv").write_text("text,label\nwarm day,god\n")
    with pytest.raises(DataError, match="has the label 'god', which no training row has"):
        run_finetune(tiny, data, tmp_path / "out", "linear", test=tmp_path / "test.csv")
    with pytest.raises(ModelError, match="it is not a fine-tuned model"):
        Predictor.from_pretrained(tiny)
