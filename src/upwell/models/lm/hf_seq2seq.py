"""An encoder-decoder of transformers as a language model: it reads the prompt and writes the rest.

Text is encoded as in lm-eval-harness 0.4.13 and its seq2seq models. Spaces at the end of a prompt
go to the continuation. The prompt has the special tokens of its tokenizer, the continuation none. A
prompt with several continuations is encoded once. A text without a prompt has no probability.

Axes: B rows, S tokens of the prompt, T tokens of the continuation, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import nan
from typing import Any

import torch
from torch import Tensor
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from ..protocols import (
    NOT_FINITE,
    Generation,
    NoAnswer,
    Prompt,
    ScoredContinuation,
    Text,
    require_text,
)
from .hf_base import (
    EMPTY_CONTINUATION,
    EMPTY_PROMPT,
    HFLanguageModel,
    long_continuation_error,
    move_trailing_spaces,
    stop_lookback,
    to_generation,
)
from .hf_tokenizer import HFTokenizer
from .readers.batching import length_batches

NO_PROMPT = NoAnswer("an encoder-decoder gives a text no probability without a prompt before it")

MAX_CONTINUATIONS_PER_PASS = 16
"""Maximum number of continuations of a prompt in a pass."""

PROBE_NEW_TOKENS = 3
"""Tokens that a probe generates after each prompt."""

GREEDY_KWARGS: Mapping[str, Any] = {
    "do_sample": False,
    "num_beams": 1,
    "min_length": 0,
    "no_repeat_ngram_size": 0,
    "repetition_penalty": 1.0,
}
"""Greedy decoding, whatever the generation config of a folder says."""

EncodedPair = tuple[tuple[int, ...], list[int], int]
"""Token ids of the prompt, those of the continuation, and the number of truncated tokens."""


class HFSeq2SeqLM(HFLanguageModel[EncodedPair]):
    """An encoder-decoder of transformers in eval mode.

    `context` is the maximum number of tokens of a prompt, and of a continuation.
    """

    def _encode_pairs(self, pairs: Sequence[tuple[Text, Text]]) -> list[EncodedPair | NoAnswer]:
        return [self._encode_pair(*move_trailing_spaces(*pair)) for pair in pairs]

    def _encode_windows(self, texts: Sequence[str]) -> list[list[EncodedPair | NoAnswer]]:
        return [[NO_PROMPT] for _ in texts]

    def _generate(
        self,
        prompts: Sequence[Prompt],
        max_new_tokens: int,
        stops: Sequence[str],
        reserved_tokens: int,
    ) -> list[Generation | NoAnswer]:
        encoded_prompts = [self._encode_prompt(require_text(prompt)) for prompt in prompts]
        requests = [each[0] for each in encoded_prompts if not isinstance(each, NoAnswer)]
        # The length limit of lm-eval-harness counts the prompt, which is not in the output here.
        limits = [
            max_new_tokens if reserved_tokens == 1 else len(ids) + max_new_tokens - 1
            for ids in requests
        ]
        completions = iter(self._generate_texts(requests, limits, stops))
        return [
            each if isinstance(each, NoAnswer) else to_generation(next(completions), stops, each[1])
            for each in encoded_prompts
        ]

    def _encode_pair(self, prompt: Text, continuation: Text) -> EncodedPair | NoAnswer:
        continuation_ids = self._encode(continuation)
        encoded_prompt = self._encode_prompt(prompt)
        if isinstance(encoded_prompt, NoAnswer):
            return encoded_prompt
        if not continuation_ids:
            return EMPTY_CONTINUATION
        if len(continuation_ids) > self.context:
            return long_continuation_error(len(continuation_ids), self.context)
        return encoded_prompt[0], continuation_ids, encoded_prompt[1]

    def _encode_prompt(self, prompt: Text) -> tuple[tuple[int, ...], int] | NoAnswer:
        """Ids for the encoder, and the number of truncated ones; a prompt may be empty."""
        if isinstance(prompt, str):
            prefix_id = self.tokenizer.prefix
            empty = [] if prefix_id is None else [prefix_id]
            ids = self.tokenizer.encode_with_specials([prompt])[0] if prompt else empty
        else:
            ids = list(prompt)
        if not ids:
            return EMPTY_PROMPT
        overflow = len(ids) - self.context
        if overflow <= 0:
            return tuple(ids), 0
        if self.truncation == "error":
            return self._context_error(len(ids))
        return tuple(self._truncate(ids, overflow)), overflow

    def _encode(self, text: Text) -> list[int]:
        return self.tokenizer.encode(text) if isinstance(text, str) else list(text)

    def _score_tokens(self, rows: Sequence[EncodedPair]) -> list[ScoredContinuation | NoAnswer]:
        batched = self.probe.allows_batches("scored", self._score_probe_rows)
        scored: dict[int, ScoredContinuation | NoAnswer] = {}
        for passed in self._score_in_passes(rows, batched):
            scored |= passed
            if self.on_progress:
                self.on_progress(len(scored), len(rows))
        return [scored[index] for index in range(len(rows))]

    def _score_in_passes(
        self, rows: Sequence[EncodedPair], batched: bool
    ) -> Iterator[dict[int, ScoredContinuation | NoAnswer]]:
        groups = _group_by_prompt(rows, MAX_CONTINUATIONS_PER_PASS if batched else 1)
        lengths = [len(group) * max(sum(map(len, rows[each][:2])) for each in group)
                   for group in groups]  # fmt: skip
        for batch in length_batches(lengths, self.max_pass_tokens if batched else 1):
            indices = [index for each in batch for index in groups[each]]
            prompt_index = [n for n, each in enumerate(batch) for _ in groups[each]]
            prompts = [rows[groups[each][0]][0] for each in batch]
            batch_scores = self._forward(prompts, prompt_index, [rows[index] for index in indices])
            yield dict(zip(indices, batch_scores, strict=True))

    def _score_probe_rows(self, batched: bool) -> Iterator[Tensor]:
        prompts = self.probe.draw_rows((40, 12))
        continuations = self.probe.draw_rows((6, 3))
        rows = [(tuple(prompt), ids, 0) for prompt in prompts for ids in continuations]
        scored: dict[int, ScoredContinuation | NoAnswer] = {}
        for passed in self._score_in_passes(rows, batched):
            scored |= passed
        for index in range(len(rows)):
            row = scored[index]
            yield torch.tensor([nan] if isinstance(row, NoAnswer) else row.logprobs)

    def _forward(
        self,
        prompts: Sequence[Sequence[int]],
        prompt_index: Sequence[int],
        rows: Sequence[EncodedPair],
    ) -> Iterator[ScoredContinuation | NoAnswer]:
        """Scores of the rows; each prompt is encoded once."""
        tokens_BS, mask_BS = self._pad(prompts)
        label_BT, label_mask_BT = self._pad([continuation_ids for _, continuation_ids, _ in rows])
        with torch.inference_mode():
            encoded = self.network.get_encoder()(input_ids=tokens_BS, attention_mask=mask_BS)
            logits_BTV = self.network(
                encoder_outputs=(encoded.last_hidden_state[prompt_index],),
                attention_mask=mask_BS[prompt_index],
                labels=label_BT,
            ).logits.float()
        logprob_BT = logits_BTV.log_softmax(-1).gather(-1, label_BT[:, :, None])[:, :, 0]
        is_greedy_BT = logits_BTV.argmax(-1) == label_BT
        for row, (_, _, truncated_tokens) in enumerate(rows):
            num_tokens = int(label_mask_BT[row].sum())
            logprobs = logprob_BT[row, :num_tokens]
            if not logprobs.isfinite().all():
                yield NOT_FINITE
            else:
                is_greedy = tuple(is_greedy_BT[row, :num_tokens].tolist())
                yield ScoredContinuation(tuple(logprobs.tolist()), is_greedy, truncated_tokens)

    def _generate_texts(
        self, prompts: Sequence[Sequence[int]], limits: Sequence[int], stops: Sequence[str]
    ) -> list[str | None]:
        """The completion of each prompt, of at most its limit of tokens.

        None for numbers that are not finite.
        """
        batched = self.probe.allows_batches("generated", self._generate_probe_rows)
        completions: dict[int, str | None] = {}
        for batch in length_batches(
            [len(prompt) + limit for prompt, limit in zip(prompts, limits, strict=True)],
            self.max_pass_tokens if batched else 1,
        ):
            rows = [prompts[index] for index in batch]
            nan_detector = _NanDetector(len(batch))
            row_limits = [limits[index] for index in batch]
            stop = _StopOnText(self.tokenizer, stops, [len(row) for row in rows], row_limits)
            generated = self._generate_ids(rows, max(row_limits), stop, nan_detector)
            for index, ids, has_nan in zip(batch, generated, nan_detector.has_nan, strict=True):
                completions[index] = None if has_nan else self.tokenizer.decode(ids)
        return [completions[index] for index in range(len(prompts))]

    def _generate_ids(
        self,
        prompts: Sequence[Sequence[int]],
        max_new_tokens: int,
        stop: _StopOnText,
        nan_detector: _NanDetector,
    ) -> list[list[int]]:
        tokens_BS, mask_BS = self._pad(prompts)
        generated_BT = self.network.generate(
            tokens_BS,
            attention_mask=mask_BS,
            logits_processor=LogitsProcessorList([nan_detector]),
            stopping_criteria=StoppingCriteriaList([stop]),
            max_new_tokens=max_new_tokens,
            pad_token_id=self.tokenizer.pad,
            **GREEDY_KWARGS,
        )
        ids: list[list[int]] = generated_BT.tolist()
        return ids

    def _generate_probe_rows(self, batched: bool) -> Iterator[Tensor]:
        prompts = self.probe.draw_rows((40, 12))
        for batch in [prompts] if batched else [[prompt] for prompt in prompts]:
            limits = [PROBE_NEW_TOKENS] * len(batch)
            stop = _StopOnText(self.tokenizer, (), [len(row) for row in batch], limits)
            detector = _NanDetector(len(batch))
            for ids in self._generate_ids(batch, PROBE_NEW_TOKENS, stop, detector):
                # A batch pads what ends before its longest text.
                padding = [self.tokenizer.pad] * (PROBE_NEW_TOKENS + 1 - len(ids))
                yield torch.tensor([*ids, *padding]).float()

    def _pad(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Token ids [B, T] padded on the right, and a mask with 1 at tokens."""
        max_length = max(map(len, rows))
        tokens = [[*row, *[self.tokenizer.pad] * (max_length - len(row))] for row in rows]
        mask = [[1] * len(row) + [0] * (max_length - len(row)) for row in rows]
        return torch.tensor(tokens), torch.tensor(mask)


