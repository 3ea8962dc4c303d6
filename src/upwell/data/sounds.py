"""Recordings as pictures of their sound: WAV files read by the standard library, log-mel in numpy.

The mel scale is that of O'Shaughnessy (1987), the filters are triangles of equal height.

Axes: T samples, N frames, F frequencies, M mel bands.
"""

from __future__ import annotations

import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

Signal = NDArray[np.float32]

SUFFIXES = (".wav",)

MOST_SAMPLES = 50_000_000
"""Of one file, all channels: half an hour at 24 kHz."""

FLOOR = 1e-10
"""Power below which all is silence."""


def sound(path: Path) -> tuple[Signal, int]:
    """Samples [T] from -1 to 1, channels averaged, and how many there are in a second.

    Raises DataError for a file that is no WAV of plain numbers, is empty, cut off or too long.
    """
    try:
        with wave.open(str(path), "rb") as opened:
            frames, channels = opened.getnframes(), opened.getnchannels()
            width, rate = opened.getsampwidth(), opened.getframerate()
            if frames * channels > MOST_SAMPLES:
                raise DataError(f"{path} has more than {MOST_SAMPLES:,} samples; cut it in parts")
            raw = opened.readframes(frames)
    except (wave.Error, EOFError, OSError) as error:
        raise DataError(
            f"{path} is no WAV file of plain samples ({str(error) or 'it ends too early'}); "
            "convert it"
        ) from None
    if not frames or len(raw) != frames * channels * width or not 0 < rate <= 768_000:
        raise DataError(f"{path} holds no sound, or less than its header says; record it anew")
    return _samples(raw, width).reshape(frames, channels).mean(1, dtype=np.float32), rate


def log_mel(signal: Signal, rate: int, bands: int, frames: int) -> NDArray[np.float32]:
    """[M, N]: the power in each band and frame, in decibels below the loudest, 0 to -80.

    Frames of 25 ms or, where that is longer, the time between two frames.
    """
    hop = max(1, len(signal) // frames)
    length = max(round(0.025 * rate), hop)
    starts = np.arange(frames) * hop
    padded = np.pad(signal, (0, max(0, int(starts[-1]) + length - len(signal))))
    pieces = padded[starts[:, None] + np.arange(length)] * np.hanning(length)
    power_NF = np.abs(np.fft.rfft(pieces, axis=1)) ** 2
    loud_MN = _filters(bands, length, rate) @ power_NF.T
    decibels = 10 * np.log10(np.maximum(loud_MN, FLOOR))
    return np.maximum(decibels - decibels.max(), -80).astype(np.float32)


@lru_cache(maxsize=8)
def _filters(bands: int, length: int, rate: int) -> NDArray[np.float64]:
    """[M, F]: triangles whose corners are the middles of their neighbours."""
    highest = 2595 * np.log10(1 + rate / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, highest, bands + 2) / 2595) - 1)
    frequency = np.fft.rfftfreq(length, 1 / rate)
    left, middle, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (frequency - left) / (middle - left), (right - frequency) / (right - middle)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)))


def _samples(raw: bytes, width: int) -> Signal:
    """Whole numbers of 1 (unsigned), 2, 3 or 4 bytes, as fractions of the loudest possible."""
    if width == 1:
        unsigned = np.frombuffer(raw, np.uint8).astype(np.float32)
        return (unsigned - np.float32(128)) / np.float32(128)
    numbers = np.frombuffer(raw, np.uint8).reshape(-1, width)
    wide = np.zeros((len(numbers), 4), np.uint8)
    wide[:, 4 - width :] = numbers
    return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
