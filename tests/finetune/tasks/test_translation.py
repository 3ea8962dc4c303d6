"""Translation and summarization: scored as sacrebleu, and saved as transformers loads them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, T5Config, T5ForConditionalGeneration

from upwell.data.labeled import Columns, Row, read_pairs
from upwell.errors import DataError, ModelError
from upwell.finetune.base_model import load_base_model
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.modeling.network import FinetuneModule
from upwell.finetune.pipeline import finetune
from upwell.finetune.predictor import Predictor
from upwell.finetune.tasks.translation import Translation
from upwell.metrics.text_overlap import chrf_and_bleu, rouge_l
from upwell.records import FinetuneSpec

from ..tiny_models import BAD, FILL, GOOD, build_tokenizer

TASK = Translation()


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("t5") / "tiny-t5"
    torch.manual_seed(0)
    T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(build_tokenizer()), d_model=32, d_kv=16, d_ff=64, num_layers=2,
            num_heads=2, decoder_start_token_id=0, pad_token_id=0, eos_token_id=3, dropout_rate=0.0,
        )
    ).save_pretrained(folder)  # fmt: skip
    build_tokenizer().save_pretrained(folder)
    return folder


def opposites(path: Path, rows: int, seed: int) -> Path:
    """Good words become bad ones, in the same places."""
    rng, turn = random.Random(seed), dict(zip(GOOD, BAD, strict=True))
    lines = ["source,target"]
    for _ in range(rows):
        output = rng.choices([*GOOD, *FILL[:3]], k=rng.randint(2, 4))
        lines.append(f"{' '.join(output)},{' '.join(turn.get(word, word) for word in output)}")
    path.write_text("\n".join(lines) + "\n")
    return path


def run_finetune(model, data, out, task="translation", **more):
    hyperparameters = FinetuneHyperparameters(
        epochs=more.pop("epochs", 2), learning_rate=5e-3, batch_size=16
    )
    config = FinetuneConfig(
        model=str(model), data=data, task=task, hyperparameters=hyperparameters, **more
    )
    return finetune(config, out, lambda line: None, lambda *moment: None)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_transformers_generates_the_predictions_from_the_folder(tmp_path, t5, method):
    data = opposites(tmp_path / "rows.csv", 80, 0)
    test = opposites(tmp_path / "test.csv", 12, 1)
    card = run_finetune(t5, data, tmp_path / "out", method=method, test=test)
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "out").eval()
    reader = AutoTokenizer.from_pretrained(tmp_path / "out")
    shown = reader([row.text for row in card.predictions], padding=True, return_tensors="pt")
    with torch.inference_mode():
        output = model.generate(
            input_ids=shown.input_ids, attention_mask=shown.attention_mask, num_beams=4,
            max_new_tokens=card.finetune.max_length, do_sample=False,
        )  # fmt: skip
    assert reader.batch_decode(output, skip_special_tokens=True) == [
        row.prediction for row in card.predictions
    ]
    assert [score.metric for score in card.scores] == ["chrf", "bleu"]
    assert card.calibration is None
    assert card.candidates[0].epoch_scores


def test_it_learns_to_translate(tmp_path, t5):
    data = opposites(tmp_path / "rows.csv", 400, 0)
    test = opposites(tmp_path / "test.csv", 40, 1)
    card = run_finetune(t5, data, tmp_path / "out", test=test, epochs=8)
    assert card.scores[0].value > 0.6
    output = Predictor.from_pretrained(tmp_path / "out")([Row(1, ("bright warm",), ())])[0]
    assert output["text"] == "bright warm"
    assert output["probability"] is None


def test_the_loss_is_that_of_transformers(t5):
    rows = [Row(1, ("bright day",), (), "cold day"), Row(2, ("warm",), (), "harsh a room walk")]
    base_model = load_base_model(str(t5))
    batch = TASK.encode(rows, (), Columns(), base_model, 16).batch([0, 1])
    arrays = {name: torch.from_numpy(array) for name, array in batch.items()}
    spec = FinetuneSpec(task="translation", labels=())
    network = FinetuneModule(TASK.build_model(base_model, spec), spec, TASK.loss).eval()
    ours = network.losses(arrays, arrays)["loss"]
    theirs = AutoModelForSeq2SeqLM.from_pretrained(t5).eval()(**arrays).loss
    torch.testing.assert_close(ours, theirs)
    parts = [network.losses({n: a[i : i + 1] for n, a in arrays.items()}, arrays) for i in (0, 1)]
    torch.testing.assert_close(parts[0]["loss"] + parts[1]["loss"], theirs)


def test_scores_are_those_of_sacrebleu():
    from sacrebleu import corpus_bleu, corpus_chrf

    rng = np.random.default_rng(0)
    lines = [" ".join(rng.choice(FILL, 8)) for _ in range(30)]
    noisy = [" ".join(w for w in line.split() if rng.random() > 0.2) for line in lines]
    chrf, bleu = chrf_and_bleu(noisy, lines)
    assert chrf.value == pytest.approx(corpus_chrf(noisy, [lines]).score / 100)
    assert bleu.value == pytest.approx(corpus_bleu(noisy, [lines]).score / 100)
    assert chrf.interval_low < chrf.value < chrf.interval_high
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


def test_summaries_are_selected_by_rouge(tmp_path, t5):
    data = opposites(tmp_path / "rows.csv", 60, 0)
    data.write_text(data.read_text().replace("source,target", "document,summary"))
    card = run_finetune(t5, data, tmp_path / "out", task="summarization", epochs=1)
    assert [score.metric for score in card.scores] == ["rouge_l"]


def test_columns_are_detected_or_asked_for(tmp_path):
    path = tmp_path / "rows.tsv"
    path.write_text("id\ten\tzh\n1\tgood day\t你好\n2\tbad day\t\n")
    found = read_pairs(path, Columns())
    assert (found.columns.text_columns, found.columns.label_column) == (("en",), "zh")
    assert [row.target for row in found.rows] == ["你好", None]
    told = read_pairs(path, Columns(text_columns=("zh",), label_column="en"))
    assert told.rows[0].texts == ("你好",)
    with pytest.raises(DataError, match="has no column 'eng'"):
        read_pairs(path, Columns(text_columns=("eng",), label_column="zh"))
    (tmp_path / "three.csv").write_text("text,a,b\n1,2,3\n")
    with pytest.raises(DataError, match="name them with --text-column and --label-column"):
        read_pairs(tmp_path / "three.csv", Columns())


def test_a_model_that_is_no_encoder_decoder_is_refused(tmp_path, tiny):
    data = opposites(tmp_path / "rows.csv", 20, 0)
    with pytest.raises(ModelError, match="does not generate a text"):
        run_finetune(tiny, data, tmp_path / "out")


def test_the_linear_method_is_refused(tmp_path, t5):
    from upwell.errors import SpecError

    data = opposites(tmp_path / "rows.csv", 20, 0)
    with pytest.raises(SpecError, match="has no linear head"):
        run_finetune(t5, data, tmp_path / "out", method="linear")
