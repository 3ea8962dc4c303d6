"""Classification of the rows of a study, from its test split or its train split.

Compare the two to tell learning from memorizing: random labels can be memorized and not learned
(Zhang et al. 2017, arXiv 1611.03530).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...data import Examples, load_examples
from ...errors import DataError
from ...models.protocols import LM, ArrayInput
from ...records import Answer, DataSpec
from .. import chance_level
from ..base import Ability, Bounds, DataAbility
from ..item import Item

LABEL_COLUMN = "label"


@dataclass(frozen=True)
class LabeledExamples(DataAbility):
    """Rows of all sources of the study, with the classes as choices.

    Raises DataError for a source without classes.
    """

    split: str
    """Split of the rows. Of the train split only the rows within the study's limit are asked."""

    num_items = 1000
    metrics = ("accuracy", "log_loss", "choice_probability", "brier", "calibration_error")

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """At most `num_items` rows, equally many of each source."""
        per_source = max(1, self.num_items // len(data))
        return [
            item
            for source_index, spec in enumerate(data)
            for item in _build_items(
                _load_examples(spec, self.split), f"{source_index}-", per_source
            )
        ]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance and ceiling if all classes are equally frequent."""
        return chance_level.bounds(metric, len(answers[0].choices))


def _load_examples(spec: DataSpec, split: str) -> Examples:
    limit = spec.limit if split == "train" else None
    return load_examples(replace(spec, split=split, limit=limit, revision=None), None, 1)


def _build_items(loaded: Examples, prefix: str, count: int) -> list[Item]:
    if LABEL_COLUMN not in loaded.rows or not loaded.classes:
        raise DataError("these rows have no classes to predict; choose a source with classes")
    choices = tuple(str(number) for number in range(len(loaded.classes)))
    inputs = {name: rows for name, rows in loaded.rows.items() if name != LABEL_COLUMN}
    return [
        Item(
            id=f"{prefix}{index:05d}",
            prompt=ArrayInput({name: rows[index] for name, rows in inputs.items()}),
            target=str(label),
            choices=choices,
        )
        for index, label in enumerate(loaded.rows[LABEL_COLUMN][:count].tolist())
    ]


ABILITIES: Final[dict[str, Ability]] = {
    "test_examples": LabeledExamples(split="test"),
    "train_examples": LabeledExamples(split="train"),
}
