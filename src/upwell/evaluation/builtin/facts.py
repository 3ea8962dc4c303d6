"""Facts of the study's training rows, and facts that no row tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy

from ...data import load_source
from ...data.sources.facts import Source, format_question
from ...errors import SpecError
from ...models.protocols import LM
from ...records import Answer, DataSpec
from .. import chance_level
from ..base import Ability, Bounds, DataAbility
from ..item import Item
from .generated import STOP

MAX_FACTS = 200
NUM_CHOICES = 5


@dataclass(frozen=True)
class RecalledFacts(DataAbility):
    """The number of each key, generated and as a probability.

    Raises SpecError for a study that has no source "facts".
    """

    num_items = MAX_FACTS
    metrics = ("exact_match", "digit_accuracy", "log_probability")

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """At most `MAX_FACTS` facts of the training rows."""
        source = _facts_source(data)
        return [
            Item(
                id=key,
                prompt=format_question(key),
                target=number,
                max_new_tokens=source.digits + 1,
                stop=STOP,
            )
            for key, number in source.facts("train")[:MAX_FACTS]
        ]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance is a random number; that of the log-probability is a tenth for each digit."""
        if metric == "log_probability":
            return -len(answers[0].target) * float(numpy.log(10)), 0.0
        return chance_level.bounds(metric, 1)


@dataclass(frozen=True)
class UnknownFacts(DataAbility):
    """The control: numbers of keys that no training row has, among the numbers of other keys.

    Whoever is above chance has seen them.
    """

    num_items = MAX_FACTS
    metrics = ("accuracy", "choice_probability")

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """At most `MAX_FACTS` facts of the test split, each with `NUM_CHOICES` numbers."""
        facts = _facts_source(data).facts("test")[:MAX_FACTS]
        numbers = [number for _, number in facts]
        items = []
        for index, (key, number) in enumerate(facts):
            rng = numpy.random.default_rng([index, len(facts)])
            others = [other for other in dict.fromkeys(numbers) if other != number]
            wrong = rng.choice(others, size=NUM_CHOICES - 1, replace=False).tolist()
            items.append(
                Item(id=key, prompt=format_question(key), target=number, choices=(number, *wrong))
            )
        return items

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance and ceiling of `NUM_CHOICES` choices."""
        return chance_level.bounds(metric, NUM_CHOICES)


def _facts_source(data: Sequence[DataSpec]) -> Source:
    for spec in data:
        source = load_source(spec)
        if isinstance(source, Source):
            return source
    raise SpecError("this ability asks about the source 'facts'; add it to the data of the study")


ABILITIES: Final[dict[str, Ability]] = {
    "facts": RecalledFacts(),
    "unknown_facts": UnknownFacts(),
}
