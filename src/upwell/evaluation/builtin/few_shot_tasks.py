"""Tasks with a few labeled examples and a query: can the task be learned from the examples?

`new_tasks` are tasks that training never showed, so only the examples tell the labels.
`training_tasks` are tasks of training. With no shots at all, only a model that memorized them
does better than chance, and only where a query tells its task (Raventós et al. 2023, arXiv
2306.15063). `shuffled_tasks` is the control: the labels of the examples are shuffled, so a model
above chance does not use them (Min et al. 2022, arXiv 2202.12837).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy
from numpy.typing import NDArray

from ...data import load_task_source
from ...errors import SpecError
from ...models.protocols import LM, ArrayInput
from ...records import Answer, DataSpec
from .. import chance_level
from ..base import Ability, Bounds, DataAbility
from ..item import Item

NUM_TASKS = 200
NUM_QUERIES = 3

Relabel: TypeAlias = Callable[[NDArray[numpy.int64], numpy.random.Generator], NDArray[numpy.int64]]
"""From the labels of a task's examples to the labels that the prompt shows."""


@dataclass(frozen=True)
class FewShotTasks(DataAbility):
    """Tasks of a split of the first source; the number of shots is the examples per class.

    Queries and tasks are the same for any number of shots, and fewer examples are the first of
    many. Tasks of the train split are among the first `limit` of the source. Raises SpecError for
    more shots than the source has.
    """

    split: str
    relabel: Relabel | None = None

    num_items = NUM_TASKS * NUM_QUERIES
    max_shots = 16
    metrics = ("accuracy", "log_loss", "choice_probability", "brier")

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """`NUM_QUERIES` queries for each of `NUM_TASKS` tasks, after `shots` examples per class."""
        spec = data[0]
        source: Any = load_task_source(spec)
        if shots > source.shots:
            raise SpecError(
                f"source {spec.source!r} has at most {source.shots} examples of a class, found "
                f"{shots} shots; raise the shots of the source or drop them from the study"
            )
        rng = numpy.random.default_rng([*self.split.encode(), NUM_TASKS])
        limit = spec.limit if self.split == "train" else None
        tasks = numpy.arange(NUM_TASKS) % (limit or NUM_TASKS)
        num_rows = source.classes * source.shots + NUM_QUERIES
        rows = source.episodes(tasks, self.split, num_rows, rng)
        return [
            item
            for task in range(NUM_TASKS)
            for item in self._task_items(
                task, {name: values[task] for name, values in rows.items()}, source.classes * shots
            )
        ]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance and ceiling if all classes are equally frequent."""
        return chance_level.bounds(metric, len(answers[0].choices))

    def _task_items(self, task: int, row: dict[str, NDArray[Any]], num_examples: int) -> list[Item]:
        labels = row["support_label"]
        num_classes = int(labels.max()) + 1
        if self.relabel is not None:
            labels = self.relabel(labels, numpy.random.default_rng(task))
        examples = {
            "support": row["support"][:num_examples],
            "support_label": labels[:num_examples],
        }
        return [
            Item(
                id=f"{task:03d}-{index}",
                prompt=ArrayInput({**examples, "query": query}),
                target=str(label),
                choices=tuple(str(class_index) for class_index in range(num_classes)),
            )
            for index, (query, label) in enumerate(
                zip(row["query"], row["label"].tolist(), strict=True)
            )
        ]


def _shuffle_labels(
    labels: NDArray[numpy.int64], rng: numpy.random.Generator
) -> NDArray[numpy.int64]:
    return rng.permutation(labels)


ABILITIES: Final[dict[str, Ability]] = {
    "new_tasks": FewShotTasks("test"),
    "training_tasks": FewShotTasks("train"),
    "shuffled_tasks": FewShotTasks("test", _shuffle_labels),
}
