"""Ask a model the questions of a task, in every variant that is wanted, in one go.

All variants go to the model together, so that what they share is read once: with few shots
being the beginning of many, the whole curve over shots costs little more than its last point.
What cannot be put or answered becomes an answer with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cache

from ...errors import DataError
from ...models.answering import Answerer
from ...records import Answer
from .hearing import hear
from .putting import Put, put
from .rows import Row
from .shots import Dealing, dealt
from .task import Task
from .variant import Heard, Variant

Shown = Callable[[Variant], list[list[Row]]]
"""For a variant, the examples of every row."""


def ask_task(
    answerer: Answerer,
    model: str,
    task: Task,
    variants: Sequence[Variant] = (Variant(),),
    *,
    dealing: Dealing | None = None,
    rows: Sequence[int] | None = None,
    skip: Collection[tuple[Variant, str]] = (),
) -> list[Heard]:
    """Answers to the rows (all, unless told) in all variants, but the (variant, item) in `skip`.

    `dealing` says how examples are dealt; draw and order are those of each variant. Raises
    DataError where the first question cannot be put, for then none can.
    """
    shown = shots_of(task, dealing or Dealing())
    places = range(len(task.rows)) if rows is None else rows
    wanted = [
        (place, variant)
        for place in places
        for variant in variants
        if (variant, task.id_of(place)) not in skip
    ]
    if wanted:
        place, variant = wanted[0]
        put(task, place, variant, shown(variant)[place], model)
    puts = [_tried(task, place, variant, shown(variant)[place], model) for place, variant in wanted]
    answers = iter(hear(answerer, task, [each for each in puts if isinstance(each, Put)]))
    return [
        Heard(variant=each.variant, answer=next(answers)) if isinstance(each, Put) else each
        for each in puts
    ]


def check(task: Task, variants: Sequence[Variant], dealing: Dealing) -> None:
    """Raises DataError where the first question cannot be put in a variant, for then none can."""
    shown = shots_of(task, dealing)
    for variant in variants:
        put(task, 0, variant, shown(variant)[0], "")


def shots_of(task: Task, how: Dealing) -> Shown:
    """Deals the examples of every variant, each once."""

    @cache
    def of(shots: int, draw: int, order: int) -> list[list[Row]]:
        return dealt(task, shots, replace(how, draw=draw, order=order))

    return lambda variant: of(variant.shots, variant.draw, variant.order)


def _tried(
    task: Task, place: int, variant: Variant, examples: Sequence[Row], model: str
) -> Put | Heard:
    """The question, or an answer that says why it cannot be put."""
    try:
        return put(task, place, variant, examples, model)
    except DataError as error:
        answer = Answer(
            model=model,
            ability=task.name,
            item=task.id_of(place),
            shots=variant.shots,
            prompt="",
            target="",
            reason=str(error),
        )
        return Heard(variant=variant, answer=answer)
