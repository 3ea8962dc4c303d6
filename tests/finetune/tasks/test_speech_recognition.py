"""Speech to text: transcripts are learned, measured by hand's rules, and shipped."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoFeatureExtractor, AutoModelForCTC, AutoTokenizer

from upwell.data.labeled import Columns, Row
from upwell.errors import DataError
from upwell.finetune.base_model import load_base_model
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.inputs.audio import load_audio
from upwell.finetune.pipeline import finetune
from upwell.finetune.tasks import speech_recognition
from upwell.finetune.tasks.speech_recognition import SpeechRecognition
from upwell.metrics.sequences import edit_distance
from upwell.metrics.wer import split_words, wer_and_cer
from upwell.records import FinetuneSpec

from ..synthetic_media import RATE, write_wav

TASK = SpeechRecognition()

PITCH = {"a": 400.0, "b": 1400.0, "中": 2600.0}


def talk(folder, rows: int, seed: int):
    """Each character has a pitch; between words there is silence."""
    rng = np.random.default_rng(seed)
    lines = ["path,transcript"]
    for number in range(rows):
        output = "".join(rng.choice(list(PITCH), rng.integers(1, 4)))
        parts = []
        for letter in output:
            time = np.arange(int(0.12 * RATE)) / RATE
            parts += [np.sin(2 * np.pi * PITCH[letter] * time) / 2, np.zeros(int(0.05 * RATE))]
        signal = np.concatenate(parts) + 0.02 * rng.normal(size=sum(map(len, parts)))
        write_wav(folder / f"{number}.wav", signal)
        lines.append(f"{number}.wav,{output}")
    (folder / "list.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "list.csv"


def run_finetune(data, out, epochs=1, **more):
    hyperparameters = FinetuneHyperparameters(
        epochs=epochs, learning_rate=3e-3, augment=False, batch_size=8
    )
    config = FinetuneConfig(
        model="conformer-tiny",
        data=data,
        task="speech-recognition",
        hyperparameters=hyperparameters,
        **more,
    )
    return finetune(config, out, lambda line: None, lambda *moment: None)


def test_it_learns_to_transcribe_and_transformers_gives_its_transcripts(tmp_path):
    data, test = talk(tmp_path / "train", 64, 0), talk(tmp_path / "test", 12, 1)
    card = run_finetune(data, tmp_path / "out", epochs=40, test=test)
    assert [one.metric for one in card.scores] == ["character_error_rate", "word_error_rate"]
    assert card.scores[0].value < 0.4
    model = AutoModelForCTC.from_pretrained(tmp_path / "out").eval()
    extractor = AutoFeatureExtractor.from_pretrained(tmp_path / "out")
    reader = AutoTokenizer.from_pretrained(tmp_path / "out")
    base_model = load_base_model(str(tmp_path / "out"), "audio")
    for number, row in enumerate(card.predictions):
        path = tmp_path / "test" / row.text
        (signal,) = load_audio([Row(1, (str(path),), ())], base_model)
        shown = extractor(
            signal[: card.finetune.max_length],
            sampling_rate=extractor.sampling_rate,
            return_tensors="pt",
        )
        with torch.inference_mode():
            output = model(**shown).logits.argmax(-1)[0]
        assert reader.decode(output).strip() == row.prediction, number


def test_the_loss_is_that_of_transformers(tmp_path):
    data = talk(tmp_path / "train", 20, 0)
    run_finetune(data, tmp_path / "out")
    base_model, spec = (
        load_base_model(str(tmp_path / "out"), "audio"),
        FinetuneSpec(task="speech-recognition", labels=()),
    )
    rows = TASK.read(data, Columns()).rows[:3]
    encoded = TASK.encode(rows, (), Columns(), base_model, 20_000)
    arrays = {name: torch.from_numpy(a) for name, a in encoded.batch([0, 1, 2]).items()}
    body = TASK.load_model(base_model)
    ours = TASK.loss(body(arrays), arrays, arrays, spec)["loss"]
    body.model.config.ctc_loss_reduction = "sum"
    theirs = body.model(**arrays).loss
    count = (arrays["labels"] >= 0).sum()
    torch.testing.assert_close(ours, theirs / count, rtol=1e-4, atol=1e-4)


def test_a_transcript_that_cannot_fit_is_refused_before_training(tmp_path):
    data = talk(tmp_path / "train", 6, 0)
    lines = data.read_text().splitlines()
    data.write_text("\n".join([*lines, f"0.wav,{'ab' * 200}"]) + "\n")
    with pytest.raises(DataError, match=r"0\.wav has \d+ frames, and its transcript"):
        run_finetune(data, tmp_path / "out")


def test_characters_that_a_model_lacks_are_named(tmp_path):
    data = talk(tmp_path / "train", 6, 0)
    run_finetune(data, tmp_path / "out")
    base_model = load_base_model(str(tmp_path / "out"), "audio")
    row = Row(1, (str(tmp_path / "train" / "0.wav"),), (), target="aü", file_sha256="x")
    with pytest.raises(DataError, match="the model has no 'ü'"):
        TASK.encode([row], (), Columns(), base_model, 20_000)


@pytest.mark.parametrize(
    ("heard_", "output", "count"),
    [("", "", 0), ("abc", "abc", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)],
)
def test_edits_by_hand(heard_, output, count):
    assert edit_distance(heard_, output) == count
    assert edit_distance(output, heard_) == count


def test_error_rates_by_hand():
    characters, by_word = wer_and_cer(["the cat sat", "今天"], ["the cat sat down", "今天好"])
    assert by_word.value == pytest.approx(2 / 7)
    assert characters.value == pytest.approx(6 / 19)
    assert split_words("say 今天 now") == ["say", "今", "天", "now"]


def test_edits_keep_the_rules_of_a_distance():
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, b, c = ("".join(rng.choice(list("ab "), rng.integers(0, 7))) for _ in range(3))
        assert edit_distance(a, b) == edit_distance(b, a) <= max(len(a), len(b))
        assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
        assert (edit_distance(a, b) == 0) == (a == b)


def test_the_blank_is_where_the_model_has_it(tmp_path):
    data = talk(tmp_path / "train", 20, 0)
    run_finetune(data, tmp_path / "out")
    base_model, spec = (
        load_base_model(str(tmp_path / "out"), "audio"),
        FinetuneSpec(task="speech-recognition", labels=()),
    )
    encoded = TASK.encode(TASK.read(data, Columns()).rows[:3], (), Columns(), base_model, 20_000)
    arrays = {name: torch.from_numpy(a) for name, a in encoded.batch([0, 1, 2]).items()}
    body = TASK.load_model(base_model)
    output = body(arrays)
    last = output.logits.shape[-1] - 1
    # The blank's place and the last one's exchanged, in the logits and in the labels.
    turned = output.logits.clone()
    turned[..., [0, last]] = output.logits[..., [last, 0]]
    moved = {**arrays, "labels": torch.where(arrays["labels"] == last, 0, arrays["labels"])}
    other = speech_recognition.CTCOutput(turned, output.lengths, last)
    found = TASK.loss(other, moved, moved, spec)["loss"]
    torch.testing.assert_close(found, TASK.loss(output, arrays, arrays, spec)["loss"])
    body.model.config.pad_token_id = last
    assert body(arrays).pad_id == last


def test_case_does_not_count_if_a_model_has_capitals_only():
    heard, rows = (
        [speech_recognition.Transcript("HELLO", True)],
        [Row(1, ("a.wav",), (), target="hello")],
    )
    shown = SimpleNamespace(rows=rows)
    assert [one.value for one in TASK.compute_metrics(heard, shown, None, False)] == [
        0.0,
        0.0,
    ]
    assert TASK.scored_rows(heard, shown, None, False)[0].score == 1.0
    other = [speech_recognition.Transcript("HELLO", False)]
    assert TASK.compute_metrics(other, shown, None, False)[0].value == 1.0
