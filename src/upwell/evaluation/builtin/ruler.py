"""Questions to the ruler, whose answers are planted in `models/families/toy`.

`step` is a jump, `slope` a smooth rise that exact match shows as a jump, `flat` no change, and
`dip` a fall and a rise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy

from ...models.families.toy import render_question
from ...models.protocols import LM
from ...records import Answer
from .. import chance_level
from ..base import Ability, Bounds
from ..item import Item

NUM_DIGITS = 5
NUM_CHOICES = 5


@dataclass(frozen=True)
class PlantedAbility(Ability):
    """A number of five digits to repeat; the planted curve decides how well."""

    curve: str
    """Name of the planted curve."""

    num_items = 100
    metrics = ("exact_match", "digit_accuracy", "log_probability", "choice_probability", "brier")

    def items(self, shots: int, lm: LM) -> list[Item]:
        """Numbers to repeat."""
        return [_build_item(self.curve, number) for number in range(self.num_items)]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance and ceiling of five choices."""
        return chance_level.bounds(metric, NUM_CHOICES)


def _build_item(curve: str, number: int) -> Item:
    digits = numpy.random.default_rng([number]).integers(10, size=NUM_DIGITS).tolist()
    # Not an offset of 1: that is the toy's own mistake, which only its completions may show.
    distractors = [
        _shift_digit(digits, index, offset=2 + index) for index in range(NUM_CHOICES - 1)
    ]
    target = "".join(map(str, digits))
    return Item(
        id=f"{number:03d}",
        prompt=render_question(curve, number, target),
        target=target,
        choices=(target, *distractors),
        max_new_tokens=NUM_DIGITS,
    )


def _shift_digit(digits: list[int], index: int, offset: int) -> str:
    shifted = [(digit + offset) % 10 if i == index else digit for i, digit in enumerate(digits)]
    return "".join(map(str, shifted))


ABILITIES: Final[dict[str, Ability]] = {
    "step": PlantedAbility("step"),
    "slope": PlantedAbility("slope"),
    "flat": PlantedAbility("flat"),
    "dip": PlantedAbility("dip"),
}
