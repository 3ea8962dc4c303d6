"""Instances that are no text, each looked at once, in batches of one shape that memory can hold.

Axes: B instances, K numbers that a network gives for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy
import torch
from torch import Tensor

from ..errors import DataError
from .answering import Instance, Prompt, Unanswered

BATCH_NUMBERS = 1 << 21
"""Numbers in the instances of a forward pass, so that large ones go in smaller batches."""

NOT_FINITE = Unanswered("the model's numbers are not finite")

Look: TypeAlias = Callable[[Mapping[str, Tensor]], Tensor]
"""Arrays by name, [B, ...] each, to numbers [B, K]."""


def seen(prompts: Sequence[Prompt], look: Look) -> dict[int, list[float] | Unanswered]:
    """What `look` gives for each instance, by the prompt's `id`; a reason where it is not finite.

    Raises DataError for a prompt that is text.
    """
    shown = {id(prompt): _instance(prompt) for prompt in prompts}
    found: dict[int, list[float] | Unanswered] = {}
    for names in _alike(shown):
        found |= _given({name: shown[name] for name in names}, look)
    return found


def _given(shown: Mapping[int, Instance], look: Look) -> dict[int, list[float] | Unanswered]:
    """For instances of one shape."""
    arrays = [each.arrays for each in shown.values()]
    stacked = {name: numpy.stack([each[name] for each in arrays]) for name in arrays[0]}
    batch = {name: torch.from_numpy(stack) for name, stack in stacked.items()}
    with torch.inference_mode():
        given_BK = look(batch).float()
    fine = given_BK.isfinite().all(-1).tolist()
    return {
        name: row if good else NOT_FINITE
        for name, row, good in zip(shown, given_BK.tolist(), fine, strict=True)
    }


def _instance(prompt: Prompt) -> Instance:
    if isinstance(prompt, Instance):
        return prompt
    raise DataError("this model is shown instances, not text; ask it an ability that has some")


def _alike(shown: Mapping[int, Instance]) -> Iterator[list[int]]:
    """Instances of one shape together, in batches that memory can hold."""
    shapes: dict[tuple[object, ...], list[int]] = {}
    for name, instance in shown.items():
        shape = tuple((key, array.shape) for key, array in sorted(instance.arrays.items()))
        shapes.setdefault(shape, []).append(name)
    for names in shapes.values():
        numbers = sum(array.size for array in shown[names[0]].arrays.values())
        size = max(1, BATCH_NUMBERS // max(1, numbers))
        yield from (names[start : start + size] for start in range(0, len(names), size))
