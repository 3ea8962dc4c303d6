"""Few-shot tasks of handwritten digits, relabeled and projected at random.

Each task takes some of the ten digits, labels them 0, 1, 2, ... in random order, and passes every
image through one random linear projection. Neither labels nor pixels mean the same in two tasks:
only the examples define a task (Kirsch et al. 2022, arXiv 2212.04458). Test tasks have other
projections and labels, and images that are not in training tasks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ..source import Rows, TaskSource
from . import digits
from .episodes import Ints, count_queries, make_row, shuffle_classes, task_rng

LICENSE = digits.LICENSE

NUM_DIGITS, NUM_PIXELS = 10, 64


@final
@dataclass(frozen=True, kw_only=True)
class Source(TaskSource):
    """Images of 64 numbers, centered, with a variance of about 1."""

    classes: int = 5
    shots: int = 5
    """Number of examples of each class in a row."""

    lens: str = "random"
    """"random": a random projection for each task; "none": images as they are."""

    def __post_init__(self) -> None:
        if self.lens not in ("random", "none") or not 2 <= self.classes <= NUM_DIGITS:
            raise SpecError(
                f"source 'digit_tasks': lens is 'random' or 'none', found {self.lens!r}; classes "
                f"are 2 to {NUM_DIGITS}, found {self.classes}"
            )
        digits.Source()

    def episodes(self, tasks: Ints, split: str, context: int, rng: np.random.Generator) -> Rows:
        """Newly drawn images of every task; no image of a row is both an example and a query."""
        num_queries = count_queries("digit_tasks", self.classes, self.shots, context)
        support_label = shuffle_classes(len(tasks), self.classes, self.shots, rng)
        label = rng.integers(self.classes, size=(len(tasks), num_queries))
        all_labels = np.concatenate([support_label, label], axis=1)
        pairs = zip(tasks.tolist(), all_labels, strict=True)
        images = np.stack([self._sample_images(task, split, each, rng) for task, each in pairs])
        examples = support_label.shape[1]
        support, query = images[:, :examples], images[:, examples:]
        return make_row(support, support_label, query, label, self.classes, rng)

    def _sample_images(
        self, task: int, split: str, label: Ints, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """[labels, 64]: an image for each label."""
        task_generator = task_rng("digit_tasks", task, split)
        digit_classes = task_generator.permutation(NUM_DIGITS)[: self.classes]
        images = np.empty((len(label), NUM_PIXELS), dtype=np.float32)
        for name, digit in enumerate(digit_classes):
            positions, pool = np.flatnonzero(label == name), _load_digit(split, int(digit))
            if len(positions) > len(pool):
                raise SpecError(
                    f"source 'digit_tasks': a row takes {len(positions)} images of a digit and the "
                    f"{split} split has {len(pool)}; lower the context"
                )
            images[positions] = rng.permutation(pool)[: len(positions)]
        if self.lens == "none":
            return images
        lens = task_generator.normal(0.0, NUM_PIXELS**-0.5, size=(NUM_PIXELS, NUM_PIXELS)).astype(
            np.float32
        )
        projected: NDArray[np.float32] = images @ lens
        return projected


@cache
def _load_digit(split: str, digit: int) -> NDArray[np.float32]:
    """Images of one digit, centered and scaled by the statistics of all training images."""
    train = digits.Source().examples(None, "train", 1).rows
    flat = train["image"].reshape(-1, NUM_PIXELS).astype(np.float32)
    rows = train if split == "train" else digits.Source().examples(None, split, 1).rows
    selected = rows["image"][rows["label"] == digit].reshape(-1, NUM_PIXELS).astype(np.float32)
    scaled: NDArray[np.float32] = (selected - flat.mean(axis=0)) / flat.std()
    return scaled
