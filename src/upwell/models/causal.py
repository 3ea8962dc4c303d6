"""Any causal network that gives logits, made into something that can be asked.

Rows are packed by length and padded on the right, where a causal network cannot look, so
that padding changes no answer. Numbers that are not finite become a reason, never a value.
There is no cache: contexts are short here, and a second pass is cheaper than a second path.

Axes: B sequences, T positions, N places asked about, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import DataError, ModelError
from .answering import Prompt, Text, Tokenizer, Unanswered, text_of
from .packing import batches, padded

BATCH_TOKENS = 4096
"""Tokens in a forward pass. On a CPU a small model is as fast with 512 as with 16384."""

BATCH_LOGITS = 1 << 24
"""Logits in a forward pass (64 MB of float32), whatever the vocabulary."""

ASSUMED_VOCABULARY = 1 << 16
"""For memory alone, where no tokenizer tells the size."""

NOT_FINITE = Unanswered("the model's numbers are not finite")

Pick: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Logits [N, V] and the tokens that truly follow [N], to one number a place [N]."""

Row = TypeVar("Row", "_Reading", "_Speech")


@dataclass
class _Reading:
    """A continuation being read, and what came of it."""

    prompt: list[int]
    continuation: list[int]
    answer: list[float] | Unanswered
    over: bool

    @property
    def seen(self) -> list[int]:
        """What goes into the network: nothing is asked after the last token."""
        return (self.prompt + self.continuation)[:-1]


@dataclass
class _Speech:
    """A continuation being made."""

    prompt: list[int]
    answer: str | Unanswered
    over: bool
    tokens: list[int] = field(default_factory=list)

    @property
    def seen(self) -> list[int]:
        return self.prompt + self.tokens


