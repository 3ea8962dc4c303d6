"""Images that a model makes: do they lie where real ones lie, and does every class appear?

Nothing is asked and nothing would be right; what is kept of each image is what an eye of our own
(`eye.py`) sees: its class, and its place among the real images that training shows. A model that
repeats training images would do well here: this tells how alike, not how new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import SpecError
from ..models.answering import Answerer, Instance, Prompt, Sampling, Text, Unanswered
from ..records import Answer, DataSpec
from .eye import Eye, eye_for
from .item import Item

ITEMS: Final = 1000
MOST_SHOTS: Final = 0
METRICS: Final = ("frechet_distance", "mode_coverage")

SEED: Final = 0
"""Of the noise: every model is given the same."""


def items_of(data: Sequence[DataSpec], shots: int, answerer: Answerer) -> list[Item]:
    """`ITEMS` images, by their number."""
    return [
        Item(id=f"{number:04d}", prompt=Instance({"number": np.array(number)}), target="")
        for number in range(ITEMS)
    ]


def through(data: Sequence[DataSpec], answerer: Answerer) -> Looked:
    """The images that the model makes, as an eye for the study's images sees them.

    Raises SpecError for a model that makes none.
    """
    if not isinstance(answerer, Sampling):
        raise SpecError("ability 'samples' looks at images that models make; this one makes none")
    return Looked(answerer.samples(ITEMS, SEED), eye_for(data))


def notes(items: Sequence[Item], answerer: Looked) -> list[Mapping[str, float]]:
    """Of each image its `class`, of how many `classes`, and its place `at00`, `at01`, ..."""
    return [answerer.seen[int(item.id)] for item in items]


def bounds(metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """What perfection gets: no distance, all classes."""
    if metric == "frechet_distance":
        return None, 0.0
    found = (answer.notes["classes"] for answer in answers if "classes" in answer.notes)
    return None, next(found, None)


@dataclass(frozen=True, eq=False)
class Looked:
    """Images, and the eye that looks at them, in the place of the model that made them."""

    images: NDArray[np.uint8]
    eye: Eye
    tokenizer = None

    @cached_property
    def seen(self) -> list[Mapping[str, float]]:
        """What is kept of each image."""
        places = self.eye.places_of(self.images)
        return [
            {"class": float(label), "classes": float(self.eye.classes)}
            | {f"at{direction:02d}": value for direction, value in enumerate(place)}
            for label, place in zip(
                self.eye.classes_of(self.images).tolist(), places.tolist(), strict=True
            )
        ]

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """Nothing is asked, so nothing is weighed."""
        return [[] for _ in pairs]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """Nothing is said."""
        return ["" for _ in prompts]
