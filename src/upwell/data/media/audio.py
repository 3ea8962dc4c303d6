"""Audio files as samples, read by soundfile, and as log-mel spectrograms.

The mel scale is that of O'Shaughnessy (1987); the filters are triangles of equal height.

Axes: T samples, N frames, F frequencies, M mel bands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, MissingDependencyError
from ...files import check_regular
from .formats import AUDIO_FORMATS, AUDIO_SUFFIXES
from .unreadable import UnreadableFiles, count_by_trait, explain

try:
    import soundfile
except (ImportError, OSError) as error:
    raise MissingDependencyError(
        "reading audio needs soundfile: pip install 'upwell[audio]'"
    ) from error

Signal = NDArray[np.float32]

FORMAT_NAMES = "WAV, FLAC, MP3 or Ogg"
"""What people call the formats."""

SUFFIXES = AUDIO_SUFFIXES

MAX_SAMPLES = 50_000_000
"""Samples of one file in all channels: half an hour at 24 kHz."""

MAX_SAMPLE_RATE = 768_000

MAX_DENOMINATOR = 50_000
"""Of the ratio of two rates: exact up to this many hertz, and close for odd rates above."""

UNKNOWN_SIZES = range(0x7FFF_0000, 0x1_0000_0000)
"""Sizes that a program writes into a WAV file where it cannot know the end, as into a pipe."""

MIN_POWER = 1e-10
"""Power below which all is silence."""

OGG_PAGE, OGG_LAST_PAGE, OGG_TAIL_BYTES = b"OggS", 4, 1 << 17
"""The beginning of a page, the flag of the last one, and more bytes than a page has."""

MULTIPLE_CHANNELS = "with several channels, which are averaged"

_DATA_SIZE = re.compile(r"^data\s*: (\d+) \(should be", re.MULTILINE)
"""What libsndfile logs of a WAV file that is shorter than its header says."""


@dataclass(frozen=True)
class AudioHeader:
    """What a file says about its sound."""

    sample_rate: int
    channels: int


def read_audio(path: Path) -> tuple[Signal, int]:
    """Samples [T] with the channels averaged, and the sample rate in hertz.

    Samples are from -1 to 1; those of files of floats are as they are. Raises DataError for a file
    of another format, and for one that is empty, cut off or too long.
    """
    with _open_audio(path) as file:
        samples_TC = file.read(MAX_SAMPLES // file.channels + 1, dtype="float32", always_2d=True)
        has_unknown_size = file.frames * file.channels > MAX_SAMPLES
        if samples_TC.size > MAX_SAMPLES:
            raise DataError(f"{path} has more than {MAX_SAMPLES:,} samples; split it into parts")
        is_whole = (has_unknown_size or len(samples_TC) == file.frames) and not _is_cut_off(
            path, file
        )
        sample_rate = file.samplerate
    if not samples_TC.size or not is_whole or not 0 < sample_rate <= MAX_SAMPLE_RATE:
        raise DataError(f"{path} holds no sound, or less than its header says; record it again")
    if not np.isfinite(samples_TC).all():
        raise DataError(f"{path} has samples that are not finite numbers; record it again")
    return samples_TC.mean(1, dtype=np.float32), sample_rate


def resample(signal: Signal, sample_rate: int, target_rate: int, path: Path) -> Signal:
    """[T'] at another sample rate, with a polyphase filter against aliasing.

    Raises DataError, with the path, for a recording that would be too long.
    """
    from scipy.signal import resample_poly

    if sample_rate == target_rate:
        return signal
    if len(signal) * target_rate > MAX_SAMPLES * sample_rate:
        raise DataError(
            f"{path} has {len(signal):,} samples at {sample_rate:,} hertz, which are more than "
            f"{MAX_SAMPLES:,} at {target_rate:,}; correct its rate, or split it into parts"
        )
    ratio = Fraction(target_rate, sample_rate).limit_denominator(MAX_DENOMINATOR)
    return np.asarray(resample_poly(signal, ratio.numerator, ratio.denominator), dtype=np.float32)


def describe_recordings(paths: Iterable[Path]) -> tuple[str, ...]:
    """Notes on files with several channels, and on different sample rates.

    Raises DataError with the names of all files whose header cannot be read.
    """
    unreadable = UnreadableFiles()
    headers: dict[Path, AudioHeader] = {}
    for path in paths:
        with unreadable.collect(path), _open_audio(path) as file:
            headers[path] = AudioHeader(file.samplerate, file.channels)
    unreadable.check()
    rates = Counter(header.sample_rate for header in headers.values())
    listed = ", ".join(f"{count} of {rate:,}" for rate, count in sorted(rates.items()))
    return (
        *count_by_trait(
            "recording",
            {path: (MULTIPLE_CHANNELS,) for path, header in headers.items() if header.channels > 1},
        ),
        *((f"several sample rates ({listed} hertz), resampled to one",) if len(rates) > 1 else ()),
    )


@contextmanager
def _open_audio(path: Path) -> Iterator[Any]:
    """The open file; whatever soundfile raises is a DataError with the path."""
    try:
        check_regular(path)
        with soundfile.SoundFile(path) as file:
            if file.format not in AUDIO_FORMATS:
                raise DataError(f"{path} is {file.format}, not {FORMAT_NAMES}; convert it")
            yield file
    except DataError:
        raise
    # soundfile raises errors of several kinds for damaged files.
    except Exception as error:
        raise DataError(
            f"{path} is not a readable file of {FORMAT_NAMES} ({explain(error)}); convert it"
        ) from None


def _is_cut_off(path: Path, file: Any) -> bool:
    """Whether the end of the file is missing, as far as its format can tell."""
    if file.format == "OGG":
        with path.open("rb") as opened:
            opened.seek(max(0, path.stat().st_size - OGG_TAIL_BYTES))
            last_page = opened.read().rpartition(OGG_PAGE)[2]
        return len(last_page) < 2 or not last_page[1] & OGG_LAST_PAGE
    size = _DATA_SIZE.search(file.extra_info)
    return size is not None and int(size[1]) not in UNKNOWN_SIZES


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
