"""How a network is read, tried on the network itself.

Sharing prefixes, batches with padding, and a cache are faster than whole rows one by one, and give
the same numbers with most networks. A probe reads a few short rows in each way, the fastest first,
and compares the numbers with those of single rows. The first way with equal numbers is used.

Axes: T tokens, V vocabulary.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from ...errors import describe_error

TOLERANCE = 1e-4
"""Maximum difference of a log-probability in nats, besides `RELATIVE_TOLERANCE` of it."""

RELATIVE_TOLERANCE = 1e-5

MODES = {
    "shared": "with shared prefixes",
    "padded": "in padded batches",
    "row": "row by row",
    "batch_cache": "in batches with a cache",
    "row_cache": "row by row with a cache",
    "whole_batch": "from whole rows in padded batches, without a cache",
    "whole_row": "from whole rows one by one, without a cache",
}
"""Ways of reading, as words."""

ModeT = TypeVar("ModeT", bound=str)


@dataclass(frozen=True)
class Choice(Generic[ModeT]):
    """A way of reading, and why it is not the fastest."""

    mode: ModeT
    """A key of `MODES`."""

    reason: str | None = None
    """None for the fastest way."""

    def __str__(self) -> str:
        words = MODES[self.mode]
        return words if self.reason is None else f"{words}: {self.reason}"


class Probe(ABC):
    """Tries a network in eval mode; `context` is the maximum number of tokens of a row."""

    def __init__(self, network: Any, context: int) -> None:
        self.network = network
        self.context = context

    @property
    @abstractmethod
    def choices(self) -> Mapping[str, Choice[Any]]:
        """What was tried so far: "scored" and "generated"."""

    @property
    def notes(self) -> list[str]:
        """One sentence for each way that was tried and is not the fastest."""
        return [
            f"text is {verb} {choice}"
            for verb, choice in self.choices.items()
            if choice.reason is not None
        ]

    def draw_rows(self, lengths: Sequence[int]) -> list[list[int]]:
        """Random token ids, the same every time; as many as the context allows."""
        vocab_size = self.network.get_input_embeddings().weight.shape[0]
        rng = random.Random(0)
        return [
            [rng.randrange(vocab_size) for _ in range(min(length, self.context))]
            for length in lengths
        ]


class BatchProbe(Probe):
    """Whether an encoder gives the same numbers in padded batches as alone."""

    def __init__(self, network: Any, context: int) -> None:
        super().__init__(network, context)
        self._choices: dict[str, Choice[str]] = {}

    @property
    def choices(self) -> Mapping[str, Choice[Any]]:
        """See `Probe.choices`."""
        return self._choices

    def allows_batches(self, verb: str, read: Callable[[bool], Iterable[Tensor]]) -> bool:
        """Whether `read(True)`, in a batch, is `read(False)`, alone; tried once for each verb."""
        if verb not in self._choices:
            reason = find_difference("padding", lambda: zip(read(True), read(False), strict=True))
            self._choices[verb] = Choice("row" if reason else "padded", reason)
        return self._choices[verb].reason is None


def find_difference(name: str, read: Callable[[], Iterable[tuple[Tensor, Tensor]]]) -> str | None:
    """Why (actual, expected) numbers are not equal; None if they are."""
    try:
        changes = [describe_change(*pair) for pair in read()]
    # Whatever an unknown architecture raises means no; it is read in a slower way.
    except Exception as error:
        return f"{name} is not possible ({describe_error(error)})"
    change = next((each for each in changes if each is not None), None)
    return None if change is None else f"{name} changes its numbers by {change}"


def describe_change(actual: Tensor, expected: Tensor) -> str | None:
    """The largest difference as words; None if all are within the tolerance.

    Numbers that are not finite on both sides, as after weights with NaN, count as equal.
    """
    if torch.allclose(actual, expected, atol=TOLERANCE, rtol=RELATIVE_TOLERANCE, equal_nan=True):
        return None
    difference = (actual - expected).abs()
    largest = float(difference[difference.isfinite()].max()) if difference.isfinite().any() else 0
    return f"{largest:.2g} nats" if largest > TOLERANCE else "numbers that are not finite"
