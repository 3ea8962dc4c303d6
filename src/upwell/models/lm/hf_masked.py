"""A masked encoder of transformers as a language model: each token in turn is masked and predicted.

The log-probability of a continuation is its pseudo-log-likelihood. This is the sum, over its
tokens, of the log-probability of the token at its masked position, given all others on both sides
(Salazar et al. 2020, arXiv 1910.14659). Such numbers compare texts under one model. They are not
comparable with those of a causal model. There is no generation.

Axes: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

import torch

from ...errors import ModelError
from ..protocols import NOT_FINITE, Generation, NoAnswer, Prompt, ScoredContinuation, Text
from .hf_base import (
    EMPTY_CONTINUATION,
    HFLanguageModel,
    long_continuation_error,
    move_trailing_spaces,
)
from .hf_tokenizer import HFTokenizer
from .readers.batching import length_batches, pad_rows

CANNOT_GENERATE = NoAnswer("a masked encoder predicts masked tokens and generates no text")

MaskedRow = tuple[list[int], range, int]
"""Token ids with special ones, the positions to score, and the number of truncated tokens."""


class HFMaskedLM(HFLanguageModel[MaskedRow]):
    """A masked encoder of transformers in eval mode.

    Special tokens count into `context`. Raises ModelError for a tokenizer without a mask token.
    """

    def __init__(self, network: Any, tokenizer: HFTokenizer, context: int, **options: Any) -> None:
        super().__init__(network, tokenizer, context, **options)
        if tokenizer.mask is None:
            raise ModelError("a masked encoder needs a mask token and its tokenizer has none")
        self.mask_id = tokenizer.mask
        self.prefix_ids, self.suffix_ids = tokenizer.special_prefix_suffix
        self.max_text_tokens = context - len(self.prefix_ids) - len(self.suffix_ids)

    def _generate(
        self,
        prompts: Sequence[Prompt],
        max_new_tokens: int,
        stops: Sequence[str],
        reserved_tokens: int,
    ) -> list[Generation | NoAnswer]:
        return [CANNOT_GENERATE for _ in prompts]

    def _encode_pairs(self, pairs: Sequence[tuple[Text, Text]]) -> list[MaskedRow | NoAnswer]:
        split_pairs = (move_trailing_spaces(*pair) for pair in pairs)
        return [self._build_row(*self._encode_pair(*pair)) for pair in split_pairs]

    def _encode_pair(self, prompt: Text, continuation: Text) -> tuple[list[int], list[int]]:
        """Ids of both, encoded together if both are strings, as in training."""
        encode = self.tokenizer.encode
        prompt_ids = encode(prompt) if isinstance(prompt, str) else list(prompt)
        if not isinstance(continuation, str):
            return prompt_ids, list(continuation)
        if not isinstance(prompt, str):
            return prompt_ids, encode(continuation)
        return prompt_ids, encode(prompt + continuation)[len(prompt_ids) :]

    def _build_row(self, prompt: list[int], continuation: list[int]) -> MaskedRow | NoAnswer:
        if not continuation:
            return EMPTY_CONTINUATION
        if len(continuation) > self.max_text_tokens:
            return long_continuation_error(len(continuation), self.max_text_tokens)
        overflow = max(0, len(prompt) + len(continuation) - self.max_text_tokens)
        if overflow and self.truncation == "error":
            return self._context_error(self.context + overflow)
        truncated_prompt = self._truncate(prompt, overflow)
        first = len(self.prefix_ids) + len(truncated_prompt)
        ids = [*self.prefix_ids, *truncated_prompt, *continuation, *self.suffix_ids]
        return ids, range(first, first + len(continuation)), overflow

    def _encode_windows(self, texts: Sequence[str]) -> list[list[MaskedRow | NoAnswer]]:
        return [self._windows(self.tokenizer.encode(text)) for text in texts]

    def _windows(self, ids: list[int]) -> list[MaskedRow | NoAnswer]:
        """Every token once; the last window starts earlier, to be as long as the others."""
        if not ids:
            return [NoAnswer("the text is empty")]
        rows: list[MaskedRow | NoAnswer] = []
        for begin in range(0, len(ids), self.max_text_tokens):
            end = min(begin + self.max_text_tokens, len(ids))
            start = max(0, end - self.max_text_tokens)
            rows.append(self._build_row(ids[start:begin], ids[begin:end]))
        return rows

    def _score_tokens(self, rows: Sequence[MaskedRow]) -> list[ScoredContinuation | NoAnswer]:
        scores = iter(
            self._score_masked(
                [(ids, position) for ids, positions, _ in rows for position in positions]
            )
        )
        return [
            _to_scored_continuation([next(scores) for _ in positions], truncated_tokens)
            for _, positions, truncated_tokens in rows
        ]

    def _score_masked(self, requests: Sequence[tuple[list[int], int]]) -> list[tuple[float, bool]]:
        """(log-probability of the token, whether it is the most probable) at each position."""
        batched = self.probe.allows_batches("scored", self._score_probe_rows)
        scores: dict[int, tuple[float, bool]] = {}
        for passed in self._score_in_passes(requests, self.max_pass_tokens if batched else 1):
            scores |= passed
            if self.on_progress:
                self.on_progress(len(scores), len(requests))
        return [scores[index] for index in range(len(requests))]

    def _score_in_passes(
        self, requests: Sequence[tuple[list[int], int]], max_tokens: int
    ) -> Iterator[dict[int, tuple[float, bool]]]:
        for batch in length_batches([len(ids) for ids, _ in requests], max_tokens):
            yield dict(zip(batch, self._forward([requests[each] for each in batch]), strict=True))

    def _score_probe_rows(self, batched: bool) -> Iterator[torch.Tensor]:
        requests = [(ids, len(ids) // 2) for ids in self.probe.draw_rows((40, 12, 5))]
        scores: dict[int, tuple[float, bool]] = {}
        for passed in self._score_in_passes(requests, self.max_pass_tokens if batched else 1):
            scores |= passed
        yield torch.tensor([scores[index][0] for index in range(len(requests))])

    def _forward(self, requests: Sequence[tuple[list[int], int]]) -> list[tuple[float, bool]]:
        masked_ids = [
            [*ids[:position], self.mask_id, *ids[position + 1 :]] for ids, position in requests
        ]
        row_B = torch.arange(len(requests))
        position_B = torch.tensor([position for _, position in requests])
        token_B = torch.tensor([ids[position] for ids, position in requests])
        mask_BT = pad_rows([[1] * len(ids) for ids in masked_ids])
        with torch.inference_mode():
            logits_BTV = self.network(input_ids=pad_rows(masked_ids), attention_mask=mask_BT).logits
        logits_BV = logits_BTV[row_B, position_B].float()
        logprob_B = logits_BV.log_softmax(-1)[row_B, token_B]
        is_greedy_B = logits_BV.argmax(-1) == token_B
        return list(zip(logprob_B.tolist(), is_greedy_B.tolist(), strict=True))


def _to_scored_continuation(
    scores: Sequence[tuple[float, bool]], truncated_tokens: int
) -> ScoredContinuation | NoAnswer:
    logprobs, is_greedy = zip(*scores, strict=True)
    return (
        ScoredContinuation(logprobs, is_greedy, truncated_tokens)
        if all(map(isfinite, logprobs))
        else NOT_FINITE
    )
