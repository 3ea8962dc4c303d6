"""Asks a classifier: instances in, the log-probability of each class out.

A class is named by its number, "0" to "9" for ten of them: what a number stands for is a matter
of the data, and a network has never heard of it.

Axes: B instances, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from torch import Tensor

from ..errors import ModelError
from .answering import Prompt, Text, Unanswered
from .instances import seen

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
        """Log-probabilities of all classes, by instance."""
        return seen(prompts, lambda batch: self._logits(batch).float().log_softmax(-1))


def _chosen(row: list[float] | Unanswered, label: Text) -> list[float] | Unanswered:
    if isinstance(row, Unanswered):
        return row
    if not (isinstance(label, str) and label.isdecimal() and int(label) < len(row)):
        raise ModelError(f"a classifier of {len(row)} classes knows no class {label!r}")
    return [row[int(label)]]


def _likeliest(row: list[float] | Unanswered) -> str | Unanswered:
    return row if isinstance(row, Unanswered) else str(row.index(max(row)))
