"""Sound files: the samples that scipy and soundfile have, and what is refused."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.io import wavfile

from upwell.data.media.audio import SUFFIXES, describe_recordings, read_audio, resample
from upwell.errors import DataError

RATE = 8000
PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")


def tone(seconds: float = 0.1) -> np.ndarray:
    return 0.5 * np.sin(np.arange(round(seconds * RATE)) / 3)


def wav(
    body: bytes, *, size: int | None = None, riff: int | None = None, kind: int = 1, bits: int = 16,
    channels: int = 1, extensible: bool = False, before: bytes = b"",
) -> bytes:  # fmt: skip
    """A WAV file by hand, with a header that may be wrong."""
    block = channels * bits // 8
    fmt = struct.pack(
        "<HHIIHH", 0xFFFE if extensible else kind, channels, RATE, RATE * block, block, bits
    )
    if extensible:
        fmt += struct.pack("<HHI", 22, bits, 0) + PCM_GUID
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + before
    chunks += b"data" + struct.pack("<I", len(body) if size is None else size) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks) if riff is None else riff) + b"WAVE" + chunks


def pcm(signal: np.ndarray) -> bytes:
    return (signal * 32767).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.wav", {"subtype": "PCM_U8"}),
        *(("a.wav", {"subtype": each}) for each in
          ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM")),
        ("a.wav", {"subtype": "PCM_24", "format": "WAVEX"}),
        ("a.wav", {"subtype": "FLOAT", "format": "WAVEX"}),
        ("a.WAV", {"subtype": "PCM_16", "format": "RF64"}),
        ("a.flac", {"subtype": "PCM_24"}),
        ("a.mp3", {}),
        ("a.ogg", {}),
        ("a.opus", {"format": "OGG", "subtype": "OPUS"}),
    ],
)  # fmt: skip
def test_every_encoding_gives_the_sound(tmp_path, name, options) -> None:
    path = tmp_path / name
    soundfile.write(path, np.stack([tone(), tone() / 2], 1), RATE, **options)
    assert path.suffix.lower() in SUFFIXES
    signal, rate = read_audio(path)
    expected, _ = soundfile.read(path, dtype="float32")
    assert rate == RATE and signal.dtype == np.float32
    np.testing.assert_allclose(signal, expected.mean(1, dtype=np.float32), atol=1e-6)
    if "mp3" not in name:
        np.testing.assert_allclose(signal[200:700], 0.75 * tone()[200:700], atol=0.06)


@pytest.mark.parametrize("bits", [16, 32])
def test_extensible_pcm_is_plain_samples_as_scipy_reads_them(tmp_path, bits) -> None:
    integers = np.random.default_rng(0).integers(-(2**15), 2**15, 500) << (bits - 16)
    path = tmp_path / "a.wav"
    listed = b"LIST" + struct.pack("<I", 4) + b"INFO"
    path.write_bytes(
        wav(integers.astype(f"<i{bits // 8}").tobytes(), bits=bits, extensible=True, before=listed)
    )
    _, theirs = wavfile.read(path)
    assert np.array_equal(read_audio(path)[0], (theirs / 2.0 ** (bits - 1)).astype(np.float32))


@pytest.mark.parametrize(
    "data",
    [
        wav(pcm(tone()), size=0xFFFFFFFF, riff=0xFFFFFFFF),
        wav(pcm(tone()), size=0x7FFFF000, riff=0x7FFFF024),
        wav(pcm(tone()), riff=0),
        wav(pcm(tone())) + b"trailing bytes",
    ],
)
def test_a_header_that_could_not_know_the_size_is_read(tmp_path, data) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    assert np.array_equal(read_audio(path)[0] * 32768, np.trunc(tone() * 32767))


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg", "a.opus"])
@pytest.mark.parametrize("fraction", [0.0, 0.4, 0.8])
def test_what_is_cut_off_is_refused(tmp_path, name, fraction) -> None:
    path = tmp_path / name
    options = {"format": "OGG", "subtype": "OPUS"} if name == "a.opus" else {}
    soundfile.write(path, np.random.default_rng(0).uniform(-1, 1, 40_000), RATE, **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(fraction * len(data))])
    with pytest.raises(DataError, match=rf"a\{path.suffix} (holds no sound|is not a readable)"):
        read_audio(path)


def test_what_is_no_sound_is_refused(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "empty.wav").write_bytes(wav(b""))
    (tmp_path / "text.wav").write_text("RIFFxxxxWAVE")
    for path in tmp_path.iterdir():
        with pytest.raises(DataError, match=path.name):
            read_audio(path)
    with pytest.raises(DataError, match=r"pipe\.wav .*named pipe.*1 more .*\(text\.wav\)"):
        describe_recordings(sorted(tmp_path.iterdir()))


def test_channels_and_rates_are_said(tmp_path) -> None:
    for number, (rate, channels) in enumerate([(8000, 1), (8000, 2), (44100, 1)]):
        soundfile.write(tmp_path / f"{number}.wav", np.zeros((90, channels)), rate)
    assert describe_recordings(sorted(tmp_path.iterdir())) == (
        "1 recording with several channels, which are averaged (1.wav)",
        "several sample rates (2 of 8,000, 1 of 44,100 hertz), resampled to one",
    )
    assert describe_recordings([tmp_path / "0.wav"]) == ()


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100, 44_101, 767_999])
def test_a_tone_keeps_its_pitch_at_another_rate(rate) -> None:
    time = np.arange(rate // 4) / rate
    signal = np.sin(2 * np.pi * 440 * time).astype(np.float32)
    result = resample(signal, rate, 16_000, Path("a.wav"))
    assert abs(len(result) - 4000) <= 1
    expected = np.sin(2 * np.pi * 440 * np.arange(len(result)) / 16_000)
    np.testing.assert_allclose(result[300:-300], expected[300:-300], atol=5e-3)


def test_a_rate_that_would_make_hours_is_refused() -> None:
    with pytest.raises(DataError, match=r"a\.wav has 8,000 samples at 1 hertz"):
        resample(np.zeros(8000, np.float32), 1, 16_000, Path("a.wav"))
