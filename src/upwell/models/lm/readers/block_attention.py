"""Attention in blocks of queries, each with the keys up to its last position.

With a mask, torch on a CPU compares every query with every key, also with those that the mask
excludes. Blocks save most of that. In the last layer, blocks without a scored position are left
out. The function is registered with transformers under a name of its own.

Axes: B rows, H heads, T queries, K keys (T at the end of K), D of a head.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

ATTENTION_NAME = "upwell_blocks"

BLOCK_SIZE = 64
"""Queries per block. At 388 tokens and 4 heads of 64, blocks of 32 to 96 take 0.7 of the time of
one block; blocks of 128 take 0.8."""

_NEEDED_BLOCKS: ContextVar[tuple[int, frozenset[int]] | None] = ContextVar(
    "needed_blocks", default=None
)
"""A layer and its blocks that are needed; None if all are."""


def block_attention(
    module: Any,
    query_BHTD: Tensor,
    key_BHKD: Tensor,
    value_BHKD: Tensor,
    attention_mask: Tensor | None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Output [B, T, H, D] of the attention of transformers, up to rounding."""
    T, K = query_BHTD.shape[2], key_BHKD.shape[2]
    if attention_mask is None or T <= BLOCK_SIZE:
        full: tuple[Tensor, None] = sdpa_attention_forward(
            module, query_BHTD, key_BHKD, value_BHKD, attention_mask, **kwargs
        )
        return full
    shape = (query_BHTD.shape[0], T, query_BHTD.shape[1], value_BHKD.shape[-1])
    out_BTHD = query_BHTD.new_zeros(shape)
    for first in _iter_blocks(module, T):
        last = min(first + BLOCK_SIZE, T)
        num_keys = K - T + last
        out_BTHD[:, first:last] = sdpa_attention_forward(
            module, query_BHTD[:, :, first:last], key_BHKD[:, :, :num_keys],
            value_BHKD[:, :, :num_keys], attention_mask[:, :, first:last, :num_keys], **kwargs,
        )[0]  # fmt: skip
    return out_BTHD, None


def _iter_blocks(module: Any, tokens: int) -> Iterator[int]:
    """Starts of the needed blocks."""
    needed_blocks = _NEEDED_BLOCKS.get()
    all_needed = needed_blocks is None or getattr(module, "layer_idx", None) != needed_blocks[0]
    for first in range(0, tokens, BLOCK_SIZE):
        if all_needed or needed_blocks is None or first // BLOCK_SIZE in needed_blocks[1]:
            yield first


@contextmanager
def skip_blocks_except(layer: int, positions: Collection[int]) -> Iterator[None]:
    """In one layer, compute only the blocks of these positions; the others are 0."""
    token = _NEEDED_BLOCKS.set((layer, frozenset(position // BLOCK_SIZE for position in positions)))
    try:
        yield
    finally:
        _NEEDED_BLOCKS.reset(token)


@contextmanager
def use_block_attention(network: Any) -> Iterator[None]:
    """Compute attention in blocks, if the network uses the kernel of torch."""
    if network.config._attn_implementation != "sdpa":
        yield
        return
    network.set_attn_implementation(ATTENTION_NAME)
    try:
        yield
    finally:
        network.set_attn_implementation("sdpa")


AttentionInterface.register(ATTENTION_NAME, block_attention)
AttentionMaskInterface.register(ATTENTION_NAME, sdpa_mask)
