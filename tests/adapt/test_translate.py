"""One text of another: learnt, scored as sacrebleu scores, and shipped as transformers loads it."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, T5Config, T5ForConditionalGeneration

from upwell.adapt.adapting import adapt
from upwell.adapt.given import given
from upwell.adapt.network import Adapting
from upwell.adapt.overlaps import chrf_and_bleu, rouge_l
from upwell.adapt.predicting import Predictor
from upwell.adapt.recipes import Dials
from upwell.adapt.tasks import translate
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Columns, Row, read_pairs
from upwell.errors import DataError, ModelError
from upwell.records import Adapt

from .tiny import BAD, FILL, GOOD, words


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("t5") / "tiny-t5"
    torch.manual_seed(0)
    T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(words()), d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2,
            decoder_start_token_id=0, pad_token_id=0, eos_token_id=3, dropout_rate=0.0,
        )
    ).save_pretrained(folder)  # fmt: skip
    words().save_pretrained(folder)
    return folder


def opposites(path: Path, rows: int, seed: int) -> Path:
    """Good words become bad ones, in the same places."""
    dice, turn = random.Random(seed), dict(zip(GOOD, BAD, strict=True))
    lines = ["source,target"]
    for _ in range(rows):
        said = dice.choices([*GOOD, *FILL[:3]], k=dice.randint(2, 4))
        lines.append(f"{' '.join(said)},{' '.join(turn.get(word, word) for word in said)}")
    path.write_text("\n".join(lines) + "\n")
    return path


def carried_out(model, data, out, task="translate", **more):
    dials = Dials(rounds=more.pop("rounds", 2), rate=5e-3, batch=16)
    wanted = Wanted(model=str(model), data=data, task=task, dials=dials, **more)
    return adapt(wanted, out, lambda line: None, lambda *moment: None)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_the_folder_says_in_transformers_what_was_measured(tmp_path, t5, method):
    data = opposites(tmp_path / "rows.csv", 80, 0)
    test = opposites(tmp_path / "test.csv", 12, 1)
    made = carried_out(t5, data, tmp_path / "out", method=method, test=test)
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "out").eval()
    reader = AutoTokenizer.from_pretrained(tmp_path / "out")
    shown = reader([row.text for row in made.rows], padding=True, return_tensors="pt")
    with torch.inference_mode():
        said = model.generate(
            input_ids=shown.input_ids, attention_mask=shown.attention_mask, num_beams=4,
            max_new_tokens=made.adapt.length, do_sample=False,
        )  # fmt: skip
    assert reader.batch_decode(said, skip_special_tokens=True) == [row.said for row in made.rows]
    assert [score.metric for score in made.scores] == ["chrf", "bleu"]
    assert made.calibration is None
    assert made.tried[0].rounds


def test_it_learns_to_translate(tmp_path, t5):
    data = opposites(tmp_path / "rows.csv", 400, 0)
    test = opposites(tmp_path / "test.csv", 40, 1)
    made = carried_out(t5, data, tmp_path / "out", test=test, rounds=8)
    assert made.scores[0].value > 0.6
    said = Predictor(tmp_path / "out")([Row(1, ("bright warm",), ())])[0]
    assert said["text"] == "bright warm"
    assert said["probability"] is None


def test_the_loss_is_that_of_transformers(t5):
    rows = [Row(1, ("bright day",), (), "cold day"), Row(2, ("warm",), (), "harsh a room walk")]
    reading = given(str(t5))
    batch = translate.encode(rows, (), Columns(), reading, 16).batch([0, 1])
    arrays = {name: torch.from_numpy(array) for name, array in batch.items()}
    told = Adapt(task="translate", labels=())
    network = Adapting(translate.body(reading, told), told, translate.loss).eval()
    ours = network.losses(arrays, arrays)["loss"]
    theirs = AutoModelForSeq2SeqLM.from_pretrained(t5).eval()(**arrays).loss
    torch.testing.assert_close(ours, theirs)
    parts = [network.losses({n: a[i : i + 1] for n, a in arrays.items()}, arrays) for i in (0, 1)]
    torch.testing.assert_close(parts[0]["loss"] + parts[1]["loss"], theirs)


def test_scores_are_those_of_sacrebleu():
    from sacrebleu import corpus_bleu, corpus_chrf

    dice = np.random.default_rng(0)
    lines = [" ".join(dice.choice(FILL, 8)) for _ in range(30)]
    noisy = [" ".join(w for w in line.split() if dice.random() > 0.2) for line in lines]
    chrf, bleu = chrf_and_bleu(noisy, lines)
    assert chrf.value == pytest.approx(corpus_chrf(noisy, [lines]).score / 100)
    assert bleu.value == pytest.approx(corpus_bleu(noisy, [lines]).score / 100)
    assert chrf.low < chrf.value < chrf.high
    chinese = ["我们去公园散步", "今天天气很好"]
    _, bleu = chrf_and_bleu(["我们去公园走路", "今天天气好"], chinese)
    expected = corpus_bleu(["我们去公园走路", "今天天气好"], [chinese], tokenize="zh").score
    assert bleu.value == pytest.approx(expected / 100)


def test_rouge_l_by_hand():
    assert rouge_l("police killed the gunman", "police kill the gunman") == pytest.approx(0.75)
    assert rouge_l("the gunman kill police", "police kill the gunman") == pytest.approx(0.5)
    assert rouge_l("今天天气好", "今天天气很好") == pytest.approx(2 * 5 / 11)
    assert rouge_l("", "word") == 0
    assert rouge_l("…", "…") == 1


def test_summaries_choose_by_rouge(tmp_path, t5):
    data = opposites(tmp_path / "rows.csv", 60, 0)
    data.write_text(data.read_text().replace("source,target", "document,summary"))
    made = carried_out(t5, data, tmp_path / "out", task="summarise", rounds=1)
    assert [score.metric for score in made.scores] == ["rouge_l"]


def test_columns_are_found_or_asked_for(tmp_path):
    path = tmp_path / "rows.tsv"
    path.write_text("id\ten\tzh\n1\tgood day\t你好\n2\tbad day\t\n")
    found = read_pairs(path, Columns())
    assert (found.columns.texts, found.columns.label) == (("en",), "zh")
    assert [row.truth for row in found.rows] == ["你好", None]
    told = read_pairs(path, Columns(texts=("zh",), label="en"))
    assert told.rows[0].texts == ("你好",)
    with pytest.raises(DataError, match="has no column 'eng'"):
        read_pairs(path, Columns(texts=("eng",), label="zh"))
    (tmp_path / "three.csv").write_text("text,a,b\n1,2,3\n")
    with pytest.raises(DataError, match="name them with --text and --label"):
        read_pairs(tmp_path / "three.csv", Columns())


def test_a_model_that_makes_no_text_is_refused(tmp_path, tiny):
    data = opposites(tmp_path / "rows.csv", 20, 0)
    with pytest.raises(ModelError, match="makes no text of a text"):
        carried_out(tiny, data, tmp_path / "out")


def test_no_head_can_be_fitted(tmp_path, t5):
    from upwell.errors import SpecError

    data = opposites(tmp_path / "rows.csv", 20, 0)
    with pytest.raises(SpecError, match="no head that is fitted"):
        carried_out(t5, data, tmp_path / "out", method="head")
