"""Arrays of your own: images or features with labels, in NumPy's `.npz`.

Never with pickled objects, and never a file that unpacks to more than `MOST_BYTES`. Without a file
of its own to test on, a fifth of every class is held out by the hash of the row.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, SpecError
from ...naming import listed
from ..arrays import as_features, as_images, as_labels
from ..augmenting import Dice, augmented, parsed
from ..images import apart, by_hash, check_labels, labelled
from ..source import Examples, Rows
from ..tokenizers import Tokenizer

LICENCE = "yours"

MOST_BYTES = 8 << 30


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`image` [side, side, channels] uint8 or `features` [F] float32, and `label`."""

    path: str
    test: str = ""
    """File of the rows to test on; empty where they are taken from `path`."""

    values: str = "image"
    """Name of the array of images or features."""

    label: str = "label"
    """Name of the array of labels."""

    side: int | None = None
    """Pixels along the side of images that are written flat; None where rows are features."""

    classes: int | None = None
    """How many there are; None for as many as the labels name."""

    labels: str = "true"
    """"true", or "random": drawn anew for every row, as a control."""

    augment: str = ""
    """Changes to training images, such as "crop=4,flip"; see docs/data.md."""

    def __post_init__(self) -> None:
        check_labels(self.labels, "npz")
        parsed(self.augment, "npz")
        for path in filter(None, (self.path, self.test)):
            if not Path(path).is_file():
                raise DataError(f"no file {path!r} to read arrays from")
        if min(self.side or 1, self.classes or 1) < 1:
            raise SpecError("source 'npz': side and classes are whole numbers above 0")

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """The rows of a split. Raises DataError for what cannot be used, with file and row."""
        names = (self.values, self.label, self.side, self.classes)
        values, known = _read(self.path, *names)
        classes = tuple(str(label) for label in range(int(known.max()) + 1))
        if not self.test:
            chosen = by_hash(values, known, split)
            return labelled(values, known, chosen, classes, self.labels)
        test, asked = _read(self.test, self.values, self.label, self.side, len(classes))
        if values.shape[1:] != test.shape[1:]:
            raise DataError(
                f"{self.test} has rows of shape {list(test.shape[1:])} and {self.path} of "
                f"{list(values.shape[1:])}; they have to be alike"
            )
        chosen, left_out = apart(values, test, split)
        shown, label = (values, known) if split == "train" else (test, asked)
        return labelled(shown, label, chosen, classes, self.labels, left_out)

    def augmented(self, rows: Rows, dice: Dice) -> Rows:
        """Training rows as they are shown this time."""
        return augmented(rows, parsed(self.augment, "npz"), dice)


@lru_cache(maxsize=4)
def _read(
    path: str, values: str, label: str, side: int | None, classes: int | None
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    found = _arrays(path, (values, label))
    shown = found[values]
    flat = shown.ndim == 2 and side is None
    shown = as_features(shown, path) if flat else as_images(shown, path, side)
    known = as_labels(found[label], len(shown), path, classes)
    for array in (shown, known):
        array.flags.writeable = False
    return shown, known


def _arrays(path: str, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
        if unpacked > MOST_BYTES:
            raise DataError(f"{path} unpacks to more than {MOST_BYTES >> 30} GB; make it smaller")
        with np.load(path, allow_pickle=False) as loaded:
            absent = [name for name in names if name not in loaded.files]
            if absent:
                raise DataError(
                    f"{path} has no array {absent[0]!r}; it has {listed(loaded.files)}; name its "
                    "arrays with the options values and label"
                )
            return {name: np.asarray(loaded[name]) for name in names}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is no file of plain arrays ({error}); write it anew") from None
