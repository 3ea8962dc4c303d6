"""Handwritten digits, 8 x 8 pixels: the 1,797 that scikit-learn carries.

They are the test part of Kaynak and Alpaydin's set (1998, UCI Machine Learning Repository). A
fifth of each class is held out, chosen by the hash of the image. The package is not imported,
only its file is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from ..augmenting import Dice, augmented, parsed
from ..images import by_hash, check_labels, labelled
from ..packages import packaged
from ..source import Examples, Rows
from ..tokenizers import Tokenizer

LICENCE = "CC BY 4.0"

LEVELS = 16
"""Brightest pixel of the file."""


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`image` [8, 8, 1] uint8 and `label`, ten classes."""

    labels: str = "true"
    """"true", or "random": drawn anew for every image, as a control."""

    augment: str = ""
    """Changes to training images, such as "crop=1"; see docs/data.md."""

    def __post_init__(self) -> None:
        check_labels(self.labels, "digits")
        parsed(self.augment, "digits")
        _file()

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """1,438 digits to train on, 359 to test on."""
        table = np.loadtxt(_file(), delimiter=",", dtype=np.int64)
        images = np.round(table[:, :-1] * (255 / LEVELS)).astype(np.uint8).reshape(-1, 8, 8, 1)
        chosen = by_hash(images, table[:, -1], split)
        return labelled(images, table[:, -1], chosen, tuple("0123456789"), self.labels)

    def augmented(self, rows: Rows, dice: Dice) -> Rows:
        """Training digits as they are shown this time."""
        return augmented(rows, parsed(self.augment, "digits"), dice)


def _file() -> str:
    return str(packaged("sklearn", "datasets/data/digits.csv.gz", pip="scikit-learn"))
