"""Recordings as a model hears them: read, brought to its rate, cut to a length, and varied.

What they become is told by the model's own feature extractor. A row to learn from is shifted in
time, made louder or softer, and loses a stretch of time and of frequencies (Park et al. 2019, arXiv
1904.08779).

Axes: N recordings, T samples or frames, F frequencies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.labelled import Labelled, Row
from ..data.sounds import sound
from ..errors import DataError
from .given import Given

Signal = NDArray[np.float32]

SHIFT = 0.1
"""Of the length, forwards or backwards, at most."""

LOUDER = 6.0
"""Decibels, up or down, at most."""

HIDDEN = 0.12
"""Of all frames, and of all frequencies, that are hidden at most."""

MOST_SECONDS = 30.0


@dataclass(frozen=True)
class Sounds:
    """Recordings, ready for an extractor."""

    signals: tuple[Signal, ...]
    extractor: Any
    longest: int
    """Samples that are heard of each."""

    fixed: Mapping[str, NDArray[Any]]
    """What is of one size in all rows, such as `label` [N]."""

    ragged: Mapping[str, tuple[NDArray[np.int64], ...]]
    """What is of its own length in each, such as the tokens of a transcript."""

    fill: int = 0
    """What the ragged parts are filled up with."""

    def __len__(self) -> int:
        return len(self.signals)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Samples of each."""
        return np.array([len(signal) for signal in self.signals], dtype=np.int64)

    @property
    def cut(self) -> int:
        """Recordings that are longer than is heard."""
        return int((self.lengths > self.longest).sum())

    def batch(
        self, places: Sequence[int], dice: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """These recordings as the extractor gives them, varied where there are dice."""
        signals = [self.signals[place][: self.longest] for place in places]
        if dice is not None:
            signals = [_moved(signal, dice) for signal in signals]
        # Whisper's encoder takes one length and no other; others are filled up to the longest.
        fixed = hasattr(self.extractor, "nb_max_frames")
        how = {"return_tensors": "np", "padding": "max_length" if fixed else True}
        rate = self.extractor.sampling_rate
        found = dict(self.extractor(signals, sampling_rate=rate, **how))
        if dice is not None and "input_features" in found:
            found["input_features"] = _hidden(found["input_features"], dice)
        chosen = np.array(places, dtype=np.int64)
        parts = {name: _filled([rows[p] for p in places], self.fill)
                 for name, rows in self.ragged.items()}  # fmt: skip
        return found | {name: values[chosen] for name, values in self.fixed.items()} | parts


def heard(rows: Sequence[Row], given: Given) -> tuple[Signal, ...]:
    """The recordings at the rate of the model. DataError, with the file, for what is none."""
    return tuple(_at_rate(*sound(Path(row.texts[0])), given, row) for row in rows)


def length(given: Given, learn: Labelled) -> int:
    """Samples that all but a few recordings keep within, half a minute at most."""
    rate = given.extractor.sampling_rate
    lengths = [len(signal) for signal in heard(learn.rows[:2000], given)]
    return int(min(np.quantile(lengths, 0.995, method="higher"), MOST_SECONDS * rate))


def _at_rate(signal: Signal, rate: int, given: Given, row: Row) -> Signal:
    """Brought to the model's rate by a polyphase filter, which lets nothing fold over."""
    from math import gcd

    from scipy.signal import resample_poly

    wanted = int(given.extractor.sampling_rate)
    if not np.isfinite(signal).all():
        raise DataError(f"{row.place} holds samples that are no numbers; record it anew")
    if rate == wanted:
        return signal
    both = gcd(rate, wanted)
    return np.asarray(resample_poly(signal, wanted // both, rate // both), dtype=np.float32)


def _moved(signal: Signal, dice: np.random.Generator) -> Signal:
    reach = int(SHIFT * len(signal))
    by = int(dice.integers(-reach, reach + 1))
    padded = np.zeros(len(signal) + abs(by), dtype=np.float32)
    padded[max(0, by) : max(0, by) + len(signal)] = signal
    moved = padded[: len(signal)] if by >= 0 else padded[-by : -by + len(signal)]
    return moved * np.float32(10 ** (dice.uniform(-LOUDER, LOUDER) / 20))


def _hidden(shown: NDArray[Any], dice: np.random.Generator) -> NDArray[Any]:
    """A stretch along each of the last two axes at its mean, drawn for each row."""
    found = shown.copy()
    for row in found:
        mean = row.mean()
        for axis in (0, 1):
            size = row.shape[axis]
            wide = int(dice.integers(0, int(HIDDEN * size) + 1))
            start = int(dice.integers(0, size - wide + 1))
            if axis:
                row[:, start : start + wide] = mean
            else:
                row[start : start + wide] = mean
    return found


def _filled(rows: Sequence[NDArray[np.int64]], fill: int) -> NDArray[np.int64]:
    longest = max(map(len, rows), default=0)
    found = np.full((len(rows), longest), fill, dtype=np.int64)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
    return found
