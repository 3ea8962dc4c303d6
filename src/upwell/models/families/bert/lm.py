"""BERT as a language model: masked tokens, next-sentence prediction and features.

A prompt has the arrays `tokens` and `segments`, one row of a batch without padding. For masked
tokens it also has `positions`, and the continuation is the token ids at these positions in order.
For next-sentence prediction the continuation is a label: "0" if the second text follows the first,
"1" if it is a random one.

Axes: B rows, T positions, M masked positions, W width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....errors import DataError, ModelError
from ...lm.readers.batching import length_batches, pad_rows
from ...protocols import (
    LM,
    NOT_FINITE,
    ArrayInput,
    Batch,
    NoAnswer,
    Prompt,
    Text,
    TokenizerLike,
)
from ...transformer_config import TransformerConfig

BATCH_TOKENS = 8192
"""Tokens in a forward pass."""

LogprobsResult: TypeAlias = list[float] | NoAnswer


class MaskedEncoder(Protocol):
    """What a network such as `Bert` has."""

    @property
    def config(self) -> TransformerConfig:
        """Its hyperparameters."""

    @property
    def context(self) -> int:
        """Maximum number of tokens of a row."""

    def __call__(self, batch: Batch) -> Tensor:
        """States [B, T, W] of `tokens` and `segments` [B, T] of `length` [B]."""

    def mlm_logits(self, x_MW: Tensor) -> Tensor:
        """Logits [M, V] of the tokens at some positions."""

    def nsp_logits(self, x_BTW: Tensor) -> Tensor:
        """Logits [B, 2] of next-sentence prediction."""


class BertLM(LM):
    """Queries a network in eval mode; rows of similar length are read together."""

    def __init__(self, network: MaskedEncoder, tokenizer: TokenizerLike | None) -> None:
        self.network, self.tokenizer = network, tokenizer

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[LogprobsResult]:
        """One natural log-probability per masked token, or one for a label.

        All masked tokens of a prompt are masked at once.
        """
        instances = [_require_instance(prompt) for prompt, _ in pairs]
        results = self._score(instances, [continuation for _, continuation in pairs])
        return [each[0] if isinstance(each, tuple) else each for each in results]

    def argmax_tokens(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[int] | NoAnswer]:
        """The most probable token at each masked position."""
        instances = [_require_instance(prompt) for prompt, _ in pairs]
        results = self._score(instances, [continuation for _, continuation in pairs])
        return [each[1] if isinstance(each, tuple) else each for each in results]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """The more probable label of each pair of texts; a BERT writes no text."""
        pairs = [(prompt, label) for prompt in prompts for label in ("0", "1")]
        results = self.token_logprobs(pairs)
        return [
            follows
            if isinstance(follows, NoAnswer)
            else str(int(_first_logprob(is_random) > _first_logprob(follows)))
            for follows, is_random in zip(results[::2], results[1::2], strict=True)
        ]

    def features(self, prompts: Sequence[Prompt]) -> NDArray[numpy.float32]:
        """[N, W]: mean state of the last layer over the regular tokens of each text."""
        rows = [self._encode_row(prompt) for prompt in prompts]
        features = numpy.empty((len(rows), self.network.config.width), dtype=numpy.float32)
        for indices in length_batches([len(tokens) for tokens, _ in rows], BATCH_TOKENS):
            batch = _collate([rows[index] for index in indices])
            with torch.inference_mode():
                x_BTW = self.network(batch)
                T, last = x_BTW.shape[1], batch["length"][:, None] - 1
                inner = ((torch.arange(T) > 0) & (torch.arange(T) < last)).float()
                sums_BW = torch.einsum("btw,bt->bw", x_BTW, inner)
            features[indices] = (sums_BW / inner.sum(1, keepdim=True).clamp(min=1)).numpy()
        return features

    def _score(
        self, instances: Sequence[ArrayInput], continuations: Sequence[Text]
    ) -> list[tuple[list[float], list[int]] | NoAnswer]:
        """Log-probabilities and most probable tokens of each prompt."""
        results: list[tuple[list[float], list[int]] | NoAnswer] = [
            NoAnswer(
                f"needs a context of {len(each.arrays['tokens'])} tokens; the model has "
                f"{self.network.context}"
            )
            for each in instances
        ]
        for indices in self._length_batches(instances):
            rows = [_arrays(instances[index]) for index in indices]
            with torch.inference_mode():
                x_BTW = self.network(_collate(rows))
                for index, x_TW in zip(indices, x_BTW, strict=True):
                    results[index] = self._score_row(x_TW, instances[index], continuations[index])
        return results

    def _length_batches(self, instances: Sequence[ArrayInput]) -> Iterator[list[int]]:
        """Indices of the prompts that fit the context, similar lengths together."""
        lengths = [len(each.arrays["tokens"]) for each in instances]
        fitting = [n for n, length in enumerate(lengths) if length <= self.network.context]
        for batch in length_batches([lengths[n] for n in fitting], BATCH_TOKENS):
            yield [fitting[index] for index in batch]

    def _score_row(
        self, x_TW: Tensor, instance: ArrayInput, continuation: Text
    ) -> tuple[list[float], list[int]] | NoAnswer:
        if isinstance(continuation, str):
            logits, target_ids = self.network.nsp_logits(x_TW[None]), _parse_label(continuation)
        else:
            positions = torch.from_numpy(instance.arrays["positions"])
            logits, target_ids = (
                self.network.mlm_logits(x_TW[positions]),
                torch.tensor(continuation),
            )
        if not logits.isfinite().all():
            return NOT_FINITE
        logprobs = logits.log_softmax(-1).gather(-1, target_ids[:, None])[:, 0]
        return logprobs.tolist(), logits.argmax(-1).tolist()

    def _encode_row(self, prompt: Prompt) -> tuple[NDArray[Any], NDArray[Any]]:
        """Tokens and segments; a text is put between special tokens and cut to the context."""
        if isinstance(prompt, ArrayInput):
            return _arrays(prompt)
        tokenizer: Any = self.tokenizer
        if tokenizer is None:
            raise ModelError("the prompt is a text and the model has no tokenizer; pass one")
        ids = tokenizer.encode(prompt) if isinstance(prompt, str) else list(prompt)
        tokens = numpy.array([tokenizer.bos, *ids[: self.network.context - 2], tokenizer.sep])
        return tokens, numpy.zeros_like(tokens)


def _collate(rows: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> dict[str, Tensor]:
    return {
        "tokens": pad_rows([tokens.tolist() for tokens, _ in rows]),
        "segments": pad_rows([segments.tolist() for _, segments in rows]),
        "length": torch.tensor([len(tokens) for tokens, _ in rows]),
    }


def _require_instance(prompt: Prompt) -> ArrayInput:
    if isinstance(prompt, ArrayInput) and {"tokens", "segments"} <= set(prompt.arrays):
        return prompt
    raise DataError(
        "a BERT reads arrays of tokens and segments and continues no text; evaluate it on "
        "'masked_tokens', 'next_sentence' or a probe"
    )


def _arrays(instance: ArrayInput) -> tuple[NDArray[Any], NDArray[Any]]:
    return instance.arrays["tokens"], instance.arrays["segments"]


def _parse_label(text: str) -> Tensor:
    if text not in ("0", "1"):
        raise ModelError(f"the label of next-sentence prediction is '0' or '1', not {text!r}")
    return torch.tensor([int(text)])


def _first_logprob(answer: LogprobsResult) -> float:
    assert not isinstance(answer, NoAnswer)
    return answer[0]
