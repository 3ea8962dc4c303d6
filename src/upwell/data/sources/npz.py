"""Arrays of your own: images or features with labels, in NumPy's `.npz`.

Files with pickled objects, or of more than `MAX_UNPACKED_BYTES` unpacked, are refused. Without a
test file a fifth of every class is held out by the hash of the row.
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
from ...files import check_regular
from ...plugins import quoted_list
from ..media.arrays import as_features, as_images, as_labels
from ..media.image_source import LabeledImageSource
from ..media.image_splits import drop_overlap, select_examples
from ..source import Examples
from ..tokenization.tokenizer import Tokenizer

LICENSE = "yours"

MAX_UNPACKED_BYTES = 8 << 30


@final
@dataclass(frozen=True, kw_only=True)
class Source(LabeledImageSource):
    """`image` [H, H, channels] uint8 or `features` [F] float32, and `label`."""

    path: str
    test: str = ""
    """File of the test rows; empty to hold out rows of `path`."""

    values: str = "image"
    """Name of the array of images or features."""

    label: str = "label"
    """Name of the array of labels."""

    image_size: int | None = None
    """Height of images that are written as flat rows; None where flat rows are features."""

    classes: int | None = None
    """Number of classes; None for the number that the labels name."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for path in filter(None, (self.path, self.test)):
            if not Path(path).is_file():
                raise DataError(f"no file {path!r} to read arrays from")
        if min(self.image_size or 1, self.classes or 1) < 1:
            raise SpecError("source 'npz': image_size and classes are whole numbers above 0")

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """The rows of a split. Raises DataError, with file and row, for what cannot be used."""
        names = (self.values, self.label, self.image_size, self.classes)
        values, labels = _read_arrays(self.path, *names)
        classes = tuple(str(label) for label in range(int(labels.max()) + 1))
        if not self.test:
            return self.split_examples(values, labels, classes, split)
        test, test_labels = _read_arrays(
            self.test, self.values, self.label, self.image_size, len(classes)
        )
        if values.shape[1:] != test.shape[1:]:
            raise DataError(
                f"{self.test} has rows of shape {list(test.shape[1:])} and {self.path} of "
                f"{list(values.shape[1:])}; give them one shape"
            )
        indices, left_out = drop_overlap(values, test, split)
        split_values, label = (values, labels) if split == "train" else (test, test_labels)
        return select_examples(split_values, label, indices, classes, self.labels, left_out)


@lru_cache(maxsize=4)
def _read_arrays(
    path: str, values: str, label: str, image_size: int | None, classes: int | None
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    arrays = _load_arrays(path, (values, label))
    rows = arrays[values]
    is_flat = rows.ndim == 2 and image_size is None
    rows = as_features(rows, path) if is_flat else as_images(rows, path, image_size)
    labels = as_labels(arrays[label], len(rows), path, classes)
    for array in (rows, labels):
        array.flags.writeable = False
    return rows, labels


def _load_arrays(path: str, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    try:
        check_regular(path)
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise DataError(
                f"{path} unpacks to more than {MAX_UNPACKED_BYTES >> 30} GB; make it smaller"
            )
        with np.load(path, allow_pickle=False) as loaded:
            absent = [name for name in names if name not in loaded.files]
            if absent:
                raise DataError(
                    f"{path} has no array {absent[0]!r}; it has {quoted_list(loaded.files)}; name "
                    "its arrays with the options values and label"
                )
            return {name: np.asarray(loaded[name]) for name in names}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is not a file of plain arrays ({error}); write it again") from None
