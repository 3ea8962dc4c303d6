"""How a causal network is read, tried on the network itself.

Scoring shares prefixes, else pads rows in batches, else reads row by row. Generation keeps a cache
in batches, else row by row, else reads the whole text again for every token. What a short row
cannot show, such as a window of 4,096 tokens, is read from the config.

Axes: T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ...errors import ModelError, describe_error
from .generation import GenerationMode, GreedyGenerator
from .probe import Choice, Probe, describe_change, find_difference
from .readers.base import Reader
from .readers.plain import PlainReader, RowReader
from .readers.prefix_tree import common_prefix_length
from .readers.shared import PrefixSharingReader

PREFIX_TOKENS = 66
"""Length of the prefix that probe rows share: more than a block of attention, and enough for a
pass of its own."""

NEW_TOKENS = 3
"""Tokens that a probe generates after each prompt."""

TOP_TOKENS = 8
"""Most probable tokens that a probe of generation compares at each position."""

READERS: Mapping[str, type[Reader]] = {
    "shared": PrefixSharingReader,
    "padded": PlainReader,
    "row": RowReader,
}

READ_NAMES = {
    "shared": "sharing prefixes",
    "padded": "padding",
    "batch_cache": "a cache in a batch",
    "row_cache": "a cache",
}
"""What changes the numbers, as the subject of a sentence."""

WINDOW_FIELDS = ("sliding_window", "attention_window_size", "attention_chunk_size")
"""Fields of configs with the number of earlier tokens that a token attends to."""

SELECTION_FIELDS = ("keep_window_size", "index_topk")
"""Fields with the number of keys that are selected for a token. Padding may be among them."""

PLAIN_ROPE_TYPES = ("default", "linear", "llama3", "yarn", "proportional")
"""Kinds of rotary positions that do not depend on the length of a row."""


class CausalProbe(Probe):
    """Tries a causal network."""

    @property
    def choices(self) -> Mapping[str, Choice[Any]]:
        """See `Probe.choices`."""
        names = {"scored": "scoring", "generated": "generation"}
        return {verb: self.__dict__[name] for verb, name in names.items() if name in self.__dict__}

    @cached_property
    def scoring(self) -> Choice[str]:
        """How continuations are scored: "shared", "padded" or "row".

        Raises ModelError for a network that cannot read even a single row.
        """
        reason = self._later_tokens_reason or self._length_reason
        if reason is not None:
            return Choice("row", reason)
        reason = _partial_attention_reason(self._config) or self._try_reader("shared")
        if reason is None:
            return Choice("shared")
        padding_reason = self._try_reader("padded")
        return Choice("padded", reason) if padding_reason is None else Choice("row", padding_reason)

    @cached_property
    def generation(self) -> Choice[GenerationMode]:
        """How text is generated, a key of `generation.DECODERS`."""
        whole: GenerationMode = "whole_row" if self.scoring.mode == "row" else "whole_batch"
        reason = self._later_tokens_reason or self._length_reason
        if reason is not None:
            return Choice(whole, reason)
        batch_reason = (
            self._try_generation("batch_cache")
            if self.scoring.mode == "shared"
            else self.scoring.reason
        )
        if batch_reason is None:
            return Choice("batch_cache")
        row_reason = self._try_generation("row_cache")
        return (
            Choice("row_cache", batch_reason) if row_reason is None else Choice(whole, row_reason)
        )

    @property
    def _config(self) -> Any:
        return self.network.config.get_text_config()

    @cached_property
    def _rows(self) -> list[tuple[list[int], int]]:
        """Rows with a long shared prefix, with a part of it, and a short one, each with a start."""
        prefix, *tails = self.draw_rows((min(PREFIX_TOKENS, max(2, self.context - 6)), 6, 4, 8, 5))
        cut = len(prefix) // 3
        rows = [(prefix + tails[0], len(prefix) - 6), (prefix + tails[1], len(prefix)),
                (prefix[:cut] + tails[2], cut), (tails[3], 1)]  # fmt: skip
        return [(ids[: self.context + 1], min(max(1, s), self.context)) for ids, s in rows]

    @cached_property
    def _logprobs(self) -> list[Tensor]:
        """Log-probabilities [T, V] of each probe row, read alone."""
        return [self._read_alone(ids[:-1]) for ids, _ in self._rows]

    def _read_alone(self, ids: Sequence[int]) -> Tensor:
        """Log-probabilities [T, V] after each token of a row without a cache."""
        try:
            with torch.inference_mode():
                logits_BTV = self.network(input_ids=torch.tensor([ids]), use_cache=False).logits
        # Whatever an unknown architecture raises; there is no further way to read it.
        except Exception as error:
            raise ModelError(
                f"{type(self.network).__name__} cannot read a row of {len(ids)} tokens "
                f"({describe_error(error)})"
            ) from error
        logprob_TV: Tensor = logits_BTV[0].float().log_softmax(-1)
        return logprob_TV

    @cached_property
    def _later_tokens_reason(self) -> str | None:
        """The reason of a network whose numbers depend on what follows."""
        shared = common_prefix_length([ids for ids, _ in self._rows[:2]])
        logprobs = [self._logprobs[index][:shared] for index in (0, 1)]
        change = describe_change(*logprobs)
        return None if change is None else f"later tokens change its numbers by {change}"

    @cached_property
    def _length_reason(self) -> str | None:
        """The reason of a network whose numbers depend on the length of a row, by its config."""
        for rope in _rope_parameters(self._config):
            if (kind := rope.get("rope_type", "default")) not in PLAIN_ROPE_TYPES:
                return f"its positions depend on the length of a row (rope_type {kind})"
        for name in SELECTION_FIELDS:
            value = getattr(self._config, name, None)
            if value is not None and value < self.context:
                return f"it selects {value} of the earlier tokens ({name})"
        return None

    def _try_reader(self, mode: str) -> str | None:
        """Why a reader is not used; None if its numbers are right."""
        expected = [
            logprob_TV[start - 1 :].gather(-1, torch.tensor(ids[start:])[:, None])[:, 0]
            for logprob_TV, (ids, start) in zip(self._logprobs, self._rows, strict=True)
        ]

        def read() -> Iterator[tuple[Tensor, Tensor]]:
            scores = READERS[mode](self.network).read(self._rows)
            return zip((torch.tensor(each.logprobs) for each in scores), expected, strict=True)

        return find_difference(READ_NAMES[mode], read)

    def _try_generation(self, mode: GenerationMode) -> str | None:
        """Why a way of generation is not used; None if its numbers are right."""
        room = self.context - NEW_TOKENS
        first, second, third, short = (ids[: min(len(ids) - 2, room)] for ids, _ in self._rows)
        # A shared prefix, then padding.
        calls = {"batch_cache": [[first, second], [third, short]], "row_cache": [[first, short]]}

        def read() -> Iterator[tuple[Tensor, Tensor]]:
            for prompts in calls[mode]:
                yield from self._generate_and_read(mode, prompts)

        return find_difference(READ_NAMES[mode], read)

    def _generate_and_read(
        self, mode: GenerationMode, prompts: Sequence[Sequence[int]]
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Log-probabilities of the best tokens, generated and read alone."""
        logprobs: list[list[Tensor]] = [[] for _ in prompts]
        generator = GreedyGenerator(self.network, (), mode)
        generated = generator.generate(
            prompts,
            [NEW_TOKENS] * len(prompts),
            lambda ids: False,
            lambda index, logits_V: logprobs[index].append(logits_V.log_softmax(-1)),
        )
        for prompt, ids, steps in zip(prompts, generated, logprobs, strict=True):
            row = [*prompt, *(ids or ())]
            alone_TV = self._read_alone(row[: len(prompt) + len(steps) - 1])[-len(steps) :]
            best = alone_TV.topk(min(TOP_TOKENS, alone_TV.shape[-1])).indices
            yield torch.stack(steps).gather(-1, best), alone_TV.gather(-1, best)


def _partial_attention_reason(config: Any) -> str | None:
    """Why a layer does not attend to all tokens before, by its config."""
    kinds = set(getattr(config, "layer_types", None) or ("full_attention",)) - {"full_attention"}
    if kinds:
        return f"its layers have {', '.join(sorted(map(str, kinds)))}"
    for name in WINDOW_FIELDS:
        value = getattr(config, name, None)
        if value and getattr(config, "use_sliding_window", True):
            return f"a token attends to {value} tokens ({name})"
    if "local" in (getattr(config, "attention_layers", None) or ()):
        return "its layers have local attention"
    return None


def _rope_parameters(config: Any) -> Iterator[dict[str, Any]]:
    """Rotary positions of all layers, or of each kind of layer."""
    rope = getattr(config, "rope_parameters", None) or {}
    yield from (each for each in (rope, *rope.values()) if isinstance(each, dict))
