"""A causal network of transformers as a language model.

Text is encoded as in lm-eval-harness 0.4.13, so that numbers can be compared. Spaces at the end of
a prompt go to the continuation. Prompt and continuation are encoded together and split where the
prompt ends. An empty prompt is the token that starts a text. A prompt that does not fit the context
is truncated, and the cut tokens are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from math import isfinite
from typing import Any, TypeAlias

from ..protocols import (
    NOT_FINITE,
    Generation,
    NoAnswer,
    Prompt,
    ScoredContinuation,
    Text,
    require_text,
)
from .causal_probe import READERS, CausalProbe
from .generation import GreedyGenerator
from .hf_base import (
    EMPTY_CONTINUATION,
    EMPTY_PROMPT,
    HFLanguageModel,
    long_continuation_error,
    move_trailing_spaces,
    require_texts,
    stop_lookback,
    to_generation,
)
from .hf_tokenizer import HFTokenizer
from .readers.base import Reader, TokenScores

EncodedRow: TypeAlias = tuple[list[int], int, int]
"""Token ids, the index where the continuation begins, and the number of truncated tokens."""


class HFCausalLM(HFLanguageModel[EncodedRow]):
    """A causal network of transformers in eval mode."""

    probe_class = CausalProbe

    @cached_property
    def _reader(self) -> Reader:
        return READERS[self.probe.scoring.mode](self.network, self.memory)

    @cached_property
    def _generator(self) -> GreedyGenerator:
        eos_ids = _get_eos_ids(self.network, self.tokenizer)
        return GreedyGenerator(self.network, eos_ids, self.probe.generation.mode, self.memory)

    def argmax_tokens(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[int] | NoAnswer]:
        """See `LM.argmax_tokens`."""
        rows = self._encode_pairs(require_texts(pairs))
        scores = iter(self._read([row for row in rows if not isinstance(row, NoAnswer)]))
        results = [row if isinstance(row, NoAnswer) else next(scores) for row in rows]
        return [x if isinstance(x, NoAnswer) else x.argmax_tokens for x in results]

    def _encode_pairs(self, pairs: Sequence[tuple[Text, Text]]) -> list[EncodedRow | NoAnswer]:
        """Rows of the pairs; every text is encoded once."""
        split_pairs = [move_trailing_spaces(*pair) for pair in pairs]
        prompts = {a for a, _ in split_pairs if isinstance(a, str) and a}
        full_texts = {
            a + b for a, b in split_pairs if isinstance(a, str) and isinstance(b, str) and a
        }
        standalone = {
            b for a, b in split_pairs if isinstance(b, str) and not (isinstance(a, str) and a)
        }
        with_specials = self.tokenizer.encode_batch(prompts | full_texts, add_special_tokens=True)
        without_specials = self.tokenizer.encode_batch(standalone, add_special_tokens=False)
        return [
            self._build_row(*self._encode_pair(*pair, with_specials, without_specials))
            for pair in split_pairs
        ]

    def _encode_pair(
        self,
        prompt: Text,
        continuation: Text,
        with_specials: dict[str, list[int]],
        without_specials: dict[str, list[int]],
    ) -> tuple[list[int], list[int]]:
        """Ids of prompt and continuation, from the ids of all texts."""
        if not isinstance(prompt, str):
            return list(prompt), _to_ids(continuation, without_specials)
        if not prompt:
            return self._prepend_prefix(_to_ids(continuation, without_specials))
        prompt_ids = with_specials[prompt]
        if not isinstance(continuation, str):
            return prompt_ids, list(continuation)
        return prompt_ids, with_specials[prompt + continuation][len(prompt_ids) :]

    def _prepend_prefix(self, ids: list[int]) -> tuple[list[int], list[int]]:
        """A text from its start: after the token that starts texts, if there is one."""
        prefix_id = self.tokenizer.prefix
        if prefix_id is None:
            return [], ids
        return (ids[:1], ids[1:]) if ids[:1] == [prefix_id] else ([prefix_id], ids)

    def _build_row(self, prompt: list[int], continuation: list[int]) -> EncodedRow | NoAnswer:
        if not continuation:
            return EMPTY_CONTINUATION
        if not prompt:
            return EMPTY_PROMPT
        if len(continuation) > self.context:
            return long_continuation_error(len(continuation), self.context)
        overflow = len(prompt) + len(continuation) - 1 - self.context
        if overflow <= 0:
            return prompt + continuation, len(prompt), 0
        if self.truncation == "error":
            return self._context_error(len(prompt) + len(continuation) - 1)
        truncated_prompt = self._truncate(prompt, overflow)
        return truncated_prompt + continuation, len(truncated_prompt), overflow

    def _read(self, rows: Sequence[EncodedRow]) -> list[TokenScores | NoAnswer]:
        scores = self._reader.read([(ids, start) for ids, start, _ in rows], self.on_progress)
        return [each if all(map(isfinite, each.logprobs)) else NOT_FINITE for each in scores]

    def _score_tokens(self, rows: Sequence[EncodedRow]) -> list[ScoredContinuation | NoAnswer]:
        pairs = zip(rows, self._read(rows), strict=True)
        return [
            scores if isinstance(scores, NoAnswer) else _to_scored_continuation(row, scores)
            for row, scores in pairs
        ]

    def _encode_windows(self, texts: Sequence[str]) -> list[list[EncodedRow | NoAnswer]]:
        return [list(self._windows(ids)) for ids in self.tokenizer.encode_with_specials(texts)]

    def _windows(self, ids: list[int]) -> Iterator[EncodedRow | NoAnswer]:
        """Every token once, with as many tokens before it as its window has.

        The windows are those of lm-eval-harness (`get_rolling_token_windows`).
        """
        prefix_id = self.tokenizer.prefix
        if not ids or prefix_id is None:
            yield NoAnswer("the text is empty" if not ids else "the tokenizer has no first token")
            return
        yield [prefix_id, *ids[: self.context]], 1, 0
        for begin in range(self.context, len(ids), self.context):
            end = min(begin + self.context, len(ids))
            # The last window starts earlier, so that it is as long as the others.
            yield ids[end - self.context - 1 : end], begin - (end - self.context - 1), 0

    def _generate(
        self,
        prompts: Sequence[Prompt],
        max_new_tokens: int,
        stops: Sequence[str],
        reserved_tokens: int,
    ) -> list[Generation | NoAnswer]:
        texts = [require_text(prompt) for prompt in prompts]
        encoded = self.tokenizer.encode_batch(
            {text for text in texts if isinstance(text, str)}, add_special_tokens=True
        )
        truncated_prompts = [
            self._truncate_prompt(_to_ids(text, encoded), reserved_tokens) for text in texts
        ]
        requests = [each for each in truncated_prompts if not isinstance(each, NoAnswer)]
        limits = [min(max_new_tokens, self.context - len(ids) + 1) for ids, _ in requests]
        stop_fn = _make_stop_fn(self.tokenizer, stops)
        outputs = iter(self._generator.generate([ids for ids, _ in requests], limits, stop_fn))
        return [
            each if isinstance(each, NoAnswer) else self._decode(next(outputs), stops, each[1])
            for each in truncated_prompts
        ]

    def _truncate_prompt(
        self, ids: list[int], reserved_tokens: int
    ) -> tuple[list[int], int] | NoAnswer:
        """The prompt with room for `reserved_tokens` after it, and the number of cut tokens."""
        if not ids and self.tokenizer.prefix is not None:
            ids = [self.tokenizer.prefix]
        if not ids:
            return EMPTY_PROMPT
        max_prompt_tokens = self.context - reserved_tokens + (1 if reserved_tokens == 1 else 0)
        if max_prompt_tokens < 1:
            return NoAnswer(
                f"{reserved_tokens} tokens are to be generated; the model reads {self.context}"
            )
        overflow = len(ids) - max_prompt_tokens
        if overflow <= 0:
            return ids, 0
        if self.truncation == "error":
            return self._context_error(len(ids))
        return self._truncate(ids, overflow), overflow

    def _decode(
        self, ids: list[int] | None, stops: Sequence[str], truncated_tokens: int
    ) -> Generation | NoAnswer:
        text = None if ids is None else self.tokenizer.decode(ids)
        return to_generation(text, stops, truncated_tokens)


def _to_ids(text: Text, encoded: dict[str, list[int]]) -> list[int]:
    return encoded[text] if isinstance(text, str) else list(text)


def _to_scored_continuation(row: EncodedRow, scores: TokenScores) -> ScoredContinuation:
    ids, start, truncated_tokens = row
    is_greedy = (
        argmax_token == token
        for argmax_token, token in zip(scores.argmax_tokens, ids[start:], strict=True)
    )
    return ScoredContinuation(tuple(scores.logprobs), tuple(is_greedy), truncated_tokens)


def _make_stop_fn(tokenizer: HFTokenizer, stops: Sequence[str]) -> Callable[[list[int]], bool]:
    """Whether the last tokens contain a stop string, as lm-eval-harness searches it."""
    lookback = {stop: stop_lookback(tokenizer, stop) for stop in stops}
    return lambda ids: any(
        stop in tokenizer.decode_with_specials(ids[-tokens:]) for stop, tokens in lookback.items()
    )


def _get_eos_ids(network: Any, tokenizer: HFTokenizer) -> set[int]:
    """Ids that end a text."""
    eos = getattr(network.generation_config, "eos_token_id", None)
    eos_ids = eos if isinstance(eos, list) else [eos]
    return {int(each) for each in eos_ids if each is not None} | tokenizer.eos_ids
