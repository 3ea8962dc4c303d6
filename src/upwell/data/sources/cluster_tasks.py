"""Tasks made of clouds of points: each class of a task is a Gaussian about a centre of its own.

The best that can be done after k examples a class is known: the nearest class mean is the plug-in
rule for clouds of one round shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ..episodes import Ints, check_size, rounds, row_of, task_dice
from ..source import Rows

LICENCE = "made by Upwell"


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """Points in `inputs` dimensions; centres have unit variance in each of them."""

    classes: int = 5
    shots: int = 5
    """Most examples of a class in a row."""

    inputs: int = 16
    noise: float = 1.0
    """Standard deviation of a point about its centre, in each dimension."""

    def __post_init__(self) -> None:
        if self.inputs < 1 or self.noise <= 0:
            raise SpecError(
                f"source 'cluster_tasks': inputs is {self.inputs} and noise {self.noise}; "
                "both have to be above 0"
            )

    def episodes(self, tasks: Ints, split: str, context: int, dice: np.random.Generator) -> Rows:
        """Fresh points of every task."""
        questions = check_size("cluster_tasks", self.classes, self.shots, context)
        centres = np.stack([self._centres(int(task), split) for task in tasks])
        shown_label = rounds(len(tasks), self.classes, self.shots, dice)
        label = dice.integers(self.classes, size=(len(tasks), questions))
        shown, query = (self._points(centres, each, dice) for each in (shown_label, label))
        return row_of(shown, shown_label, query, label, self.classes, dice)

    def _centres(self, task: int, split: str) -> NDArray[np.float64]:
        return task_dice("cluster_tasks", task, split).normal(size=(self.classes, self.inputs))

    def _points(
        self, centres: NDArray[np.float64], label: Ints, dice: np.random.Generator
    ) -> NDArray[np.float32]:
        own = np.take_along_axis(centres, label[:, :, None], axis=1)
        points: NDArray[np.float32] = (own + self.noise * dice.normal(size=own.shape)).astype(
            np.float32
        )
        return points
