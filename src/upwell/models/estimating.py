"""Asks a model of numbers: instances in, an estimate out.

What it says is its estimate, written out. A model that is trained on squared errors takes values
to be normal about its estimate with variance 1; so it weighs them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..errors import ModelError
from .answering import Prompt, Text, Unanswered
from .instances import Look, seen


class EstimatingAnswerer:
    """Asks `estimates(batch) -> [B, 1]`, whose module must be in eval mode."""

    tokenizer = None

    def __init__(self, estimates: Look) -> None:
        self._estimates = estimates

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each (instance, value) the log of its density, in nats."""
        known = seen([prompt for prompt, _ in pairs], self._estimates)
        return [_weighed(known[id(prompt)], value) for prompt, value in pairs]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """The estimate for each instance, to seven digits: what float32 holds."""
        known = seen(prompts, self._estimates)
        found = [known[id(prompt)] for prompt in prompts]
        return [each if isinstance(each, Unanswered) else f"{each[0]:.7g}" for each in found]


def _weighed(estimate: list[float] | Unanswered, value: Text) -> list[float] | Unanswered:
    if isinstance(estimate, Unanswered):
        return estimate
    try:
        number = float(str(value))
    except ValueError:
        raise ModelError(f"a model of numbers weighs numbers, found {value!r}") from None
    return [-((number - estimate[0]) ** 2) / 2 - math.log(2 * math.pi) / 2]
