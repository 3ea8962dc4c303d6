"""A regression model as a language model: the continuation of an input is a number.

A completion is the estimate as text. The density of a value is normal around the estimate with
variance 1, which is what squared error assumes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...errors import ModelError
from ..protocols import LM, NoAnswer, Prompt, Text
from .readers.batching import ForwardFn, forward_instances


class RegressorLM(LM):
    """A function of a module in eval mode, arrays to estimates [B, 1], as a language model."""

    def __init__(self, estimates: ForwardFn) -> None:
        self._estimates = estimates

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """Log-density of each (input, value), in nats. ModelError for text that is no number."""
        known = forward_instances([prompt for prompt, _ in pairs], self._estimates)
        return [_gaussian_log_density(known[id(prompt)], value) for prompt, value in pairs]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """The estimate for each input with seven digits, the precision of float32."""
        known = forward_instances(prompts, self._estimates)
        estimates = [known[id(prompt)] for prompt in prompts]
        return [each if isinstance(each, NoAnswer) else f"{each[0]:.7g}" for each in estimates]


def _gaussian_log_density(estimate: list[float] | NoAnswer, value: Text) -> list[float] | NoAnswer:
    if isinstance(estimate, NoAnswer):
        return estimate
    try:
        number = float(str(value))
    except ValueError:
        raise ModelError(f"a regression model scores numbers, found {value!r}") from None
    return [-((number - estimate[0]) ** 2) / 2 - math.log(2 * math.pi) / 2]
