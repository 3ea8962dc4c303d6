"""Asks a network that reads one text and writes another.

A source begins with `bos`, a target begins with it and ends with it: what follows the last word
is the beginning of nothing. Answers are found by beam search; keys and values of what was read
and written are kept, so that a token costs one place.

Axes: B pairs, S source positions, T target positions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import DataError
from .answering import Prompt, Text, Tokenizer, Unanswered, text_of
from .beams import beam_search
from .packing import batches, padded

BEAMS, PENALTY = 4, 0.6
"""Texts written side by side, and the exponent of the length that they are divided by: within
the .6 to .7 that Wu et al. (2016) found best."""

PASS_TOKENS = 2048
"""Source and target tokens of a forward pass, each beam counted."""

NOT_FINITE = Unanswered("the model's numbers are not finite")


@dataclass(frozen=True)
class _Asked:
    """A source, what is to follow it, and the place of the question."""

    place: int
    source: list[int]
    target: list[int]

    @property
    def tokens(self) -> int:
        return len(self.source) + len(self.target)


class TranslatingAnswerer:
    """Asks a `Translator` in eval mode; `context` is the most tokens of either side."""

    def __init__(
        self,
        network: Any,
        tokenizer: Tokenizer,
        context: int,
        beams: int = BEAMS,
        penalty: float = PENALTY,
    ) -> None:
        assert tokenizer.bos is not None
        self.network, self.tokenizer, self.context = network, tokenizer, context
        self.beams, self.penalty = beams, penalty
        self._bos: int = tokenizer.bos

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each (source, target) one natural log-probability a token of the target, and one
        that it ends there."""
        answers: list[list[float] | Unanswered] = [NOT_FINITE for _ in pairs]
        asked = self._readable(pairs, answers)
        for batch in batches([each.tokens for each in asked], PASS_TOKENS):
            some = [asked[place] for place in batch]
            for each, numbers in zip(some, self._weighed(some), strict=True):
                if numbers.isfinite().all():
                    answers[each.place] = numbers.tolist()
        return answers

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """The best of the texts that beam search finds, of at most `tokens`, up to `stop`."""
        answers: list[Any] = [NOT_FINITE for _ in prompts]
        asked = self._readable([(prompt, ()) for prompt in prompts], answers)
        for batch in batches([self.beams * 2 * each.tokens for each in asked], PASS_TOKENS):
            some = [asked[place] for place in batch]
            for each, ids in zip(
                some, self._found(some, min(tokens + 1, self.context)), strict=True
            ):
                if ids is not None:
                    text = self.tokenizer.decode(ids)
                    answers[each.place] = text.partition(stop)[0] if stop else text
        return answers

    def _readable(self, pairs: Sequence[tuple[Prompt, Text]], answers: list[Any]) -> list[_Asked]:
        """What fits the context and can be written; the others get their reason."""
        asked = []
        for place, (prompt, continuation) in enumerate(pairs):
            try:
                source = [self._bos, *self._ids(text_of(prompt))]
                target = [self._bos, *self._ids(continuation), self._bos]
            # What cannot be written with this vocabulary cannot be asked; the other items can.
            except DataError as error:
                answers[place] = Unanswered(str(error))
                continue
            longest = max(len(source), len(target) - 1)
            if longest > self.context:
                answers[place] = Unanswered(
                    f"needs a context of {longest} tokens; the model has {self.context}"
                )
                continue
            asked.append(_Asked(place, source, target))
        return asked

    def _weighed(self, asked: Sequence[_Asked]) -> list[Tensor]:
        """Log-probabilities of each target's tokens and of its end."""
        source, length = _sources(asked)
        target = padded([each.target for each in asked])
        with torch.inference_mode():
            logits_BTV = self.network(source, length, target[:, :-1]).float()
            found_BT = logits_BTV.log_softmax(-1).gather(-1, target[:, 1:, None])[..., 0]
        return [row[: len(each.target) - 1] for row, each in zip(found_BT, asked, strict=True)]

    def _found(self, asked: Sequence[_Asked], most: int) -> list[list[int] | None]:
        source, length = _sources(asked)
        with torch.inference_mode():
            writing = _Writing(self.network, self.network.read(source, length), length)
            limits = [most for _ in asked]
            return beam_search(writing.step, self._bos, self._bos, limits, self.beams, self.penalty)

    def _ids(self, text: Text) -> list[int]:
        return self.tokenizer.encode(text) if isinstance(text, str) else list(text)


class _Writing:
    """Keys and values of texts being written, as beams part, end and go on."""

    def __init__(self, network: Any, memory: Any, length: Tensor) -> None:
        self.network, self.memory, self.length = network, memory, length
        self.past: Any = []

    def step(self, token: Tensor, kept: Tensor) -> Tensor:
        """See `beams.Step`."""
        self.memory, self.past = (
            [(key[kept], value[kept]) for key, value in keys] for keys in (self.memory, self.past)
        )
        self.length = self.length[kept]
        logits, self.past = self.network.next(self.memory, self.length, token, self.past)
        return logits.float().log_softmax(-1)


def _sources(asked: Sequence[_Asked]) -> tuple[Tensor, Tensor]:
    """Padded sources [B, S], and how long each is [B]."""
    sources = [each.source for each in asked]
    return padded(sources), torch.tensor([len(each) for each in sources])
