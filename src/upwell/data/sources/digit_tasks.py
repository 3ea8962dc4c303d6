"""Tasks made of handwritten digits: some of the ten, renamed, and seen through a random lens.

Each task picks its digits, gives them the names 0, 1, 2, ... in an order of its own, and shows
every image through one random linear projection, so that neither names nor pixels mean the same
in two tasks: only its examples tell what a task is about (Kirsch et al. 2022, arXiv 2212.04458).
Test tasks have other lenses and names, and images that training never shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ..episodes import Ints, check_size, rounds, row_of, task_dice
from ..source import Rows
from . import digits

LICENCE = digits.LICENCE

KINDS, PIXELS = 10, 64


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """Images of 64 numbers, centred, of about unit variance."""

    classes: int = 5
    shots: int = 5
    """Most examples of a class in a row."""

    lens: str = "random"
    """"random": a projection of each task's own; "none": images as they are."""

    def __post_init__(self) -> None:
        if self.lens not in ("random", "none") or not 2 <= self.classes <= KINDS:
            raise SpecError(
                f"source 'digit_tasks': lens is 'random' or 'none', found {self.lens!r}; classes "
                f"are 2 to {KINDS}, found {self.classes}"
            )
        digits.Source()

    def episodes(self, tasks: Ints, split: str, context: int, dice: np.random.Generator) -> Rows:
        """Fresh images of every task; no image is both shown and asked in one row."""
        questions = check_size("digit_tasks", self.classes, self.shots, context)
        shown_label = rounds(len(tasks), self.classes, self.shots, dice)
        label = dice.integers(self.classes, size=(len(tasks), questions))
        both = np.concatenate([shown_label, label], axis=1)
        pairs = zip(tasks.tolist(), both, strict=True)
        images = np.stack([self._images(task, split, each, dice) for task, each in pairs])
        examples = shown_label.shape[1]
        shown, query = images[:, :examples], images[:, examples:]
        return row_of(shown, shown_label, query, label, self.classes, dice)

    def _images(
        self, task: int, split: str, label: Ints, dice: np.random.Generator
    ) -> NDArray[np.float32]:
        """(labels, 64) an image for each label."""
        own = task_dice("digit_tasks", task, split)
        kinds = own.permutation(KINDS)[: self.classes]
        found = np.empty((len(label), PIXELS), dtype=np.float32)
        for name, kind in enumerate(kinds):
            places, pool = np.flatnonzero(label == name), _kind(split, int(kind))
            if len(places) > len(pool):
                raise SpecError(
                    f"source 'digit_tasks': a row wants {len(places)} images of a digit and the "
                    f"{split} split has {len(pool)}; lower the context"
                )
            found[places] = dice.permutation(pool)[: len(places)]
        if self.lens == "none":
            return found
        lens = own.normal(0.0, PIXELS**-0.5, size=(PIXELS, PIXELS)).astype(np.float32)
        seen: NDArray[np.float32] = found @ lens
        return seen


@cache
def _kind(split: str, kind: int) -> NDArray[np.float32]:
    """Images of one digit, centred and scaled by what training shows of all."""
    train = digits.Source().examples(None, "train", 1).rows
    flat = train["image"].reshape(-1, PIXELS).astype(np.float32)
    rows = train if split == "train" else digits.Source().examples(None, split, 1).rows
    own = rows["image"][rows["label"] == kind].reshape(-1, PIXELS).astype(np.float32)
    scaled: NDArray[np.float32] = (own - flat.mean(axis=0)) / flat.std()
    return scaled
