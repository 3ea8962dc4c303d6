"""Ask a model the items of an ability and keep everything that it gives.

Answers are expensive and scores are cheap. An answer holds the log-probability of every choice
and of every token of the target, so that any metric can be computed later. An item that the
model cannot answer becomes an answer with a reason.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice

from ..errors import SpecError
from ..models.protocols import LM, NoAnswer
from ..records import Answer, DataSpec, ModelRef
from .base import Ability, build_items, load_ability
from .item import Item, canonical_text

LOGPROB_DECIMALS = 6
"""Precision of the numbers in an answer: a millionth of a nat, about that of float32."""

ContinuationLogprobs = list[list[float] | NoAnswer]
Completion = str | NoAnswer | None
ExtrasOrNoAnswer = Mapping[str, float] | NoAnswer


def evaluate(
    lm: LM,
    ref: ModelRef,
    ability: str,
    shots: int = 0,
    skip: Collection[str] = (),
    data: Sequence[DataSpec] = (),
) -> list[Answer]:
    """One answer for every item of the ability except those in `skip`, in the order of the items.

    `data` is what the model learns from, for abilities that ask about it. Raises SpecError for an
    unknown ability, or for more shots than the ability takes.
    """
    loaded_ability = load_ability(ability)
    if not 0 <= shots <= loaded_ability.max_shots:
        raise SpecError(
            f"ability {ability!r} takes 0 to {loaded_ability.max_shots} shots, found {shots}; "
            "evaluate it apart from abilities that take more"
        )
    lm = loaded_ability.wrap_model(data, lm)
    items = [item for item in build_items(ability, shots, lm, data) if item.id not in skip]
    logprobs = _continuation_logprobs(lm, items)
    completions = _completions(lm, items)
    extras = _extra_measurements(loaded_ability, lm, items, logprobs)
    return [
        _complete_answer(_partial_answer(item, ref.id, ability, shots), *outputs)
        for item, outputs in zip(
            items, zip(logprobs, completions, extras, strict=True), strict=True
        )
    ]


def _continuation_logprobs(lm: LM, items: Sequence[Item]) -> list[ContinuationLogprobs]:
    """For each item, the token log-probabilities of each of its continuations."""
    pairs = [(item.prompt, text) for item in items for text in item.continuations]
    logprobs = iter(lm.token_logprobs(pairs)) if pairs else iter(())
    return [list(islice(logprobs, len(item.continuations))) for item in items]


def _completions(lm: LM, items: Sequence[Item]) -> list[Completion]:
    completions: dict[str, Completion] = {}
    for max_new_tokens, stop in {
        (item.max_new_tokens, item.stop) for item in items if item.max_new_tokens
    }:
        group = [
            item for item in items if (item.max_new_tokens, item.stop) == (max_new_tokens, stop)
        ]
        generated = lm.generate([item.prompt for item in group], max_new_tokens, stop or None)
        completions |= {item.id: text for item, text in zip(group, generated, strict=True)}
    return [completions.get(item.id) for item in items]


def _extra_measurements(
    ability: Ability, lm: LM, items: Sequence[Item], logprobs: Sequence[ContinuationLogprobs]
) -> list[ExtrasOrNoAnswer]:
    """Extras of the items that the model can read; the others have a reason already."""
    is_readable = [
        not any(isinstance(entry, NoAnswer) for entry in item_logprobs)
        for item_logprobs in logprobs
    ]
    readable_items = [item for item, readable in zip(items, is_readable, strict=True) if readable]
    measured = iter(ability.extra_measurements(readable_items, lm))
    return [next(measured) if readable else {} for readable in is_readable]


def _partial_answer(item: Item, model_id: str, ability: str, shots: int) -> Answer:
    """The answer without the model's numbers."""
    return Answer(
        model=model_id,
        ability=ability,
        item=item.id,
        shots=shots,
        prompt=hashlib.sha256(canonical_text(item.prompt).encode()).hexdigest(),
        target=canonical_text(item.target),
        choices=item.choices,
        extras=_round_extras(item.extras),
    )


def _complete_answer(
    partial: Answer,
    logprobs: ContinuationLogprobs,
    completion: Completion,
    extras: ExtrasOrNoAnswer,
) -> Answer:
    numbers = [entry for entry in logprobs if not isinstance(entry, NoAnswer)]
    if (
        len(numbers) < len(logprobs)
        or isinstance(completion, NoAnswer)
        or isinstance(extras, NoAnswer)
    ):
        refusals = (
            entry for entry in (*logprobs, completion, extras) if isinstance(entry, NoAnswer)
        )
        return replace(partial, reason=next(refusals).reason)
    if not all(map(math.isfinite, chain(*numbers, extras.values()))):
        return replace(partial, reason="the model's numbers are not finite")
    target_index = partial.choices.index(partial.target) if partial.choices else 0
    return replace(
        partial,
        completion=completion,
        logprobs=_round_all(math.fsum(entry) for entry in numbers) if partial.choices else (),
        token_logprobs=_round_all(numbers[target_index]),
        correct=None if completion is None else completion == partial.target,
        extras={**partial.extras, **_round_extras(extras)},
    )


def _round_extras(extras: Mapping[str, float]) -> dict[str, float]:
    return {name: round(number, LOGPROB_DECIMALS) for name, number in extras.items()}


def _round_all(numbers: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(number, LOGPROB_DECIMALS) for number in numbers)