class CausalAnswerer:
    """Asks `module(tokens [B, T] int64) -> logits [B, T, V]`, which must be in eval mode.

    Words need a tokenizer. A prompt in words starts with its `bos` if it has one, and is
    encoded together with its continuation, then cut, so that the model meets the tokens it
    was trained on. `context` is the largest number of tokens the module reads at once.
    """

    def __init__(
        self, module: Callable[[Tensor], Tensor], tokenizer: Tokenizer | None, context: int
    ) -> None:
        self.module = module
        self.tokenizer = tokenizer
        self.context = context

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each pair one natural log-probability a token of the continuation, or a reason."""
        return self._read(pairs, _logprob)

    def guesses(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[int] | Unanswered]:
        """For each pair the likeliest token id at each place of the continuation, or a reason."""
        found = self._read(pairs, _likeliest)
        return [x if isinstance(x, Unanswered) else [int(token) for token in x] for x in found]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """Greedy text up to `stop`, which is cut off; shorter where the context ends first."""
        speeches = [self._speech(prompt) for prompt in prompts]
        for _ in range(tokens):
            for batch in self._packed([speech for speech in speeches if not speech.over]):
                self._extend(batch, stop)
        return [speech.answer for speech in speeches]

    def attention(self, ids: NDArray[numpy.int64]) -> NDArray[Any] | None:
        """What `module.attention(tokens)` gives, [B, layers, heads, T, T]; None if it has none."""
        look = getattr(self.module, "attention", None)
        if look is None:
            return None
        with torch.inference_mode():
            weights: NDArray[Any] = look(torch.from_numpy(ids)).float().numpy()
        return weights

    def _read(
        self, pairs: Sequence[tuple[Prompt, Text]], pick: Pick
    ) -> list[list[float] | Unanswered]:
        readings = [self._reading(prompt, continuation) for prompt, continuation in pairs]
        for batch in self._packed([reading for reading in readings if not reading.over]):
            sizes = [len(reading.continuation) for reading in batch]
            for reading, numbers in zip(batch, self._picked(batch, pick).split(sizes), strict=True):
                reading.answer = numbers.tolist() if numbers.isfinite().all() else NOT_FINITE
        return [reading.answer for reading in readings]

    def _picked(self, readings: Sequence[_Reading], pick: Pick) -> Tensor:
        """One number for every token of every continuation, reading after reading."""
        logits = self._logits(readings)
        places = [
            (row, len(reading.prompt) - 1 + offset, token)
            for row, reading in enumerate(readings)
            for offset, token in enumerate(reading.continuation)
        ]
        row_N, place_N, token_N = torch.tensor(places).T
        return pick(logits[row_N, place_N].float(), token_N)

    def _extend(self, speeches: Sequence[_Speech], stop: str | None) -> None:
        """One more token for each."""
        ends = torch.tensor([len(speech.seen) - 1 for speech in speeches])
        logits = self._logits(speeches)[torch.arange(len(speeches)), ends]
        broken = logits.isnan().any(-1).tolist()
        for speech, token, bad in zip(speeches, logits.argmax(-1).tolist(), broken, strict=True):
            speech.tokens.append(token)
            text = self._needed_tokenizer().decode(speech.tokens)
            stopped = stop is not None and stop in text
            speech.answer = NOT_FINITE if bad else text.partition(stop)[0] if stop else text
            speech.over = bad or stopped or len(speech.seen) > self.context

    def _logits(self, rows: Sequence[_Reading | _Speech]) -> Tensor:
        with torch.inference_mode():
            return self.module(padded([row.seen for row in rows]))

    def _packed(self, rows: Sequence[Row]) -> Iterator[list[Row]]:
        vocabulary = self.tokenizer.size if self.tokenizer else ASSUMED_VOCABULARY
        limit = min(BATCH_TOKENS, BATCH_LOGITS // vocabulary)
        for places in batches([len(row.seen) for row in rows], limit):
            yield [rows[place] for place in places]

    def _reading(self, prompt: Prompt, continuation: Text) -> _Reading:
        try:
            start, rest = self._cut(text_of(prompt), continuation)
        # What cannot be written with this vocabulary cannot be asked; the other items can.
        except DataError as error:
            return _Reading([], [], Unanswered(str(error)), over=True)
        refusal = self._refusal(start, len(start) + len(rest) - 1)
        if not rest:
            refusal = Unanswered("the continuation has no token of its own")
        return _Reading(start, rest, refusal or NOT_FINITE, over=refusal is not None)

    def _speech(self, prompt: Prompt) -> _Speech:
        try:
            ids = self._ids(text_of(prompt))
        except DataError as error:
            return _Speech([], Unanswered(str(error)), over=True)
        refusal = self._refusal(ids, len(ids))
        return _Speech(ids, refusal or "", over=refusal is not None)

    def _cut(self, prompt: Text, continuation: Text) -> tuple[list[int], list[int]]:
        start = self._ids(prompt)
        if isinstance(prompt, str) and isinstance(continuation, str):
            return start, self._ids(prompt + continuation)[len(start) :]
        return start, self._encoded(continuation)

    def _refusal(self, prompt: list[int], tokens: int) -> Unanswered | None:
        if not prompt:
            return Unanswered("the prompt is empty and the tokenizer has no first token")
        if tokens > self.context:
            return Unanswered(f"needs a context of {tokens} tokens; the model has {self.context}")
        return None

    def _ids(self, prompt: Text) -> list[int]:
        """Of a prompt: words start with `bos`, ids are taken as they are."""
        if not isinstance(prompt, str):
            return list(prompt)
        bos = self._needed_tokenizer().bos
        return ([] if bos is None else [bos]) + self._encoded(prompt)

    def _encoded(self, text: Text) -> list[int]:
        return self._needed_tokenizer().encode(text) if isinstance(text, str) else list(text)

    def _needed_tokenizer(self) -> Tokenizer:
        if self.tokenizer is None:
            raise ModelError("the model is asked in words but has no tokenizer; give it one")
        return self.tokenizer


def _logprob(logits_NV: Tensor, token_N: Tensor) -> Tensor:
    return logits_NV.gather(-1, token_N[:, None])[:, 0] - logits_NV.logsumexp(-1)


def _likeliest(logits_NV: Tensor, token_N: Tensor) -> Tensor:
    likeliest = logits_NV.argmax(-1).double()
    return likeliest.masked_fill(logits_NV.isnan().any(-1), torch.nan)