class _NanDetector(LogitsProcessor):
    """Records the rows with NaN logits."""

    def __init__(self, num_rows: int) -> None:
        self.has_nan = [False] * num_rows

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        is_nan = scores.isnan().any(-1).tolist()
        self.has_nan = [a or b for a, b in zip(self.has_nan, is_nan, strict=True)]
        return scores


class _StopOnText(StoppingCriteria):
    """Stops a row at its limit, and where its text has a stop string: more would be cut off.

    A stop string that is the text of a special token is searched as lm-eval-harness does, which
    leaves out as many tokens of the output as the prompt has.
    """

    def __init__(
        self,
        tokenizer: HFTokenizer,
        stops: Sequence[str],
        prompt_lengths: Sequence[int],
        limits: Sequence[int],
    ) -> None:
        self.tokenizer, self.prompt_lengths, self.limits = tokenizer, prompt_lengths, limits
        self.lookback = {stop: stop_lookback(tokenizer, stop) for stop in stops}

    def __call__(self, input_ids: Tensor, scores: Tensor, **kwargs: Any) -> Tensor:
        rows = zip(input_ids.tolist(), self.prompt_lengths, self.limits, strict=True)
        # The first id of the output starts the text.
        return torch.tensor(
            [len(ids) > limit or self._has_stop(ids, length) for ids, length, limit in rows]
        )

    def _has_stop(self, ids: list[int], prompt_length: int) -> bool:
        text, late_ids = self.tokenizer.decode(ids), ids[prompt_length:]
        return any(
            (stop and stop in text)
            or stop in self.tokenizer.decode_with_specials(late_ids[-tokens:])
            for stop, tokens in self.lookback.items()
        )


def _group_by_prompt(rows: Sequence[EncodedPair], max_rows: int) -> list[list[int]]:
    """Indices of rows with the same prompt, at most `max_rows` per group."""
    by_prompt: dict[tuple[int, ...], list[int]] = {}
    for index, (prompt, _, _) in enumerate(rows):
        by_prompt.setdefault(prompt, []).append(index)
    return [
        indices[first : first + max_rows]
        for indices in by_prompt.values()
        for first in range(0, len(indices), max_rows)
    ]
