"""Handwritten digits, 8 x 8 pixels: the 1,797 that scikit-learn carries.

They are the test part of Kaynak and Alpaydin's set (1998, UCI Machine Learning Repository). A
fifth of each class is held out by the hash of the image. The package is not imported, only its file
is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from ..media.image_source import LabeledImageSource
from ..packages import package_file
from ..source import Examples
from ..tokenization.tokenizer import Tokenizer

LICENSE = "CC BY 4.0"

MAX_PIXEL_VALUE = 16
"""Brightest pixel of the file."""


@final
@dataclass(frozen=True, kw_only=True)
class Source(LabeledImageSource):
    """`image` [8, 8, 1] uint8 and `label`, ten classes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _dataset_path()

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """1,438 training digits, or 359 test digits."""
        table = np.loadtxt(_dataset_path(), delimiter=",", dtype=np.int64)
        images = (
            np.round(table[:, :-1] * (255 / MAX_PIXEL_VALUE)).astype(np.uint8).reshape(-1, 8, 8, 1)
        )
        return self.split_examples(images, table[:, -1], tuple("0123456789"), split)


def _dataset_path() -> str:
    return str(package_file("sklearn", "datasets/data/digits.csv.gz", pip="scikit-learn"))
