"""Base class of the language models of transformers: scoring, windows, truncation, stop strings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

from ...errors import ModelError, convert_errors
from ..protocols import (
    LM,
    NOT_FINITE,
    Generation,
    NoAnswer,
    Prompt,
    ScoredContinuation,
    Text,
    cut_at_stops,
    require_text,
)
from .hf_tokenizer import HFTokenizer
from .probe import BatchProbe, Probe
from .readers.base import GIGABYTE, MAX_PASS_TOKENS, ReadProgressFn, max_tokens_for_memory

Truncation: TypeAlias = Literal["left", "right", "error"]
"""What to do with a prompt that is too long: cut its start, cut its end, or give no answer."""

EMPTY_CONTINUATION = NoAnswer("the continuation has no token of its own")
EMPTY_PROMPT = NoAnswer("the prompt is empty and the tokenizer has no first token")

RowT = TypeVar("RowT")
"""An encoded (prompt, continuation)."""


class HFLanguageModel(LM, Generic[RowT]):
    """A network of transformers in eval mode as a language model.

    `context` is the maximum number of tokens that the network reads at once, and `memory` the bytes
    that it may use besides its weights. A subclass encodes pairs into rows, scores rows, and
    generates.
    """

    tokenizer: HFTokenizer
    probe_class: ClassVar[type[Probe]] = BatchProbe

    def __init__(
        self,
        network: Any,
        tokenizer: HFTokenizer,
        context: int,
        *,
        truncation: Truncation = "left",
        memory: int = GIGABYTE,
        on_progress: ReadProgressFn | None = None,
        probe: Probe | None = None,
    ) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.context = context
        self.truncation = truncation
        self.memory = memory
        self.on_progress = on_progress
        self.probe: Any = probe or self.probe_class(network, context)
        """How the network is read, tried once; an instance of `probe_class`."""

    @abstractmethod
    def _encode_pairs(self, pairs: Sequence[tuple[Text, Text]]) -> list[RowT | NoAnswer]:
        """The row of each (prompt, continuation)."""

    @abstractmethod
    def _encode_windows(self, texts: Sequence[str]) -> list[list[RowT | NoAnswer]]:
        """The rows of each text, every token of it scored once."""

    @abstractmethod
    def _score_tokens(self, rows: Sequence[RowT]) -> list[ScoredContinuation | NoAnswer]:
        """The score of the continuation of each row."""

    @abstractmethod
    def _generate(
        self,
        prompts: Sequence[Prompt],
        max_new_tokens: int,
        stops: Sequence[str],
        reserved_tokens: int,
    ) -> list[Generation | NoAnswer]:
        """Greedy completions. Prompts are cut to leave room for `reserved_tokens`."""

    def loglikelihood(
        self, pairs: Sequence[tuple[Text, Text]]
    ) -> list[ScoredContinuation | NoAnswer]:
        """See `LM.loglikelihood`."""
        with self._convert_errors():
            return self._score(self._encode_pairs(pairs))

    def loglikelihood_rolling(self, texts: Sequence[str]) -> list[ScoredContinuation | NoAnswer]:
        """See `LM.loglikelihood_rolling`."""
        with self._convert_errors():
            windows = self._encode_windows(texts)
            scored = iter(self._score(list(chain.from_iterable(windows))))
            return [concat_windows([next(scored) for _ in each]) for each in windows]

    def generate_until(
        self, prompts: Sequence[Text], max_new_tokens: int, stops: Sequence[str]
    ) -> list[Generation | NoAnswer]:
        """See `LM.generate_until`. The text of the end token is one more stop string."""
        eos_text = self.tokenizer.eos_text
        stops = [*stops, *([eos_text] if eos_text is not None else [])]
        with self._convert_errors():
            return self._generate(prompts, max_new_tokens, stops, reserved_tokens=max_new_tokens)

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """See `LM.token_logprobs`."""
        return [
            x if isinstance(x, NoAnswer) else list(x.logprobs)
            for x in self.loglikelihood(require_texts(pairs))
        ]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """See `LM.generate`. Shorter where the context ends first."""
        stops = [stop] if stop else []
        with self._convert_errors():
            generations = self._generate(prompts, max_new_tokens, stops, reserved_tokens=1)
        return [x if isinstance(x, NoAnswer) else x.text for x in generations]

    @cached_property
    def max_pass_tokens(self) -> int:
        """Maximum number of tokens of a forward pass."""
        return min(MAX_PASS_TOKENS, max_tokens_for_memory(self.memory, self.network.config, 0))

    def _convert_errors(self) -> AbstractContextManager[None]:
        return convert_errors(
            ModelError,
            f"{type(self.network).__name__} cannot read its input",
            "check that weights, config and tokenizer belong to one model",
        )

    def _score(self, rows: Sequence[RowT | NoAnswer]) -> list[ScoredContinuation | NoAnswer]:
        scored = iter(self._score_tokens([row for row in rows if not isinstance(row, NoAnswer)]))
        return [row if isinstance(row, NoAnswer) else next(scored) for row in rows]

    def _truncate(self, prompt: list[int], overflow: int) -> list[int]:
        """The prompt without `overflow` tokens, at the end that `truncation` names."""
        return prompt[overflow:] if self.truncation == "left" else prompt[: len(prompt) - overflow]

    def _context_error(self, tokens: int) -> NoAnswer:
        return NoAnswer(f"needs a context of {tokens} tokens; the model has {self.context}")


def require_texts(pairs: Sequence[tuple[Prompt, Text]]) -> list[tuple[Text, Text]]:
    """The pairs, all of whose prompts are text. Raises DataError for an `ArrayInput`."""
    return [(require_text(prompt), continuation) for prompt, continuation in pairs]


def move_trailing_spaces(prompt: Text, continuation: Text) -> tuple[Text, Text]:
    """Move spaces from the end of the prompt to the start of the continuation."""
    if isinstance(prompt, str) and isinstance(continuation, str):
        stripped = prompt.rstrip()
        return stripped, prompt[len(stripped) :] + continuation
    return prompt, continuation


def stop_lookback(tokenizer: HFTokenizer, stop: str) -> int:
    """Number of last tokens that a stop string is searched in.

    Two more than its own, because the same text can be split into more tokens.
    """
    return len(tokenizer.encode(stop)) + 2


def long_continuation_error(tokens: int, max_tokens: int) -> NoAnswer:
    """Of a continuation that does not fit the context."""
    return NoAnswer(f"the continuation has {tokens} tokens; the model reads {max_tokens}")


def concat_windows(
    windows: Iterable[ScoredContinuation | NoAnswer],
) -> ScoredContinuation | NoAnswer:
    """The windows of a text as one score; the first NoAnswer if there is one."""
    scored: list[ScoredContinuation] = []
    for window in windows:
        if isinstance(window, NoAnswer):
            return window
        scored.append(window)
    return ScoredContinuation(
        tuple(chain.from_iterable(each.logprobs for each in scored)),
        tuple(chain.from_iterable(each.is_greedy for each in scored)),
    )


def to_generation(
    text: str | None, stops: Sequence[str], truncated_tokens: int
) -> Generation | NoAnswer:
    """The text cut before the first of `stops`; None stands for numbers that are not finite."""
    return NOT_FINITE if text is None else Generation(cut_at_stops(text, stops), truncated_tokens)
