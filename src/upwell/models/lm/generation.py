"""Greedy generation with a causal network of transformers.

Prompts of similar length go together, padded on the left. A prefix that all prompts of a batch
share is read once. A finished row leaves the batch.

Axes: B rows, T tokens, P tokens of the shared prefix, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from .readers.base import GIGABYTE, MAX_PASS_TOKENS, max_tokens_for_memory
from .readers.batching import length_batches
from .readers.prefix_tree import PASS_OVERHEAD_TOKENS, common_prefix_length

StopFn = Callable[[list[int]], bool]
"""Whether generation stops after these ids."""


class GreedyGenerator:
    """Generates with a network in eval mode, in about `memory` bytes besides its weights."""

    def __init__(
        self, network: Any, eos_ids: Collection[int], prefix_sharing: bool, memory: int = GIGABYTE
    ) -> None:
        self.network = network
        self.eos_ids = frozenset(eos_ids)
        """Ids that end a text; they are not part of it."""

        self.prefix_sharing = prefix_sharing
        self.memory = memory

    def generate(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: Sequence[int], should_stop: StopFn
    ) -> list[list[int] | None]:
        """For each prompt at most `max_new_tokens` ids, at least one; None if logits are NaN."""
        generated: list[list[int] | None] = [[] for _ in prompts]
        limit = min(MAX_PASS_TOKENS, max_tokens_for_memory(self.memory, self.network.config, 0))
        lengths = [
            len(prompt) + new_tokens
            for prompt, new_tokens in zip(prompts, max_new_tokens, strict=True)
        ]
        for batch in length_batches(lengths, limit if self.prefix_sharing else 1):
            with torch.inference_mode():
                rows, limits = (
                    [prompts[index] for index in batch],
                    [max_new_tokens[each] for each in batch],
                )
                outputs = self._generate_batch(rows, limits, should_stop)
            for index, ids in zip(batch, outputs, strict=True):
                generated[index] = ids
        return generated

    def _generate_batch(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: Sequence[int], should_stop: StopFn
    ) -> list[list[int] | None]:
        generated: list[list[int] | None] = [[] for _ in prompts]
        active = list(range(len(prompts)))
        cache, prefix_length = self._read_shared_prefix(prompts)
        tokens_BT, mask_BT = _left_pad([prompt[prefix_length:] for prompt in prompts])
        mask_BT = torch.cat(
            [torch.ones(len(prompts), prefix_length, dtype=torch.int64), mask_BT], 1
        )
        while True:
            logits_BV = self._next_logits(tokens_BT, mask_BT, cache)
            keep: list[int] = []
            for row, index in enumerate(active):
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
            cache.batch_select_indices(torch.tensor(keep))
            tokens_BT = torch.tensor([[(generated[index] or [0])[-1]] for index in active])
            mask_BT = torch.nn.functional.pad(mask_BT[keep], (0, 1), value=1)

    def _next_logits(self, tokens_BT: Tensor, mask_BT: Tensor, cache: DynamicCache) -> Tensor:
        """Logits [B, V] of the next token."""
        kwargs: dict[str, Any] = {}
        if self.prefix_sharing:
            positions = (mask_BT.cumsum(1) - 1).clamp(min=0)[:, -tokens_BT.shape[1] :]
            kwargs = {"position_ids": positions, "attention_mask": mask_BT}
        logits = self.network(
            input_ids=tokens_BT, past_key_values=cache, use_cache=True, logits_to_keep=1, **kwargs
        ).logits
        return logits[:, -1].float()

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

    def _read_shared_prefix(self, prompts: Sequence[Sequence[int]]) -> tuple[DynamicCache, int]:
        """Keys and values of the prefix that all prompts share, and its length in tokens."""
        cache = DynamicCache(config=self.network.config)
        prefix_length = min(common_prefix_length(prompts), min(map(len, prompts)) - 1)
        if not self.prefix_sharing or len(prompts) == 1 or prefix_length < PASS_OVERHEAD_TOKENS:
            return cache, 0
        ids = torch.tensor([prompts[0][:prefix_length]])
        self.network(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache.batch_repeat_interleave(len(prompts))
        return cache, prefix_length


def _left_pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids [B, T] padded on the left, and a mask with 1 at tokens."""
    max_length = max(map(len, rows))
    tokens = [[0] * (max_length - len(row)) + list(row) for row in rows]
    mask = [[0] * (max_length - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(tokens), torch.tensor(mask)
