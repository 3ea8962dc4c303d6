"""Asks a classifier: instances in, the log-probability of each class out.

A class is named by its number, "0" to "9" for ten of them: what a number stands for is a matter
of the data, and a network has never heard of it.

Axes: B instances, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy
import torch
from torch import Tensor

from ..errors import DataError, ModelError
from .answering import Instance, Prompt, Text, Unanswered

BATCH_NUMBERS = 1 << 21
"""Numbers in the instances of a forward pass, so that large ones go in smaller batches."""

NOT_FINITE = Unanswered("the model's numbers are not finite")

Logits: TypeAlias = Callable[[Mapping[str, Tensor]], Tensor]
"""Arrays by name, [B, ...] each, to logits [B, C]."""


class ClassifyingAnswerer:
    """Asks `logits(batch) -> [B, C]`, whose module must be in eval mode."""

    tokenizer = None

    def __init__(self, logits: Logits) -> None:
        self._logits = logits

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each (instance, class) one natural log-probability, or a reason."""
        known = self._known([prompt for prompt, _ in pairs])
        return [_chosen(known[id(prompt)], label) for prompt, label in pairs]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """The most probable class of each instance."""
        known = self._known(prompts)
        return [_likeliest(known[id(prompt)]) for prompt in prompts]

    def _known(self, prompts: Sequence[Prompt]) -> dict[int, list[float] | Unanswered]:
        """Log-probabilities of all classes, by instance: each is looked at once."""
        shown = {id(prompt): _instance(prompt) for prompt in prompts}
        known: dict[int, list[float] | Unanswered] = {}
        for names in _alike(shown):
            known |= self._weighed({name: shown[name] for name in names})
        return known

    def _weighed(self, shown: Mapping[int, Instance]) -> dict[int, list[float] | Unanswered]:
        """Log-probabilities of all classes, for instances of one shape."""
        arrays = [each.arrays for each in shown.values()]
        stacked = {name: numpy.stack([each[name] for each in arrays]) for name in arrays[0]}
        batch = {name: torch.from_numpy(stack) for name, stack in stacked.items()}
        with torch.inference_mode():
            logits_BC = self._logits(batch).float()
        numbers = logits_BC.log_softmax(-1).tolist()
        fine = logits_BC.isfinite().all(-1).tolist()
        return {
            name: row if good else NOT_FINITE
            for name, row, good in zip(shown, numbers, fine, strict=True)
        }


def _instance(prompt: Prompt) -> Instance:
    if isinstance(prompt, Instance):
        return prompt
    raise DataError("a classifier is shown instances, not text; ask it an ability that has some")


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


def _chosen(row: list[float] | Unanswered, label: Text) -> list[float] | Unanswered:
    if isinstance(row, Unanswered):
        return row
    if not (isinstance(label, str) and label.isdecimal() and int(label) < len(row)):
        raise ModelError(f"a classifier of {len(row)} classes knows no class {label!r}")
    return [row[int(label)]]


def _likeliest(row: list[float] | Unanswered) -> str | Unanswered:
    return row if isinstance(row, Unanswered) else str(row.index(max(row)))
