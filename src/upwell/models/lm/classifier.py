"""A classifier of arrays as a language model: the continuation of an input is its class.

A class is written as its index, "0" to "9" for ten of them; the data know their names.

Axes: B inputs, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from torch import Tensor

from ...errors import ModelError
from ..protocols import LM, NoAnswer, Prompt, Text
from .readers.batching import forward_instances

LogitsFn: TypeAlias = Callable[[Mapping[str, Tensor]], Tensor]
"""Arrays by name, [B, ...] each, to logits [B, C]."""


class ClassifierLM(LM):
    """A function or module in eval mode, arrays to logits [B, C], as a language model."""

    def __init__(self, logits: LogitsFn) -> None:
        self._logits = logits

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """One natural log-probability per (input, class). ModelError for an unknown class."""
        known = self._class_logprobs([prompt for prompt, _ in pairs])
        return [_class_logprob(known[id(prompt)], label) for prompt, label in pairs]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """The most probable class of each input."""
        known = self._class_logprobs(prompts)
        return [_argmax_class(known[id(prompt)]) for prompt in prompts]

    def _class_logprobs(self, prompts: Sequence[Prompt]) -> dict[int, list[float] | NoAnswer]:
        """Log-probabilities of all classes, by the `id()` of the prompt."""
        return forward_instances(prompts, lambda batch: self._logits(batch).float().log_softmax(-1))


def _class_logprob(row: list[float] | NoAnswer, label: Text) -> list[float] | NoAnswer:
    if isinstance(row, NoAnswer):
        return row
    if not (isinstance(label, str) and label.isdecimal() and int(label) < len(row)):
        raise ModelError(f"a classifier of {len(row)} classes has no class {label!r}")
    return [row[int(label)]]


def _argmax_class(row: list[float] | NoAnswer) -> str | NoAnswer:
    return row if isinstance(row, NoAnswer) else str(row.index(max(row)))
