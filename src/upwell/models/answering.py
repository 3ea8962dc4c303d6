"""What abilities may ask of a model, whatever it is made of.

Two questions suffice for most: how probable is this continuation, and what would you say?
A model that can do more (guess every next token, show its attention) promises it apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy
from numpy.typing import NDArray

from ..errors import DataError

Text: TypeAlias = str | Sequence[int]
"""What a language model reads: words, or the ids of its own tokens."""


@dataclass(frozen=True, eq=False)
class Instance:
    """What a model reads that is no text: arrays by name, one row of a batch without its label."""

    arrays: Mapping[str, NDArray[Any]]

    def digest(self) -> str:
        """sha256 of names, types, shapes and bytes."""
        found = hashlib.sha256()
        for name, array in sorted(self.arrays.items()):
            found.update(f"{name} {array.dtype.str} {array.shape}\0".encode())
            found.update(numpy.ascontiguousarray(array).tobytes())
        return found.hexdigest()


Prompt: TypeAlias = Text | Instance
"""What stands before an answer."""


def text_of(prompt: Prompt) -> Text:
    """The prompt, for a model that reads text. Raises DataError for an instance."""
    if isinstance(prompt, Instance):
        raise DataError(
            f"this model reads text, and is shown {', '.join(sorted(prompt.arrays))}; ask it an "
            "ability whose questions are texts"
        )
    return prompt


@dataclass(frozen=True)
class Unanswered:
    """Stands where an answer would stand: the model gave none, and this is why."""

    reason: str


class Tokenizer(Protocol):
    """The part of a tokenizer that asking needs."""

    @property
    def size(self) -> int:
        """Number of different tokens."""

    @property
    def bos(self) -> int | None:
        """The token before the first of a text; None where there is none."""

    @property
    def ordinary(self) -> Sequence[int]:
        """The ids that are no special ones."""

    def encode(self, text: str) -> list[int]:
        """Token ids, without `bos`."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids."""


@runtime_checkable
class Answerer(Protocol):
    """A model that can be asked. Batching is its own business; answers come in order."""

    @property
    def tokenizer(self) -> Tokenizer | None:
        """None for a model that reads text as it is."""

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each (prompt, continuation), the natural log-probability of every token of the
        continuation given all before it: one number where a label continues an instance.
        All numbers are finite."""

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """The most probable token again and again: at most `tokens`, and up to `stop`."""


@dataclass(frozen=True)
class Weighed:
    """How a model weighs a continuation, token by token."""

    logprobs: tuple[float, ...]
    """Natural, of every token given all before it."""

    likeliest: tuple[bool, ...]
    """Whether the token was the most probable one at its place; empty where that is unknown."""

    dropped: int = 0
    """Tokens of the prompt that were left out, for want of context."""


@dataclass(frozen=True)
class Told:
    """What a model said."""

    text: str
    dropped: int = 0
    """Tokens of the prompt that were left out, for want of context."""


@runtime_checkable
class Weighing(Protocol):
    """A model that also tells what it would have said, and how much it could not read."""

    def weigh(self, pairs: Sequence[tuple[Text, Text]]) -> list[Weighed | Unanswered]:
        """For each (prompt, continuation); an empty prompt stands for the start of a text."""

    def roll(self, texts: Sequence[str]) -> list[Weighed | Unanswered]:
        """For each text, all its tokens, in windows as long as the context."""

    def tell(
        self, prompts: Sequence[Text], tokens: int, stops: Sequence[str]
    ) -> list[Told | Unanswered]:
        """The most probable token again and again: at most `tokens`, up to any of `stops`."""


@runtime_checkable
class Guessing(Protocol):
    """A model that tells its most probable next token at every place."""

    def guesses(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[int] | Unanswered]:
        """For each (prompt, continuation), the likeliest token id at each place of the
        continuation, given what truly stood before it."""


@runtime_checkable
class Featuring(Protocol):
    """A model that tells what it makes of what it is shown, for a probe to look at."""

    def features(self, prompts: Sequence[Prompt]) -> NDArray[numpy.float32]:
        """[N, D]: numbers that stand for each prompt, whatever stands beside it."""


@runtime_checkable
class Attending(Protocol):
    """A model made of attention heads that can be looked at."""

    def attention(self, ids: NDArray[numpy.int64]) -> NDArray[Any] | None:
        """Token ids [B, T] to attention weights [B, layers, heads, T queries, T keys].

        None where this model has nothing to show.
        """


@runtime_checkable
class Sampling(Protocol):
    """A model that makes images out of nothing but dice."""

    def samples(self, count: int, seed: int) -> NDArray[numpy.uint8]:
        """So many images [B, H, W, C], the same for the same seed."""
