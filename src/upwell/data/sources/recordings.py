"""Recordings of your own: a folder of WAV files for every class.

Each becomes a square picture of its sound, mel bands upwards and time along, that networks for
images learn from. With folders `train` and `test` in it, their parts are taken as they are;
otherwise a fifth of each class is held out, chosen by the hash of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, SpecError
from ..augmenting import Dice, augmented, parsed
from ..folders import Folder
from ..images import apart, by_hash, check_labels, labelled
from ..sounds import SUFFIXES, log_mel, sound
from ..source import Examples, Rows
from ..tokenizers import Tokenizer

LICENCE = "yours"

DEEPEST = 80.0
"""Decibels below the loudest that are black."""


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`image` [side, side, 1] uint8 and `label`."""

    path: str
    seconds: float = 1.0
    """Of each recording; shorter ones end in silence, of longer ones the beginning is taken."""

    side: int = 32
    """Mel bands, and frames."""

    classes: str = ""
    """Names of the classes in their order, as "yes,no"; empty for the folders' names, sorted."""

    labels: str = "true"
    """"true", or "random": drawn anew for every recording, as a control."""

    augment: str = ""
    """Changes to training pictures, such as "cutout=8"; see docs/data.md."""

    def __post_init__(self) -> None:
        check_labels(self.labels, "recordings")
        parsed(self.augment, "recordings")
        if not (0 < self.seconds <= 600 and 4 <= self.side <= 512):
            raise SpecError(
                f"source 'recordings': seconds is above 0 and at most 600, found {self.seconds}, "
                f"and side 4 to 512, found {self.side}"
            )
        _ = self.folder.classes

    @property
    def folder(self) -> Folder:
        """Where the files are."""
        wanted = tuple(filter(None, (name.strip() for name in self.classes.split(","))))
        return Folder(Path(self.path), SUFFIXES, wanted)

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """The recordings of a split.

        Raises DataError, with the file, for what is no WAV file or has another rate.
        """
        key = (self.path, self.seconds, self.side, self.classes)
        classes = self.folder.classes
        if not self.folder.parted:
            shown, known, left_out = _read(None, *key)
            chosen = by_hash(shown, known, split)
            return labelled(shown, known, chosen, classes, self.labels, left_out)
        parts = {part: _read(part, *key) for part in ("train", "test")}
        chosen, copies = apart(parts["train"][0], parts["test"][0], split)
        shown, known, left_out = parts[split]
        return labelled(shown, known, chosen, classes, self.labels, {**left_out, **copies})

    def augmented(self, rows: Rows, dice: Dice) -> Rows:
        """Training pictures as they are shown this time."""
        return augmented(rows, parsed(self.augment, "recordings"), dice)


@lru_cache(maxsize=4)
def _read(
    part: str | None, path: str, seconds: float, side: int, classes: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64], dict[str, int]]:
    """Pictures, labels, and what was left out."""
    filed = Source(path=path, seconds=seconds, side=side, classes=classes).folder.part(part)
    shown = np.zeros((len(filed.files), side, side, 1), np.uint8)
    first: tuple[Path, int] | None = None
    for place, (file, _) in enumerate(filed.files):
        signal, rate = sound(file)
        first = first or (file, rate)
        if rate != first[1]:
            raise DataError(
                f"{file} has {rate} samples a second and {first[0]} has {first[1]}; convert them "
                "to one rate"
            )
        length = max(side, round(seconds * rate))
        whole = np.pad(signal[:length], (0, max(0, length - len(signal))))
        decibels = log_mel(whole, rate, side, side)
        shown[place, ::-1, :, 0] = np.rint((1 + decibels / DEEPEST) * 255)
    known = np.array([label for _, label in filed.files])
    for array in (shown, known):
        array.flags.writeable = False
    return shown, known, filed.left_out
