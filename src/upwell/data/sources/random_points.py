"""Random points in two classes: the control of a classifier that seems to learn.

With labels "random" the class of every point is drawn at random. A network can only memorize its
training points, and is at chance on others. With labels "true" a hyperplane through the origin
separates the classes. The points are the same at every call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from ...errors import SpecError
from ..media.image_splits import check_label_mode
from ..source import Examples, ExampleSource
from ..tokenization.tokenizer import Tokenizer

LICENSE = "made by Upwell"

NUM_POINTS = 1000
"""Number of training points, and of test points."""


@final
@dataclass(frozen=True, kw_only=True)
class Source(ExampleSource):
    """`features` [dimensions] float32 with a normal distribution, and `label`, two classes."""

    dimensions: int = 16
    labels: str = "random"
    """"random", or "true": which side of a hyperplane a point is on."""

    def __post_init__(self) -> None:
        check_label_mode(self.labels, self.source_name)
        if not 1 <= self.dimensions <= 4096:
            raise SpecError(
                f"source 'random_points': dimensions is 1 to 4096, found {self.dimensions}"
            )

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """1,000 training points, or 1,000 test points."""
        rng = np.random.default_rng([self.dimensions, split == "test"])
        features = rng.normal(size=(NUM_POINTS, self.dimensions)).astype(np.float32)
        random_labels = rng.integers(2, size=NUM_POINTS)
        normal = np.random.default_rng(self.dimensions).normal(size=self.dimensions)
        label = (
            random_labels if self.labels == "random" else (features @ normal > 0).astype(np.int64)
        )
        return Examples(rows={"features": features, "label": label}, classes=("0", "1"))
