"""What a file of abilities promises, and how one is found by its name.

Besides what stands here, a file may have `notes(items, answerer)`: other numbers read off
the model, for each item a mapping for `Answer.notes` or the reason why there is none. And one
whose questions come from what a run learns from has `items_of(data, shots, answerer)` instead
of `items`, and may have `through(data, answerer)`: what its questions are put to instead of
the model itself, such as a probe on the model's features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from ..errors import SpecError
from ..models.answering import Answerer
from ..naming import module_named
from ..records import Answer, DataSpec
from .item import Item


class Ability(Protocol):
    """The names in the file of an ability."""

    ITEMS: int
    """How many items are asked, at most."""

    METRICS: tuple[str, ...]
    """Files of `metrics/`, or module paths of your own: sharp ones and continuous ones."""

    MOST_SHOTS: int
    """Most examples that a prompt may hold."""

    def items(self, shots: int, answerer: Answerer) -> list[Item]:
        """The questions, always the same. `answerer` gives the vocabulary where ids are asked."""

    def bounds(self, metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
        """What guessing gets on the metric and the best possible value; None if unknown."""


def named(name: str) -> Ability:
    """The file of an ability, by its name or dotted path. Raises SpecError with the choices."""
    module = module_named(name, package=__package__, noun="ability", promises=("items", "items_of"))
    lacking = [
        each for each in ("ITEMS", "METRICS", "MOST_SHOTS", "bounds") if not hasattr(module, each)
    ]
    if lacking:
        raise SpecError(f"ability {name!r} lacks {', '.join(lacking)}, which every ability has")
    return cast(Ability, module)


def questions(name: str, shots: int, answerer: Answerer, data: Sequence[DataSpec]) -> list[Item]:
    """The questions of an ability to a model that learns from `data`.

    Raises SpecError where the ability asks about the data and there is none.
    """
    asked = named(name)
    of_data = getattr(asked, "items_of", None)
    if of_data is None:
        return asked.items(shots, answerer)
    if not data:
        raise SpecError(f"ability {name!r} asks about the rows of a study, and there are none")
    found: list[Item] = of_data(data, shots, answerer)
    return found
