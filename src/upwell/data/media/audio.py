"""Audio files as samples, read by soundfile, and as log-mel spectrograms.

The mel scale is that of O'Shaughnessy (1987); the filters are triangles of equal height.

Axes: T samples, N frames, F frequencies, M mel bands.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, MissingDependencyError

try:
    import soundfile
except (ImportError, OSError) as error:
    raise MissingDependencyError(
        "reading audio needs soundfile: pip install 'upwell[audio]'"
    ) from error

Signal = NDArray[np.float32]

SUFFIXES = (".wav", ".flac")
FORMATS = ("WAV", "WAVEX", "FLAC")
"""Formats by libsndfile's names; others are refused."""

MAX_SAMPLES = 50_000_000
"""Samples of one file in all channels: half an hour at 24 kHz."""

MAX_SAMPLE_RATE = 768_000

MIN_POWER = 1e-10
"""Power below which all is silence."""

_CUT_OFF = re.compile(r"^data\s*: \d+ \(should be", re.MULTILINE)
"""What libsndfile logs of a WAV file that is shorter than its header says."""


def read_audio(path: Path) -> tuple[Signal, int]:
    """Samples [T] with the channels averaged, and the sample rate in hertz.

    Samples are from -1 to 1. Raises DataError for a file that is neither WAV nor FLAC, or that is
    empty, cut off or too long.
    """
    try:
        with soundfile.SoundFile(path) as file:
            if file.format not in FORMATS:
                raise DataError(f"{path} is {file.format}, not WAV or FLAC; convert it")
            if file.frames * file.channels > MAX_SAMPLES:
                raise DataError(
                    f"{path} has more than {MAX_SAMPLES:,} samples; split it into parts"
                )
            samples, sample_rate = file.read(dtype="float32", always_2d=True), file.samplerate
            is_whole = len(samples) == file.frames and not _CUT_OFF.search(file.extra_info)
    except (soundfile.SoundFileError, OSError) as error:
        raise DataError(
            f"{path} is not a readable WAV or FLAC file ({error}); convert it"
        ) from None
    if not samples.size or not is_whole or not 0 < sample_rate <= MAX_SAMPLE_RATE:
        raise DataError(f"{path} holds no sound, or less than its header says; record it again")
    if not np.isfinite(samples).all():
        raise DataError(f"{path} has samples that are not finite numbers; record it again")
    return samples.mean(1, dtype=np.float32), sample_rate


def log_mel(signal: Signal, sample_rate: int, n_mels: int, n_frames: int) -> NDArray[np.float32]:
    """[M, N]: the power in each band and frame, in decibels below the loudest, 0 to -80.

    Frames last 25 ms or, where that is longer, the time between two frames.
    """
    hop = max(1, len(signal) // n_frames)
    length = max(round(0.025 * sample_rate), hop)
    starts = np.arange(n_frames) * hop
    padded = np.pad(signal, (0, max(0, int(starts[-1]) + length - len(signal))))
    pieces = padded[starts[:, None] + np.arange(length)] * np.hanning(length)
    power_NF = np.abs(np.fft.rfft(pieces, axis=1)) ** 2
    loud_MN = _mel_filters(n_mels, length, sample_rate) @ power_NF.T
    decibels = 10 * np.log10(np.maximum(loud_MN, MIN_POWER))
    return np.maximum(decibels - decibels.max(), -80).astype(np.float32)


@lru_cache(maxsize=8)
def _mel_filters(n_mels: int, length: int, sample_rate: int) -> NDArray[np.float64]:
    """[M, F]: triangles whose corners are the centers of their neighbors."""
    highest = 2595 * np.log10(1 + sample_rate / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, highest, n_mels + 2) / 2595) - 1)
    frequency = np.fft.rfftfreq(length, 1 / sample_rate)
    left, center, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (frequency - left) / (center - left), (right - frequency) / (right - center)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)))
