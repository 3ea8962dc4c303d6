"""Read many rows with a network of transformers, and compute what they share once.

The rows form a tree (`prefix_tree.py`). A shared prefix is read once, and its keys and values serve
everything after it. The branches of a chunk lie in one row with a tree mask (`tree_attention.py`).
Logits, and the end of the last layer, are computed at the scored positions only (`last_layer.py`).
The numbers are those of reading every row alone, up to float32 rounding (tests hold 1e-5).

This needs full attention and positions from `position_ids`. `probe.py` tries it on the network
itself; other networks are read row by row (`plain.py`).

Axes: B rows, T tokens of a row, P tokens of the shared prefix, N scored positions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import Cache, DynamicLayer

from .base import (
    MAX_PACKED_TOKENS,
    MAX_PASS_TOKENS,
    MAX_ROW_TOKENS,
    Reader,
    ReadProgressFn,
    TokenScores,
    max_tokens_for_memory,
)
from .batching import length_batches
from .block_attention import use_block_attention
from .last_layer import logits_at
from .prefix_tree import PrefixTree, Scope, build_tree, partition
from .tree_attention import (
    PackedRow,
    TokenRequests,
    build_tree_mask,
    collect_positions,
    collect_requests,
    layout_row,
    pack_rows,
    record_scores,
    rows_to_tensors,
)

PastKeyValues: TypeAlias = "list[tuple[Tensor, Tensor]] | None"
"""Keys and values [1, heads, P, head_dim] of every layer; None without a prefix."""


class _SharedCacheLayer(DynamicLayer):
    """Keys and values of a prefix, used by every row of a pass and not extended."""

    def __init__(self, keys: Tensor, values: Tensor) -> None:
        super().__init__()
        self.keys, self.values = keys, values
        self.dtype, self.device = keys.dtype, keys.device
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Keys and values of the prefix and of this pass, for every row."""
        rows = key_states.shape[0]
        return (
            torch.cat([self.keys.expand(rows, -1, -1, -1), key_states], dim=-2),
            torch.cat([self.values.expand(rows, -1, -1, -1), value_states], dim=-2),
        )


class PrefixSharingReader(Reader):
    """Reads rows of a network, every shared prefix once."""

    def read(
        self, rows: Sequence[tuple[Sequence[int], int]], on_progress: ReadProgressFn | None = None
    ) -> list[TokenScores]:
        """See `Reader.read`."""
        scores = [TokenScores([0.0] * (len(ids) - s), [0] * (len(ids) - s)) for ids, s in rows]
        limit = min(MAX_ROW_TOKENS, max_tokens_for_memory(self.memory, self.network.config, 0))
        prefix_tree = build_tree([tuple(ids[:-1]) for ids, _ in rows], limit)
        requests = collect_requests(prefix_tree, rows)
        scopes = partition(prefix_tree, limit)
        done, total = 0, sum(_count_scope_tokens(prefix_tree, scope) for scope in scopes)
        prefix_caches: list[PastKeyValues] = []
        with torch.inference_mode(), use_block_attention(self.network):
            for scope in scopes:
                del prefix_caches[max(0, scope.level - 1) :]
                if scope.shared_prefix:
                    prefix_caches.append(
                        self._read_shared_prefix(
                            prefix_tree, scope, prefix_caches, requests, scores
                        )
                    )
                for batch in self._batches(prefix_tree, scope, prefix_caches):
                    self._forward(prefix_tree, batch, _last_past(prefix_caches), requests, scores)
                done += _count_scope_tokens(prefix_tree, scope)
                if on_progress:
                    on_progress(done, total)
        return scores

    def _read_shared_prefix(
        self,
        prefix_tree: PrefixTree,
        scope: Scope,
        prefix_caches: list[PastKeyValues],
        requests: TokenRequests,
        scores: list[TokenScores],
    ) -> PastKeyValues:
        """Keys and values of all prefixes down to that of this scope."""
        row = layout_row(prefix_tree, [(scope.shared_prefix, scope.shared_prefix)])
        past = _last_past(prefix_caches)
        cache = DynamicCache(config=self.network.config)
        for layer, (keys, values) in enumerate(past or ()):
            cache.update(keys, values, layer)
        self._forward(prefix_tree, [row], past, requests, scores, cache)
        return [(layer.keys, layer.values) for layer in cache.layers]

    def _batches(
        self, prefix_tree: PrefixTree, scope: Scope, prefix_caches: list[PastKeyValues]
    ) -> Iterator[list[PackedRow]]:
        past = _last_past(prefix_caches)
        prefix_length = 0 if past is None else past[0][0].shape[-2]
        rows = list(pack_rows(prefix_tree, scope.chunks, min(MAX_PACKED_TOKENS, prefix_length)))
        limit = max_tokens_for_memory(self.memory, self.network.config, prefix_length)
        for indices in length_batches([row.length for row in rows], min(MAX_PASS_TOKENS, limit)):
            yield [rows[index] for index in indices]

    def _forward(
        self,
        prefix_tree: PrefixTree,
        rows: Sequence[PackedRow],
        past: PastKeyValues,
        requests: TokenRequests,
        scores: list[TokenScores],
        cache: Cache | None = None,
    ) -> None:
        """Read the rows of a batch and record their scores; extends `cache` if there is one."""
        if past is not None and cache is None:
            cache = Cache(layers=[_SharedCacheLayer(keys, values) for keys, values in past])
        prefix_length = 0 if past is None else past[0][0].shape[-2]
        tokens_BT, positions_BT, visible_until_BT = rows_to_tensors(prefix_tree, rows)
        positions, targets = collect_positions(rows, requests)
        with logits_at(self.network, positions):
            logits_NV = self.network(
                input_ids=tokens_BT,
                position_ids=positions_BT,
                attention_mask=build_tree_mask(visible_until_BT, prefix_length, self.network.dtype),
                past_key_values=cache,
                use_cache=cache is not None,
            ).logits[0]
        record_scores(logits_NV.float(), targets, scores)


def _count_scope_tokens(prefix_tree: PrefixTree, scope: Scope) -> int:
    """Tokens read in a scope."""
    own_tokens = sum(len(prefix_tree.segments[each].tokens) for each in scope.shared_prefix)
    return own_tokens + sum(
        prefix_tree.subtree_tokens[chunk.root]
        + sum(len(prefix_tree.segments[each].tokens) for each in chunk.replayed_prefix)
        for chunk in scope.chunks
    )


def _last_past(prefix_caches: list[PastKeyValues]) -> PastKeyValues:
    return prefix_caches[-1] if prefix_caches else None
