"""Recordings as model inputs: resampled, truncated and augmented.

The model's own feature extractor computes the inputs. Augmentation shifts a recording in time,
changes its gain, and masks a range of frames and of frequencies (SpecAugment: Park et al. 2019,
arXiv 1904.08779).

Axes: N recordings, T samples or frames, F frequencies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.labeled import LabeledDataset, Row
from ...data.media.audio import read_audio, resample
from ...data.media.unreadable import UnreadableFiles
from ..base_model import PretrainedModel
from .encoded import EncodedDataset

Waveform = NDArray[np.float32]

MAX_SHIFT_FRACTION = 0.1
"""Largest shift in either direction, as a share of the length."""

MAX_GAIN_DB = 6.0
"""Largest change of the gain in either direction, in decibels."""

SPECAUGMENT_FRACTION = 0.12
"""Largest share of the frames, and of the frequencies, that is masked."""

MAX_SECONDS = 30.0


@dataclass(frozen=True)
class AudioRows(EncodedDataset):
    """Waveforms at the sampling rate of the model."""

    waveforms: tuple[Waveform, ...]
    feature_extractor: Any
    max_samples: int
    """Samples after which a recording is truncated."""

    ragged: Mapping[str, tuple[NDArray[np.int64], ...]] = field(default_factory=dict)
    """Arrays with a length of their own for each row, such as the tokens of a transcript."""

    pad_value: int = 0
    """Padding value of the ragged arrays."""

    def __len__(self) -> int:
        return len(self.waveforms)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """[N] numbers of samples."""
        return np.array([len(waveform) for waveform in self.waveforms], dtype=np.int64)

    def batch(
        self, indices: Sequence[int], rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """Inputs of these recordings. With `rng`, they are augmented."""
        waveforms = [self.waveforms[index][: self.max_samples] for index in indices]
        if rng is not None:
            waveforms = [_augment_waveform(waveform, rng) for waveform in waveforms]
        # Whisper's encoder needs a fixed length; other models pad to the longest recording.
        needs_fixed_length = hasattr(self.feature_extractor, "nb_max_frames")
        extractor_kwargs = {
            "return_tensors": "np",
            "padding": "max_length" if needs_fixed_length else True,
        }
        sampling_rate = self.feature_extractor.sampling_rate
        arrays = dict(
            self.feature_extractor(waveforms, sampling_rate=sampling_rate, **extractor_kwargs)
        )
        if rng is not None and "input_features" in arrays:
            arrays["input_features"] = _spec_augment(arrays["input_features"], rng)
        ragged = {name: _pad([rows[i] for i in indices], self.pad_value)
                 for name, rows in self.ragged.items()}  # fmt: skip
        return arrays | self.select_fixed(indices) | ragged


def make_audio_rows(
    waveforms: Sequence[Waveform],
    base_model: PretrainedModel,
    max_samples: int,
    *,
    fixed: Mapping[str, NDArray[Any]] | None = None,
    ragged: Mapping[str, tuple[NDArray[np.int64], ...]] | None = None,
    pad_value: int = 0,
) -> AudioRows:
    """Recordings at the model's rate as a dataset; those over `max_samples` count as truncated."""
    return AudioRows(
        tuple(waveforms),
        base_model.feature_extractor,
        max_samples,
        ragged or {},
        pad_value,
        fixed=fixed or {},
        num_truncated=sum(len(waveform) > max_samples for waveform in waveforms),
    )


def load_audio(rows: Sequence[Row], base_model: PretrainedModel) -> tuple[Waveform, ...]:
    """Read and resample the recordings. Raises DataError, with the files, for unreadable ones."""
    waveforms: list[Waveform] = []
    unreadable = UnreadableFiles()
    sampling_rate = int(base_model.feature_extractor.sampling_rate)
    for path in (Path(row.texts[0]) for row in rows):
        with unreadable.collect(path):
            waveforms.append(resample(*read_audio(path), sampling_rate, path))
    unreadable.check()
    return tuple(waveforms)


def default_max_length(base_model: PretrainedModel, train: LabeledDataset) -> int:
    """A maximum length, in samples, that truncates 0.5 % of the recordings; 30 seconds at most."""
    sampling_rate = base_model.feature_extractor.sampling_rate
    lengths = [len(waveform) for waveform in load_audio(train.rows[:2000], base_model)]
    return int(min(np.quantile(lengths, 0.995, method="higher"), MAX_SECONDS * sampling_rate))


def _augment_waveform(waveform: Waveform, rng: np.random.Generator) -> Waveform:
    max_shift = int(MAX_SHIFT_FRACTION * len(waveform))
    shift = int(rng.integers(-max_shift, max_shift + 1))
    padded = np.zeros(len(waveform) + abs(shift), dtype=np.float32)
    padded[max(0, shift) : max(0, shift) + len(waveform)] = waveform
    shifted = padded[: len(waveform)] if shift >= 0 else padded[-shift : -shift + len(waveform)]
    return shifted * np.float32(10 ** (rng.uniform(-MAX_GAIN_DB, MAX_GAIN_DB) / 20))


def _spec_augment(features: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Replace a random range of each of the last two axes by the mean, row by row."""
    masked = features.copy()
    for row in masked:
        mean = row.mean()
        for axis in (0, 1):
            size = row.shape[axis]
            width = int(rng.integers(0, int(SPECAUGMENT_FRACTION * size) + 1))
            start = int(rng.integers(0, size - width + 1))
            if axis:
                row[:, start : start + width] = mean
            else:
                row[start : start + width] = mean
    return masked


def _pad(rows: Sequence[NDArray[np.int64]], pad_value: int) -> NDArray[np.int64]:
    max_length = max(map(len, rows), default=0)
    padded = np.full((len(rows), max_length), pad_value, dtype=np.int64)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = row
    return padded
