"""Images of your own in a table: one image a row, its label and its pixels in columns.

MNIST and similar sets are often published as such tables. A fifth of every class is held out by the
hash of the image. Line numbers in messages count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, SpecError
from ...plugins import quoted_list
from ..media.arrays import as_images
from ..media.image_source import LabeledImageSource
from ..media.pixel_tables import read_pixel_table
from ..source import Examples
from ..tokenization.tokenizer import Tokenizer

LICENSE = "yours"


@final
@dataclass(frozen=True, kw_only=True)
class Source(LabeledImageSource):
    """`image` [H, H, channels] uint8 and `label`, from a CSV file, perhaps compressed."""

    path: str
    label: str = "first"
    """Column of the label: "first", "last", or its name in the header."""

    classes: int | None = None
    """Number of classes; None for the number that the labels name."""

    channels: int = 1
    """3 where a pixel is three numbers."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channels not in (1, 3) or (self.classes or 1) < 1:
            raise SpecError("source 'csv_pixels': channels is 1 or 3 and classes above 0")
        if not Path(self.path).is_file():
            raise DataError(f"no file {self.path!r} to read a table from")

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """The images of a split. Raises DataError, with file and line, for what cannot be used."""
        images, labels = _read_table(self.path, self.label, self.classes, self.channels)
        classes = tuple(str(label) for label in range(int(labels.max()) + 1))
        return self.split_examples(images, labels, classes, split)


@lru_cache(maxsize=4)
def _read_table(
    path: str, label: str, classes: int | None, channels: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    names, numbers = read_pixel_table(Path(path))
    column = _find_label_column(label, names, path)
    labels = _check_labels(numbers[:, column], path, int(bool(names)), classes)
    pixels = np.delete(numbers, column, axis=1)
    image_size = round((pixels.shape[1] / channels) ** 0.5)
    if image_size**2 * channels != pixels.shape[1]:
        raise DataError(
            f"{path} has {pixels.shape[1]} columns beside the label, which make no square image "
            f"of {channels} channels; name the column of the label or give the channels"
        )
    images = as_images(pixels, path, image_size)
    for array in (images, labels):
        array.flags.writeable = False
    return images, labels


def _find_label_column(label: str, names: tuple[str, ...], path: str) -> int:
    if label in names:
        return names.index(label)
    if label in ("first", "last"):
        return 0 if label == "first" else -1
    raise DataError(
        f"{path} has no column {label!r} for the label; it has "
        f"{quoted_list(names[:8]) if names else 'no header'}; give 'first', 'last' or a name"
    )


def _check_labels(
    numbers: NDArray[np.float64], path: str, header_lines: int, classes: int | None
) -> NDArray[np.int64]:
    count = classes or int(np.nanmax(numbers, initial=0)) + 1
    wrong = np.flatnonzero(~((numbers >= 0) & (numbers < count) & (numbers % 1 == 0)))
    if len(wrong):
        raise DataError(
            f"{path}:{wrong[0] + 1 + header_lines} has the label {numbers[wrong[0]]:g}, and labels "
            "are "
            f"whole numbers 0 to {count - 1}; correct the line, or name the column of the label"
        )
    absent = np.setdiff1d(np.arange(min(count, 1_000_000)), numbers)
    if len(absent):
        raise DataError(
            f"{path}: class {absent[0]} is empty, of {count}; number classes from 0 without gaps, "
            "or name the column of the label"
        )
    return numbers.astype(np.int64)
