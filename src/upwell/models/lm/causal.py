"""Any causal network with logits as a language model.

Rows are batched by length and padded on the right, which a causal network does not see, so padding
changes no answer. Numbers that are not finite become a NoAnswer. There is no key-value cache:
contexts of our own models are short.

Axes: B sequences, T positions, N scored positions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import DataError, ModelError
from ..protocols import LM, NOT_FINITE, NoAnswer, Prompt, Text, TokenizerLike, require_text
from .readers.batching import length_batches, pad_rows

BATCH_TOKENS = 4096
"""Maximum number of tokens in a forward pass. On a CPU a small model is as fast with 512 as with
16384."""

BATCH_LOGITS = 1 << 24
"""Maximum number of logits in a forward pass, 64 MB of float32."""

ASSUMED_VOCAB_SIZE = 1 << 16
"""Vocabulary size for the memory limit of a model without a tokenizer."""

TokenScoreFn: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Logits [N, V] and the true next tokens [N] to one number per position [N]."""

RequestT = TypeVar("RequestT", "_ScoringRequest", "_GenerationRequest")


@dataclass
class _ScoringRequest:
    """A continuation to score, and its answer."""

    prompt: list[int]
    continuation: list[int]
    answer: list[float] | NoAnswer
    done: bool

    @property
    def input_ids(self) -> list[int]:
        """Input of the network; nothing is predicted after the last token."""
        return (self.prompt + self.continuation)[:-1]


@dataclass
class _GenerationRequest:
    """A completion in progress."""

    prompt: list[int]
    answer: str | NoAnswer
    done: bool
    tokens: list[int] = field(default_factory=list)

    @property
    def input_ids(self) -> list[int]:
        return self.prompt + self.tokens


