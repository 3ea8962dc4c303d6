"""Our encoder-decoder as a language model: the prompt is the source, the continuation the target.

A source begins with `bos`, and a target begins and ends with it. Generation is beam search with
cached keys and values.

Axes: B pairs, S source positions, T target positions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...errors import DataError
from ..protocols import LM, NOT_FINITE, NoAnswer, Prompt, Text, TokenizerLike, require_text
from .beam_search import beam_search
from .readers.batching import length_batches, pad_rows

NUM_BEAMS, LENGTH_PENALTY = 4, 0.6
"""Beams, and the exponent of the length penalty: Wu et al. (2016) report .6 to .7 as best."""

MAX_PASS_TOKENS = 2048
"""Maximum number of source and target tokens of a forward pass, over all beams."""


@dataclass(frozen=True)
class _Seq2SeqRequest:
    """Source and target ids, and the index of the question."""

    index: int
    source: list[int]
    target: list[int]

    @property
    def tokens(self) -> int:
        return len(self.source) + len(self.target)


class Seq2SeqLM(LM):
    """An `EncoderDecoder` in eval mode; `context` is the maximum length of either side."""

    tokenizer: TokenizerLike

    def __init__(
        self,
        network: Any,
        tokenizer: TokenizerLike,
        context: int,
        num_beams: int = NUM_BEAMS,
        length_penalty: float = LENGTH_PENALTY,
    ) -> None:
        assert tokenizer.bos is not None
        self.network, self.tokenizer, self.context = network, tokenizer, context
        self.num_beams, self.length_penalty = num_beams, length_penalty
        self._bos: int = tokenizer.bos

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """One natural log-probability per target token, and one more for its end."""
        answers: list[list[float] | NoAnswer] = [NOT_FINITE for _ in pairs]
        requests = self._build_requests(pairs, answers)
        for batch in length_batches([request.tokens for request in requests], MAX_PASS_TOKENS):
            batch_requests = [requests[index] for index in batch]
            for request, numbers in zip(
                batch_requests, self._score_targets(batch_requests), strict=True
            ):
                if numbers.isfinite().all():
                    answers[request.index] = numbers.tolist()
        return answers

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """The best text of beam search, of at most `max_new_tokens`, cut before `stop`."""
        answers: list[Any] = [NOT_FINITE for _ in prompts]
        requests = self._build_requests([(prompt, ()) for prompt in prompts], answers)
        for batch in length_batches(
            [self.num_beams * 2 * request.tokens for request in requests], MAX_PASS_TOKENS
        ):
            batch_requests = [requests[index] for index in batch]
            for request, ids in zip(
                batch_requests,
                self._search(batch_requests, min(max_new_tokens + 1, self.context)),
                strict=True,
            ):
                if ids is not None:
                    text = self.tokenizer.decode(ids)
                    answers[request.index] = text.partition(stop)[0] if stop else text
        return answers

    def _build_requests(
        self, pairs: Sequence[tuple[Prompt, Text]], answers: list[Any]
    ) -> list[_Seq2SeqRequest]:
        """Requests that fit the context; the others get a NoAnswer in `answers`."""
        requests = []
        for index, (prompt, continuation) in enumerate(pairs):
            try:
                source = [self._bos, *self._encode(require_text(prompt))]
                target = [self._bos, *self._encode(continuation), self._bos]
            # A text that this vocabulary cannot write has no answer; the other items do.
            except DataError as error:
                answers[index] = NoAnswer(str(error))
                continue
            num_tokens = max(len(source), len(target) - 1)
            if num_tokens > self.context:
                answers[index] = NoAnswer(
                    f"needs a context of {num_tokens} tokens; the model has {self.context}"
                )
                continue
            requests.append(_Seq2SeqRequest(index, source, target))
        return requests

    def _score_targets(self, requests: Sequence[_Seq2SeqRequest]) -> list[Tensor]:
        """Log-probabilities of the tokens of each target and of its end."""
        source, length = _pad_sources(requests)
        target = pad_rows([each.target for each in requests])
        with torch.inference_mode():
            logits_BTV = self.network(source, length, target[:, :-1]).float()
            logprob_BT = logits_BTV.log_softmax(-1).gather(-1, target[:, 1:, None])[..., 0]
        return [row[: len(each.target) - 1] for row, each in zip(logprob_BT, requests, strict=True)]

    def _search(
        self, requests: Sequence[_Seq2SeqRequest], max_tokens: int
    ) -> list[list[int] | None]:
        source, length = _pad_sources(requests)
        with torch.inference_mode():
            decoder_state = _DecoderState(self.network, self.network.encode(source, length), length)
            limits = [max_tokens for _ in requests]
            return beam_search(
                decoder_state.step,
                self._bos,
                self._bos,
                limits,
                self.num_beams,
                self.length_penalty,
            )

    def _encode(self, text: Text) -> list[int]:
        return self.tokenizer.encode(text) if isinstance(text, str) else list(text)


class _DecoderState:
    """Keys and values of the beams of several searches."""

    def __init__(self, network: Any, memory: Any, length: Tensor) -> None:
        self.network, self.memory, self.length = network, memory, length
        self.past: Any = []

    def step(self, token: Tensor, beam_idx: Tensor) -> Tensor:
        """See `beam_search.StepFn`."""
        self.memory, self.past = (
            [(key[beam_idx], value[beam_idx]) for key, value in keys]
            for keys in (self.memory, self.past)
        )
        self.length = self.length[beam_idx]
        logits, self.past = self.network.step(self.memory, self.length, token, self.past)
        return logits.float().log_softmax(-1)


def _pad_sources(requests: Sequence[_Seq2SeqRequest]) -> tuple[Tensor, Tensor]:
    """Padded sources [B, S] and their lengths [B]."""
    sources = [each.source for each in requests]
    return pad_rows(sources), torch.tensor([len(each) for each in sources])
