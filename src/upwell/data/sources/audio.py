"""Audio of your own: a folder of sound files for every class, as log-mel spectrograms.

Each file becomes a square image, mel bands upwards and time along, for networks that read images.
Split folders such as `train` and `test` are taken as they are. Without them a fifth of every class
is held out by the hash of the spectrogram.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

import numpy as np

from ...errors import DataError, SpecError
from ..media.audio import SUFFIXES, log_mel, read_audio
from ..media.image_source import ClassFolderSource, LabeledImages
from ..media.listing import count_left_out

LICENSE = "yours"

DYNAMIC_RANGE_DB = 80.0
"""Decibels below the loudest that are black."""


@final
@dataclass(frozen=True, kw_only=True)
class Source(ClassFolderSource):
    """`image` [image_size, image_size, 1] uint8 and `label`."""

    seconds: float = 1.0
    """Length of each example: shorter files are padded with silence, longer ones are cut."""

    image_size: int = 32
    """Number of mel bands and of frames."""

    def __post_init__(self) -> None:
        if not (0 < self.seconds <= 600 and 4 <= self.image_size <= 512):
            raise SpecError(
                f"source 'audio': seconds is above 0 and at most 600, found {self.seconds}, and "
                f"image_size is 4 to 512, found {self.image_size}"
            )
        super().__post_init__()

    @property
    def suffixes(self) -> Collection[str]:
        """WAV, FLAC, MP3 and Ogg files are read."""
        return SUFFIXES

    def read_files(self, part: str) -> LabeledImages:
        """Raises DataError for a file that is not audio, or of another rate than the first."""
        return _read_spectrograms(self.unmodified, part)


@lru_cache(maxsize=4)
def _read_spectrograms(source: Source, part: str) -> LabeledImages:
    class_files = source.folder.list_files(part)
    size = source.image_size
    spectrograms = np.zeros((len(class_files.files), size, size, 1), np.uint8)
    first: tuple[Path, int] | None = None
    for index, (file, _) in enumerate(class_files.files):
        signal, sample_rate = read_audio(file)
        first = first or (file, sample_rate)
        if sample_rate != first[1]:
            raise DataError(
                f"{file} has {sample_rate} samples a second and {first[0]} has {first[1]}; convert "
                "them to one rate"
            )
        length = max(size, round(source.seconds * sample_rate))
        padded = np.pad(signal[:length], (0, max(0, length - len(signal))))
        decibels = log_mel(padded, sample_rate, size, size)
        spectrograms[index, ::-1, :, 0] = np.rint((1 + decibels / DYNAMIC_RANGE_DB) * 255)
    labels = np.array([label for _, label in class_files.files])
    for array in (spectrograms, labels):
        array.flags.writeable = False
    return LabeledImages(spectrograms, labels, count_left_out(class_files.left_out))