class CausalLM(LM):
    """A module in eval mode, token ids [B, T] int64 to logits [B, T, V], as a language model.

    `context` is the maximum number of tokens that the module reads at once. Strings need a
    tokenizer. A string prompt starts with `bos` if the tokenizer has it. It is encoded together
    with its continuation and then split, so that the model reads the tokens it was trained on.
    """

    def __init__(
        self, module: Callable[[Tensor], Tensor], tokenizer: TokenizerLike | None, context: int
    ) -> None:
        self.module = module
        self.tokenizer = tokenizer
        self.context = context

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """See `LM.token_logprobs`."""
        return self._score(pairs, _logprob)

    def argmax_tokens(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[int] | NoAnswer]:
        """See `LM.argmax_tokens`."""
        scores = self._score(pairs, _argmax_or_nan)
        return [x if isinstance(x, NoAnswer) else [int(token) for token in x] for x in scores]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """See `LM.generate`. Shorter where the context ends first."""
        requests = [self._build_generation_request(prompt) for prompt in prompts]
        for _ in range(max_new_tokens):
            for batch in self._length_batches(
                [request for request in requests if not request.done]
            ):
                self._generate_step(batch, stop)
        return [request.answer for request in requests]

    def attention(self, ids: NDArray[numpy.int64]) -> NDArray[Any] | NoAnswer:
        """See `LM.attention`; a NoAnswer from a module without `attention(tokens)`."""
        attention_fn = getattr(self.module, "attention", None)
        if attention_fn is None:
            return super().attention(ids)
        with torch.inference_mode():
            weights: NDArray[Any] = attention_fn(torch.from_numpy(ids)).float().numpy()
        return weights

    def _score(
        self, pairs: Sequence[tuple[Prompt, Text]], score_fn: TokenScoreFn
    ) -> list[list[float] | NoAnswer]:
        requests = [
            self._build_scoring_request(prompt, continuation) for prompt, continuation in pairs
        ]
        for batch in self._length_batches([request for request in requests if not request.done]):
            sizes = [len(request.continuation) for request in batch]
            for request, numbers in zip(
                batch, self._token_scores(batch, score_fn).split(sizes), strict=True
            ):
                request.answer = numbers.tolist() if numbers.isfinite().all() else NOT_FINITE
        return [request.answer for request in requests]

    def _token_scores(self, requests: Sequence[_ScoringRequest], score_fn: TokenScoreFn) -> Tensor:
        """One number per token of each continuation, one continuation after the other."""
        logits = self._logits(requests)
        positions = [
            (row, len(request.prompt) - 1 + offset, token)
            for row, request in enumerate(requests)
            for offset, token in enumerate(request.continuation)
        ]
        row_N, position_N, token_N = torch.tensor(positions).T
        return score_fn(logits[row_N, position_N].float(), token_N)

    def _generate_step(self, requests: Sequence[_GenerationRequest], stop: str | None) -> None:
        """Append one token to each completion."""
        ends = torch.tensor([len(request.input_ids) - 1 for request in requests])
        logits = self._logits(requests)[torch.arange(len(requests)), ends]
        has_nan = logits.isnan().any(-1).tolist()
        for request, token, is_nan in zip(
            requests, logits.argmax(-1).tolist(), has_nan, strict=True
        ):
            request.tokens.append(token)
            text = self._require_tokenizer().decode(request.tokens)
            stopped = stop is not None and stop in text
            request.answer = NOT_FINITE if is_nan else text.partition(stop)[0] if stop else text
            request.done = is_nan or stopped or len(request.input_ids) > self.context

    def _logits(self, rows: Sequence[_ScoringRequest | _GenerationRequest]) -> Tensor:
        with torch.inference_mode():
            return self.module(pad_rows([row.input_ids for row in rows]))

    def _length_batches(self, rows: Sequence[RequestT]) -> Iterator[list[RequestT]]:
        vocab_size = self.tokenizer.size if self.tokenizer else ASSUMED_VOCAB_SIZE
        limit = min(BATCH_TOKENS, BATCH_LOGITS // vocab_size)
        for indices in length_batches([len(row.input_ids) for row in rows], limit):
            yield [rows[index] for index in indices]

    def _build_scoring_request(self, prompt: Prompt, continuation: Text) -> _ScoringRequest:
        try:
            prompt_ids, continuation_ids = self._encode_pair(require_text(prompt), continuation)
        # A text that this vocabulary cannot write has no answer; the other items do.
        except DataError as error:
            return _ScoringRequest([], [], NoAnswer(str(error)), done=True)
        no_answer = self._check_context(prompt_ids, len(prompt_ids) + len(continuation_ids) - 1)
        if not continuation_ids:
            no_answer = NoAnswer("the continuation has no token of its own")
        return _ScoringRequest(
            prompt_ids, continuation_ids, no_answer or NOT_FINITE, done=no_answer is not None
        )

    def _build_generation_request(self, prompt: Prompt) -> _GenerationRequest:
        try:
            ids = self._encode_prompt(require_text(prompt))
        except DataError as error:
            return _GenerationRequest([], NoAnswer(str(error)), done=True)
        no_answer = self._check_context(ids, len(ids))
        return _GenerationRequest(ids, no_answer or "", done=no_answer is not None)

    def _encode_pair(self, prompt: Text, continuation: Text) -> tuple[list[int], list[int]]:
        prompt_ids = self._encode_prompt(prompt)
        if isinstance(prompt, str) and isinstance(continuation, str):
            return prompt_ids, self._encode_prompt(prompt + continuation)[len(prompt_ids) :]
        return prompt_ids, self._encode(continuation)

    def _check_context(self, prompt: list[int], tokens: int) -> NoAnswer | None:
        if not prompt:
            return NoAnswer("the prompt is empty and the tokenizer has no first token")
        if tokens > self.context:
            return NoAnswer(f"needs a context of {tokens} tokens; the model has {self.context}")
        return None

    def _encode_prompt(self, prompt: Text) -> list[int]:
        """Ids of a prompt: a string starts with `bos`, ids stay as they are."""
        if not isinstance(prompt, str):
            return list(prompt)
        bos = self._require_tokenizer().bos
        return ([] if bos is None else [bos]) + self._encode(prompt)

    def _encode(self, text: Text) -> list[int]:
        return self._require_tokenizer().encode(text) if isinstance(text, str) else list(text)

    def _require_tokenizer(self) -> TokenizerLike:
        if self.tokenizer is None:
            raise ModelError("the prompt is a string and the model has no tokenizer; pass one")
        return self.tokenizer


def _logprob(logits_NV: Tensor, token_N: Tensor) -> Tensor:
    return logits_NV.gather(-1, token_N[:, None])[:, 0] - logits_NV.logsumexp(-1)


def _argmax_or_nan(logits_NV: Tensor, token_N: Tensor) -> Tensor:
    argmax_N = logits_NV.argmax(-1).double()
    return argmax_N.masked_fill(logits_NV.isnan().any(-1), torch.nan)
