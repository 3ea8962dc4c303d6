"""Greedy generation with a causal network of transformers.

With `batch_cache`, prompts of similar length go together, padded on the left. A prefix that all
prompts of a batch share is read once. A finished row leaves the batch. With `row_cache` every row
is by itself, and the network keeps a memory of its own kind: keys and values, or the state of a
recurrent network. With `whole_batch` and `whole_row` the whole text is read again for every token.

Axes: B rows, T tokens, P tokens of the shared prefix, V vocabulary.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from inspect import signature
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor
from transformers import DynamicCache

from .readers.base import GIGABYTE, MAX_PASS_TOKENS, max_tokens_for_memory
from .readers.batching import length_batches, pad_rows
from .readers.prefix_tree import PASS_OVERHEAD_TOKENS, common_prefix_length

StopFn = Callable[[list[int]], bool]
"""Whether generation stops after these ids."""

LogitsFn = Callable[[int, Tensor], None]
"""Called with the index of a prompt and the logits [V] of its next token."""

GenerationMode: TypeAlias = Literal["batch_cache", "row_cache", "whole_batch", "whole_row"]

CACHE_NAMES = ("past_key_values", "cache_params", "state")
"""Names under which networks return their memory and take it back."""


class GreedyGenerator:
    """Generates with a network in eval mode, in about `memory` bytes besides its weights."""

    def __init__(
        self,
        network: Any,
        eos_ids: Collection[int],
        mode: GenerationMode,
        memory: int = GIGABYTE,
    ) -> None:
        self.network = network
        self.eos_ids = frozenset(eos_ids)
        """Ids that end a text; they are not part of it."""

        self.mode = mode
        self.memory = memory

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        max_new_tokens: Sequence[int],
        should_stop: StopFn,
        on_logits: LogitsFn | None = None,
    ) -> list[list[int] | None]:
        """For each prompt at most `max_new_tokens` ids, at least one; None if logits are NaN."""
        generated: list[list[int] | None] = [[] for _ in prompts]
        limit = min(MAX_PASS_TOKENS, max_tokens_for_memory(self.memory, self.network.config, 0))
        lengths = [
            len(prompt) + new_tokens
            for prompt, new_tokens in zip(prompts, max_new_tokens, strict=True)
        ]
        batched = self.mode in ("batch_cache", "whole_batch")
        for batch in length_batches(lengths, limit if batched else 1):

            def report(row: int, logits_V: Tensor, batch: Sequence[int] = batch) -> None:
                if on_logits:
                    on_logits(batch[row], logits_V)

            with torch.inference_mode():
                rows, limits = (
                    [prompts[index] for index in batch],
                    [max_new_tokens[each] for each in batch],
                )
                outputs = self._generate_batch(rows, limits, should_stop, report)
            for index, ids in zip(batch, outputs, strict=True):
                generated[index] = ids
        return generated

    def _generate_batch(
        self,
        prompts: Sequence[Sequence[int]],
        max_new_tokens: Sequence[int],
        should_stop: StopFn,
        on_logits: LogitsFn,
    ) -> list[list[int] | None]:
        generated: list[list[int] | None] = [[] for _ in prompts]
        active = list(range(len(prompts)))
        decoder = DECODERS[self.mode](self.network)
        logits_BV = decoder.start(prompts)
        while True:
            keep: list[int] = []
            for row, index in enumerate(active):
                on_logits(index, logits_BV[row])
                generated[index], is_unfinished = self._append_token(
                    generated[index] or [], logits_BV[row], should_stop
                )
                keep += (
                    [row]
                    if is_unfinished and len(generated[index] or []) < max_new_tokens[index]
                    else []
                )
            if not keep:
                return generated
            active = [active[row] for row in keep]
            logits_BV = decoder.step(keep, [(generated[index] or [0])[-1] for index in active])

    def _append_token(
        self, generated: list[int], logits_V: Tensor, should_stop: StopFn
    ) -> tuple[list[int] | None, bool]:
        """The ids with one more token, and whether to go on; None if logits are NaN."""
        if logits_V.isnan().any():
            return None, False
        token = int(logits_V.argmax())
        if token in self.eos_ids:
            return generated, False
        extended = [*generated, token]
        return extended, not should_stop(extended)


class _Decoder(ABC):
    """Reads a batch of prompts, then one more token of each row at a time."""

    def __init__(self, network: Any) -> None:
        self.network = network
        # Not every network can leave out the logits of all tokens but the last.
        can_skip = "logits_to_keep" in signature(network.forward).parameters
        self.last_only: dict[str, Any] = {"logits_to_keep": 1} if can_skip else {}

    @abstractmethod
    def start(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        """Logits [B, V] of the first token after each prompt."""

    @abstractmethod
    def step(self, keep: Sequence[int], tokens: Sequence[int]) -> Tensor:
        """Keep these rows, append one token to each, and return the logits [B, V] of the next."""


class _BatchCacheDecoder(_Decoder):
    """Rows padded on the left, with one cache of keys and values."""

    def start(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        self.cache, prefix_length = self._read_shared_prefix(prompts)
        tokens_BT, mask_BT = _left_pad([prompt[prefix_length:] for prompt in prompts])
        prefix_mask_BP = torch.ones(len(prompts), prefix_length, dtype=torch.int64)
        self.mask_BT = torch.cat([prefix_mask_BP, mask_BT], 1)
        return self._forward(tokens_BT)

    def step(self, keep: Sequence[int], tokens: Sequence[int]) -> Tensor:
        self.cache.batch_select_indices(torch.tensor(keep))
        self.mask_BT = torch.nn.functional.pad(self.mask_BT[list(keep)], (0, 1), value=1)
        return self._forward(torch.tensor([[token] for token in tokens]))

    def _forward(self, tokens_BT: Tensor) -> Tensor:
        positions = (self.mask_BT.cumsum(1) - 1).clamp(min=0)[:, -tokens_BT.shape[1] :]
        logits: Tensor = self.network(
            input_ids=tokens_BT, past_key_values=self.cache, use_cache=True,
            position_ids=positions, attention_mask=self.mask_BT, **self.last_only,
        ).logits  # fmt: skip
        return logits[:, -1].float()

    def _read_shared_prefix(self, prompts: Sequence[Sequence[int]]) -> tuple[DynamicCache, int]:
        """Keys and values of the prefix that all prompts share, and its length in tokens."""
        cache = DynamicCache(config=self.network.config)
        prefix_length = min(common_prefix_length(prompts), min(map(len, prompts)) - 1)
        if len(prompts) == 1 or prefix_length < PASS_OVERHEAD_TOKENS:
            return cache, 0
        ids = torch.tensor([prompts[0][:prefix_length]])
        self.network(input_ids=ids, past_key_values=cache, use_cache=True, **self.last_only)
        cache.batch_repeat_interleave(len(prompts))
        return cache, prefix_length


class _RowCacheDecoder(_Decoder):
    """One row, with the memory that the network returns."""

    def start(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        (prompt,) = prompts
        return self._forward(list(prompt), {})

    def step(self, keep: Sequence[int], tokens: Sequence[int]) -> Tensor:
        return self._forward(list(tokens), self.memory)

    def _forward(self, ids: list[int], memory: dict[str, Any]) -> Tensor:
        outputs = self.network(
            input_ids=torch.tensor([ids]), use_cache=True, **memory, **self.last_only
        )
        caches = {name: getattr(outputs, name, None) for name in CACHE_NAMES}
        self.memory = {name: cache for name, cache in caches.items() if cache is not None}
        if not self.memory:
            raise NotImplementedError("the network returns no cache")
        logits: Tensor = outputs.logits
        return logits[:, -1].float()


class _WholeRowDecoder(_Decoder):
    """Whole rows padded on the right, without a cache."""

    def start(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        self.rows = [list(prompt) for prompt in prompts]
        return self._forward()

    def step(self, keep: Sequence[int], tokens: Sequence[int]) -> Tensor:
        self.rows = [[*self.rows[row], token] for row, token in zip(keep, tokens, strict=True)]
        return self._forward()

    def _forward(self) -> Tensor:
        logits: Tensor = self.network(input_ids=pad_rows(self.rows), use_cache=False).logits
        ends = torch.tensor([len(row) - 1 for row in self.rows])
        return logits[torch.arange(len(self.rows)), ends].float()


DECODERS: dict[GenerationMode, type[_Decoder]] = {
    "batch_cache": _BatchCacheDecoder,
    "row_cache": _RowCacheDecoder,
    "whole_batch": _WholeRowDecoder,
    "whole_row": _WholeRowDecoder,
}


def _left_pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids [B, T] padded on the left, and a mask with 1 at tokens."""
    max_length = max(map(len, rows))
    tokens = [[0] * (max_length - len(row)) + list(row) for row in rows]
    mask = [[0] * (max_length - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(tokens), torch.tensor(mask)
