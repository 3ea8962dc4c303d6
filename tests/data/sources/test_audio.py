"""Audio: what a log-mel spectrogram shows, and what is refused."""

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from upwell.data import load_examples, load_source
from upwell.data.media.audio import log_mel, read_audio
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
    spec = DataSpec(source="audio", split=split, options={"path": str(path), **options})
    return load_examples(spec, None, 1)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_samples_of_every_width_are_the_same_sound(tmp_path, width) -> None:
    result, rate = read_audio(write(tmp_path / "a.wav", tone(440), width=width))
    assert rate == RATE and result.dtype == np.float32
    np.testing.assert_allclose(result, tone(440), atol=1.1 / 2 ** (8 * width - 1))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_samples_are_the_integers_of_the_file_to_the_bit(tmp_path, width) -> None:
    raw = np.random.default_rng(0).integers(0, 256, size=2 * 500 * width, dtype=np.uint8)
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(width)
        file.setframerate(RATE)
        file.writeframes(raw.tobytes())
    padded = np.zeros((1000, 4), np.uint8)
    padded[:, 4 - width :] = raw.reshape(-1, width)
    if width == 1:
        padded[:, 3] ^= 128  # 8-bit samples are unsigned.
    integers = padded.view("<i4")[:, 0].astype(np.float32)
    expected = (integers / np.float32(2**31)).reshape(500, 2).mean(1, dtype=np.float32)
    assert np.array_equal(read_audio(tmp_path / "a.wav")[0], expected)


@pytest.mark.parametrize(("name", "subtype"), [("a.flac", "PCM_16"), ("a.wav", "FLOAT")])
def test_flac_and_float_files_are_the_same_sound(tmp_path, name, subtype) -> None:
    soundfile.write(tmp_path / name, tone(440), RATE, subtype=subtype)
    signal, rate = read_audio(tmp_path / name)
    assert rate == RATE and signal.dtype == np.float32
    np.testing.assert_allclose(signal, tone(440), atol=1.1 / 2**15)


def test_samples_that_are_not_finite_and_other_formats_are_refused(tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", np.array([0.0, np.nan]), RATE, subtype="FLOAT")
    with pytest.raises(DataError, match="not finite numbers"):
        read_audio(tmp_path / "a.wav")
    soundfile.write(tmp_path / "b.wav", tone(440), RATE, format="AIFF")
    with pytest.raises(DataError, match=r"b\.wav is AIFF, not WAV, FLAC, MP3 or Ogg; convert it"):
        read_audio(tmp_path / "b.wav")


def test_a_flac_file_that_is_cut_off_is_refused(tmp_path) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 9000)
    soundfile.write(tmp_path / "a.flac", noise, RATE)
    whole = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"a\.flac"):
        read_audio(tmp_path / "a.flac")


def test_two_channels_are_averaged(tmp_path) -> None:
    both = np.stack([tone(440), -tone(440)], 1).ravel()
    assert np.abs(read_audio(write(tmp_path / "a.wav", both, channels=2))[0]).max() < 1e-3


def test_a_tone_is_loudest_in_the_band_of_its_frequency() -> None:
    """2595 log10(1 + f/700): 1,000 hertz are about 1,000 mel, 4,000 hertz about 2,146."""
    for hertz in (300, 1000, 2500):
        result = log_mel(tone(hertz).astype(np.float32), RATE, 32, 10)
        mel = 2595 * np.log10(1 + hertz / 700)
        assert result.mean(1).argmax() == pytest.approx(mel / 2146 * 33 - 1, abs=1)
        assert result.shape == (32, 10) and result.max() == 0 and result.min() >= -80


def test_a_class_is_its_folder_and_shows_in_the_picture(folder) -> None:
    result = read(folder, seconds=0.3)
    assert result.classes == ("high", "low") and len(result) == 8
    assert result.rows["image"].shape == (8, 32, 32, 1)
    brightest = result.rows["image"].astype(float).mean((2, 3)).argmax(1)
    high = result.rows["label"] == 0
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


@pytest.mark.parametrize("wrong", [{"seconds": 0.0}, {"image_size": 2}])
def test_options_that_cannot_be_are_refused(folder, wrong) -> None:
    with pytest.raises(SpecError, match="source 'audio'"):
        load_source(DataSpec(source="audio", options={"path": str(folder), **wrong}))
