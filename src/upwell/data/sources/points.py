"""Random points in two classes: the control of a classifier that seems to learn.

With labels "random" a class is drawn for every point and there is nothing to learn: what a network
gets right among its training points it knows by heart, and among others it cannot do better than
chance. With labels "true" a hyperplane through the middle parts the classes. The points are the
same at every call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from ...errors import SpecError
from ..images import check_labels
from ..source import Examples
from ..tokenizers import Tokenizer

LICENCE = "made by Upwell"

COUNT = 1000
"""Points to train on, and as many others to test on."""


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`features` [dimensions] float32, normally distributed, and `label`, two classes."""

    dimensions: int = 16
    labels: str = "random"
    """"random", or "true": which side of a hyperplane a point is on."""

    def __post_init__(self) -> None:
        check_labels(self.labels, "points")
        if not 1 <= self.dimensions <= 4096:
            raise SpecError(f"source 'points': dimensions is 1 to 4096, found {self.dimensions}")

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """1,000 points to train on, 1,000 others to test on."""
        dice = np.random.default_rng([self.dimensions, split == "test"])
        features = dice.normal(size=(COUNT, self.dimensions)).astype(np.float32)
        drawn = dice.integers(2, size=COUNT)
        normal = np.random.default_rng(self.dimensions).normal(size=self.dimensions)
        label = drawn if self.labels == "random" else (features @ normal > 0).astype(np.int64)
        return Examples(rows={"features": features, "label": label}, classes=("0", "1"))
