"""Few-shot tasks of point clouds: each class of a task is a Gaussian about its own center.

A strong reference is known: with k examples of each class, classify by the nearest class mean, the
plug-in rule for spherical Gaussians of one variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ..source import Rows, TaskSource
from .episodes import Ints, count_queries, make_row, shuffle_classes, task_rng

LICENSE = "made by Upwell"


@final
@dataclass(frozen=True, kw_only=True)
class Source(TaskSource):
    """Points in `inputs` dimensions; the centers have variance 1 in each of them."""

    classes: int = 5
    shots: int = 5
    """Number of examples of each class in a row."""

    inputs: int = 16
    noise: float = 1.0
    """Standard deviation of a point about its center, in each dimension."""

    def __post_init__(self) -> None:
        if self.inputs < 1 or self.noise <= 0:
            raise SpecError(
                f"source 'cluster_tasks': inputs is {self.inputs} and noise {self.noise}; "
                "both have to be above 0"
            )

    def episodes(self, tasks: Ints, split: str, context: int, rng: np.random.Generator) -> Rows:
        """Newly drawn points of every task; see `make_row` for the arrays."""
        num_queries = count_queries("cluster_tasks", self.classes, self.shots, context)
        centers = np.stack([self._sample_centers(int(task), split) for task in tasks])
        support_label = shuffle_classes(len(tasks), self.classes, self.shots, rng)
        label = rng.integers(self.classes, size=(len(tasks), num_queries))
        support, query = (
            self._sample_points(centers, each, rng) for each in (support_label, label)
        )
        return make_row(support, support_label, query, label, self.classes, rng)

    def _sample_centers(self, task: int, split: str) -> NDArray[np.float64]:
        return task_rng("cluster_tasks", task, split).normal(size=(self.classes, self.inputs))

    def _sample_points(
        self, centers: NDArray[np.float64], label: Ints, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        point_centers = np.take_along_axis(centers, label[:, :, None], axis=1)
        points: NDArray[np.float32] = (
            point_centers + self.noise * rng.normal(size=point_centers.shape)
        ).astype(np.float32)
        return points
