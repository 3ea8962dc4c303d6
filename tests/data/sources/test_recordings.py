"""Recordings: what a picture of sound shows, and what is refused."""

import wave
from pathlib import Path

import numpy as np
import pytest

from upwell.data import examples, source
from upwell.data.sounds import log_mel, sound
from upwell.errors import DataError, SpecError
from upwell.records import DataSpec

RATE = 8000


def tone(hertz: float, seconds: float = 0.5, rate: int = RATE):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def write(path: Path, signal, rate: int = RATE, width: int = 2, channels: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    scaled = np.round(np.asarray(signal) * (2 ** (8 * width - 1) - 1)).astype("<i4")
    raw = (scaled[:, None] << (8 * (4 - width))).astype("<i4").view("u1").reshape(-1, 4)
    body = (scaled + 128).astype("u1").tobytes() if width == 1 else raw[:, 4 - width :].tobytes()
    with wave.open(str(path), "wb") as opened:
        opened.setnchannels(channels)
        opened.setsampwidth(width)
        opened.setframerate(rate)
        opened.writeframes(body)
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    """Five recordings of a low and of a high tone."""
    for number in range(10):
        hertz, name = ((300, "low"), (2000, "high"))[number % 2]
        write(tmp_path / "tones" / name / f"{number}.wav", tone(hertz + number, 0.2 + number / 100))
    return tmp_path / "tones"


def read(path: Path, split: str = "train", **options):
    spec = DataSpec(source="recordings", split=split, options={"path": str(path), **options})
    return examples(spec, None, 1)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_samples_of_every_width_are_the_same_sound(tmp_path, width) -> None:
    found, rate = sound(write(tmp_path / "a.wav", tone(440), width=width))
    assert rate == RATE and found.dtype == np.float32
    np.testing.assert_allclose(found, tone(440), atol=1.1 / 2 ** (8 * width - 1))


def test_two_channels_are_averaged(tmp_path) -> None:
    both = np.stack([tone(440), -tone(440)], 1).ravel()
    assert np.abs(sound(write(tmp_path / "a.wav", both, channels=2))[0]).max() < 1e-3


def test_a_tone_is_loudest_in_the_band_of_its_frequency() -> None:
    """2595 log10(1 + f/700): 1,000 hertz are about 1,000 mel, 4,000 hertz about 2,146."""
    for hertz in (300, 1000, 2500):
        found = log_mel(tone(hertz).astype(np.float32), RATE, 32, 10)
        mel = 2595 * np.log10(1 + hertz / 700)
        assert found.mean(1).argmax() == pytest.approx(mel / 2146 * 33 - 1, abs=1)
        assert found.shape == (32, 10) and found.max() == 0 and found.min() >= -80


def test_a_class_is_its_folder_and_shows_in_the_picture(folder) -> None:
    found = read(folder, seconds=0.3)
    assert found.classes == ("high", "low") and len(found) == 8
    assert found.rows["image"].shape == (8, 32, 32, 1)
    brightest = found.rows["image"].astype(float).mean((2, 3)).argmax(1)
    high = found.rows["label"] == 0
    assert brightest[high].max() < brightest[~high].min()


def test_what_is_shorter_ends_in_silence(folder) -> None:
    image = read(folder, seconds=2.0).rows["image"]
    assert not image[:, :, 16:].any() and image[:, :, :2].any()


def test_another_rate_is_refused_with_both(folder) -> None:
    write(folder / "low" / "z.wav", tone(300), rate=16000)
    with pytest.raises(DataError, match=r"z\.wav has 16000 samples a second and .* has 8000"):
        read(folder)


def test_what_is_no_recording_is_refused_by_name(folder) -> None:
    good = (folder / "low" / "0.wav").read_bytes()
    for body in (b"RIFF", b"ID3 a song", good[:100], write(folder / "e.wav", []).read_bytes()):
        (folder / "low" / "wrong.wav").write_bytes(body)
        with pytest.raises(DataError, match=r"low/wrong\.wav"):
            read(folder)


@pytest.mark.parametrize("wrong", [{"seconds": 0.0}, {"side": 2}])
def test_options_that_cannot_be_are_refused(folder, wrong) -> None:
    with pytest.raises(SpecError, match="source 'recordings'"):
        source(DataSpec(source="recordings", options={"path": str(folder), **wrong}))
