"""Ask a model the items of an ability, and keep everything it gave.

Asking is dear, scoring is cheap: an answer holds the log-probability of every choice and of
every token of the target, so that metrics can be redone at any time. What a model cannot
answer becomes an answer with a reason.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice

from ..errors import SpecError
from ..models.answering import Answerer, Unanswered
from ..records import Answer, DataSpec, ModelRef
from .ability import Ability, named, questions
from .item import Item, written

DECIMALS = 6
"""Numbers are kept to a millionth of a nat, about what float32 can tell."""

Scored = list[list[float] | Unanswered]
Said = str | Unanswered | None
Notes = Mapping[str, float] | Unanswered


def ask(
    answerer: Answerer,
    ref: ModelRef,
    ability: str,
    shots: int = 0,
    skip: Collection[str] = (),
    data: Sequence[DataSpec] = (),
) -> list[Answer]:
    """One answer for every item of the ability but those in `skip`, in the order of the items.

    `data` is what the model learns from, for abilities that ask about it. Raises SpecError for an
    ability that does not exist, or has no such number of shots.
    """
    asked = named(ability)
    if not 0 <= shots <= asked.MOST_SHOTS:
        raise SpecError(
            f"ability {ability!r} takes 0 to {asked.MOST_SHOTS} shots, found {shots}; "
            "ask it apart from abilities that take more"
        )
    if (through := getattr(asked, "through", None)) is not None:
        answerer = through(data, answerer)
    items = [item for item in questions(ability, shots, answerer, data) if item.id not in skip]
    scored = _scored(answerer, items)
    said = _said(answerer, items)
    notes = _notes(asked, answerer, items, scored)
    return [
        _answer(_blank(item, ref.id, ability, shots), *heard)
        for item, heard in zip(items, zip(scored, said, notes, strict=True), strict=True)
    ]


def _scored(answerer: Answerer, items: Sequence[Item]) -> list[Scored]:
    """For each item, what the model gave for each of its continuations."""
    pairs = [(item.prompt, text) for item in items for text in item.scored]
    found = iter(answerer.logprobs(pairs)) if pairs else iter(())
    return [list(islice(found, len(item.scored))) for item in items]


def _said(answerer: Answerer, items: Sequence[Item]) -> list[Said]:
    said: dict[str, Said] = {}
    for tokens, stop in {(item.speak, item.stop) for item in items if item.speak}:
        group = [item for item in items if (item.speak, item.stop) == (tokens, stop)]
        heard = answerer.say([item.prompt for item in group], tokens, stop or None)
        said |= {item.id: text for item, text in zip(group, heard, strict=True)}
    return [said.get(item.id) for item in items]


def _notes(
    asked: Ability, answerer: Answerer, items: Sequence[Item], scored: Sequence[Scored]
) -> list[Notes]:
    """Read off the items that the model can read; the others have their reason already."""
    look = getattr(asked, "notes", None)
    if look is None:
        return [{} for _ in items]
    readable = [not any(isinstance(x, Unanswered) for x in heard) for heard in scored]
    seen = iter(look([item for item, fine in zip(items, readable, strict=True) if fine], answerer))
    return [next(seen) if fine else {} for fine in readable]


def _blank(item: Item, model: str, ability: str, shots: int) -> Answer:
    """What is known of an answer before the model is heard."""
    return Answer(
        model=model,
        ability=ability,
        item=item.id,
        shots=shots,
        prompt=hashlib.sha256(written(item.prompt).encode()).hexdigest(),
        target=written(item.target),
        choices=item.choices,
        notes=_kept(item.notes),
    )


def _answer(blank: Answer, scored: Scored, said: Said, notes: Notes) -> Answer:
    numbers = [each for each in scored if not isinstance(each, Unanswered)]
    if len(numbers) < len(scored) or isinstance(said, Unanswered) or isinstance(notes, Unanswered):
        refusals = (each for each in (*scored, said, notes) if isinstance(each, Unanswered))
        return replace(blank, reason=next(refusals).reason)
    if not all(map(math.isfinite, chain(*numbers, notes.values()))):
        return replace(blank, reason="the model's numbers are not finite")
    target = blank.choices.index(blank.target) if blank.choices else 0
    return replace(
        blank,
        said=said,
        logprobs=_rounded(math.fsum(each) for each in numbers) if blank.choices else (),
        token_logprobs=_rounded(numbers[target]),
        right=None if said is None else said == blank.target,
        notes={**blank.notes, **_kept(notes)},
    )


def _kept(notes: Mapping[str, float]) -> dict[str, float]:
    return {name: round(number, DECIMALS) for name, number in notes.items()}


def _rounded(numbers: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(number, DECIMALS) for number in numbers)
