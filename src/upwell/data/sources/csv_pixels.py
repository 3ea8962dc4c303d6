"""Images of your own in a table: a row an image, a label and its pixels one after the other.

Such tables go round for MNIST and its kin. A fifth of every class is held out by the hash of the
image. Line numbers in what is told count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, SpecError
from ...naming import listed
from ..arrays import as_images
from ..augmenting import Dice, augmented, parsed
from ..images import by_hash, check_labels, labelled
from ..pixel_tables import table
from ..source import Examples, Rows
from ..tokenizers import Tokenizer

LICENCE = "yours"


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`image` [side, side, channels] uint8 and `label`, from a CSV file, perhaps in gzip."""

    path: str
    label: str = "first"
    """Column of the label: "first", "last", or its name in the line of names."""

    classes: int | None = None
    """How many there are; None for as many as the labels name."""

    channels: int = 1
    """3 where a pixel is three numbers."""

    labels: str = "true"
    """"true", or "random": drawn anew for every image, as a control."""

    augment: str = ""
    """Changes to training images, such as "crop=2"; see docs/data.md."""

    def __post_init__(self) -> None:
        check_labels(self.labels, "csv_pixels")
        parsed(self.augment, "csv_pixels")
        if self.channels not in (1, 3) or (self.classes or 1) < 1:
            raise SpecError("source 'csv_pixels': channels is 1 or 3 and classes above 0")
        if not Path(self.path).is_file():
            raise DataError(f"no file {self.path!r} to read a table from")

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """The images of a split. Raises DataError for what cannot be used, with file and line."""
        images, known = _read(self.path, self.label, self.classes, self.channels)
        classes = tuple(str(label) for label in range(int(known.max()) + 1))
        chosen = by_hash(images, known, split)
        return labelled(images, known, chosen, classes, self.labels)

    def augmented(self, rows: Rows, dice: Dice) -> Rows:
        """Training images as they are shown this time."""
        return augmented(rows, parsed(self.augment, "csv_pixels"), dice)


@lru_cache(maxsize=4)
def _read(
    path: str, label: str, classes: int | None, channels: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    names, numbers = table(Path(path))
    column = _column(label, names, path)
    known = _labels(numbers[:, column], path, int(bool(names)), classes)
    pixels = np.delete(numbers, column, axis=1)
    side = round((pixels.shape[1] / channels) ** 0.5)
    if side**2 * channels != pixels.shape[1]:
        raise DataError(
            f"{path} has {pixels.shape[1]} columns beside the label, which make no square image "
            f"of {channels} channels; name the label's column or give the channels"
        )
    images = as_images(pixels, path, side)
    for array in (images, known):
        array.flags.writeable = False
    return images, known


def _column(label: str, names: tuple[str, ...], path: str) -> int:
    if label in names:
        return names.index(label)
    if label in ("first", "last"):
        return 0 if label == "first" else -1
    raise DataError(
        f"{path} has no column {label!r} for the label; it has "
        f"{listed(names[:8]) if names else 'no line of names'}; say 'first', 'last' or a name"
    )


def _labels(
    numbers: NDArray[np.float64], path: str, head: int, classes: int | None
) -> NDArray[np.int64]:
    count = classes or int(np.nanmax(numbers, initial=0)) + 1
    wrong = np.flatnonzero(~((numbers >= 0) & (numbers < count) & (numbers % 1 == 0)))
    if len(wrong):
        raise DataError(
            f"{path}:{wrong[0] + 1 + head} has the label {numbers[wrong[0]]:g}, and labels are "
            f"whole numbers 0 to {count - 1}; mend the line, or name the label's column"
        )
    absent = np.setdiff1d(np.arange(min(count, 1_000_000)), numbers)
    if len(absent):
        raise DataError(
            f"{path}: class {absent[0]} is empty, of {count}; number classes from 0 without gaps, "
            "or name the label's column"
        )
    return numbers.astype(np.int64)
