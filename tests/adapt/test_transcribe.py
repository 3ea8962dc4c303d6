"""Speech to text: what was said is learnt, measured by hand's rules, and shipped."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoFeatureExtractor, AutoModelForCTC, AutoTokenizer

from upwell.adapt.adapting import adapt
from upwell.adapt.given import given
from upwell.adapt.hearing import heard
from upwell.adapt.misheard import edits, error_rates, words
from upwell.adapt.recipes import Dials
from upwell.adapt.tasks import transcribe
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Columns, Row
from upwell.errors import DataError
from upwell.records import Adapt

from .tones import RATE, written

PITCH = {"a": 400.0, "b": 1400.0, "中": 2600.0}


def talk(folder, rows: int, seed: int):
    """Each character has a pitch; between words there is silence."""
    dice = np.random.default_rng(seed)
    lines = ["path,transcript"]
    for number in range(rows):
        said = "".join(dice.choice(list(PITCH), dice.integers(1, 4)))
        parts = []
        for letter in said:
            time = np.arange(int(0.12 * RATE)) / RATE
            parts += [np.sin(2 * np.pi * PITCH[letter] * time) / 2, np.zeros(int(0.05 * RATE))]
        signal = np.concatenate(parts) + 0.02 * dice.normal(size=sum(map(len, parts)))
        written(folder / f"{number}.wav", signal)
        lines.append(f"{number}.wav,{said}")
    (folder / "list.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "list.csv"


def carried_out(data, out, rounds=1, **more):
    dials = Dials(rounds=rounds, rate=3e-3, augment=False, batch=8)
    wanted = Wanted(model="transcriber-tiny", data=data, task="transcribe", dials=dials, **more)
    return adapt(wanted, out, lambda line: None, lambda *moment: None)


def test_it_learns_to_write_and_ships_what_it_hears(tmp_path):
    data, test = talk(tmp_path / "train", 64, 0), talk(tmp_path / "test", 12, 1)
    made = carried_out(data, tmp_path / "out", rounds=40, test=test)
    assert [one.metric for one in made.scores] == ["character_error_rate", "word_error_rate"]
    assert made.scores[0].value < 0.4
    model = AutoModelForCTC.from_pretrained(tmp_path / "out").eval()
    extractor = AutoFeatureExtractor.from_pretrained(tmp_path / "out")
    reader = AutoTokenizer.from_pretrained(tmp_path / "out")
    reading = given(str(tmp_path / "out"), "sounds")
    for number, row in enumerate(made.rows):
        path = tmp_path / "test" / row.text
        (signal,) = heard([Row(1, (str(path),), ())], reading)
        shown = extractor(
            signal[: made.adapt.length], sampling_rate=extractor.sampling_rate, return_tensors="pt"
        )
        with torch.inference_mode():
            said = model(**shown).logits.argmax(-1)[0]
        assert reader.decode(said).strip() == row.said, number


def test_the_loss_is_that_of_transformers(tmp_path):
    data = talk(tmp_path / "train", 20, 0)
    carried_out(data, tmp_path / "out")
    reading, told = given(str(tmp_path / "out"), "sounds"), Adapt(task="transcribe", labels=())
    rows = transcribe.read(data, Columns()).rows[:3]
    encoded = transcribe.encode(rows, (), Columns(), reading, 20_000)
    arrays = {name: torch.from_numpy(a) for name, a in encoded.batch([0, 1, 2]).items()}
    body = transcribe.loaded(reading)
    ours = transcribe.loss(body(arrays), arrays, arrays, told)["loss"]
    body.model.config.ctc_loss_reduction = "sum"
    theirs = body.model(**arrays).loss
    count = (arrays["labels"] >= 0).sum()
    torch.testing.assert_close(ours, theirs / count, rtol=1e-4, atol=1e-4)


def test_a_transcript_that_cannot_fit_is_told_before_training(tmp_path):
    data = talk(tmp_path / "train", 6, 0)
    lines = data.read_text().splitlines()
    data.write_text("\n".join([*lines, f"0.wav,{'ab' * 200}"]) + "\n")
    with pytest.raises(DataError, match=r"0\.wav has \d+ frames and is said to hold"):
        carried_out(data, tmp_path / "out")


def test_characters_that_a_model_lacks_are_told(tmp_path):
    data = talk(tmp_path / "train", 6, 0)
    carried_out(data, tmp_path / "out")
    reading = given(str(tmp_path / "out"), "sounds")
    row = Row(1, (str(tmp_path / "train" / "0.wav"),), (), truth="aü", content="x")
    with pytest.raises(DataError, match="the model has no 'ü'"):
        transcribe.encode([row], (), Columns(), reading, 20_000)


@pytest.mark.parametrize(
    ("heard_", "said", "count"),
    [("", "", 0), ("abc", "abc", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)],
)
def test_edits_by_hand(heard_, said, count):
    assert edits(heard_, said) == count
    assert edits(said, heard_) == count


def test_error_rates_by_hand():
    characters, by_word = error_rates(["the cat sat", "今天"], ["the cat sat down", "今天好"])
    assert by_word.value == pytest.approx(2 / 7)
    assert characters.value == pytest.approx(6 / 19)
    assert words("say 今天 now") == ["say", "今", "天", "now"]


def test_edits_keep_the_rules_of_a_distance():
    dice = np.random.default_rng(0)
    for _ in range(200):
        a, b, c = ("".join(dice.choice(list("ab "), dice.integers(0, 7))) for _ in range(3))
        assert edits(a, b) == edits(b, a) <= max(len(a), len(b))
        assert edits(a, c) <= edits(a, b) + edits(b, c)
        assert (edits(a, b) == 0) == (a == b)


def test_the_blank_is_where_the_model_has_it(tmp_path):
    data = talk(tmp_path / "train", 20, 0)
    carried_out(data, tmp_path / "out")
    reading, told = given(str(tmp_path / "out"), "sounds"), Adapt(task="transcribe", labels=())
    encoded = transcribe.encode(
        transcribe.read(data, Columns()).rows[:3], (), Columns(), reading, 20_000
    )
    arrays = {name: torch.from_numpy(a) for name, a in encoded.batch([0, 1, 2]).items()}
    body = transcribe.loaded(reading)
    said = body(arrays)
    last = said.logits.shape[-1] - 1
    # The blank's place and the last one's exchanged, in what is heard and in what is wanted.
    turned = said.logits.clone()
    turned[..., [0, last]] = said.logits[..., [last, 0]]
    moved = {**arrays, "labels": torch.where(arrays["labels"] == last, 0, arrays["labels"])}
    other = transcribe.Framed(turned, said.lengths, last)
    found = transcribe.loss(other, moved, moved, told)["loss"]
    torch.testing.assert_close(found, transcribe.loss(said, arrays, arrays, told)["loss"])
    body.model.config.pad_token_id = last
    assert body(arrays).blank == last


def test_case_says_nothing_where_a_model_has_capitals_alone():
    heard, rows = [transcribe.Heard("HELLO", True)], [Row(1, ("a.wav",), (), truth="hello")]
    shown = SimpleNamespace(rows=rows)
    assert [one.value for one in transcribe.scores(heard, shown, None, False)] == [0.0, 0.0]
    assert transcribe.shown(heard, shown, None, False)[0].score == 1.0
    other = [transcribe.Heard("HELLO", False)]
    assert transcribe.scores(other, shown, None, False)[0].value == 1.0
