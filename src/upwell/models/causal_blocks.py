"""Attention in blocks: queries that stand together are not shown what comes after them.

Behind a mask torch compares every query with every key, on a CPU, though a causal network
looks at no key after its query. A block of queries takes the keys up to its own last place only;
in the last layer, blocks that nothing is asked of are left out. `transformers` finds the
function by a name of its own.

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

NAME = "upwell_blocks"

BLOCK = 64
"""Queries in a block. At 388 tokens and 4 heads of 64, blocks of 32 to 96 take 0.7 of the time of
a whole row, 128 take 0.8."""

_ASKED: ContextVar[tuple[int, frozenset[int]] | None] = ContextVar("asked", default=None)
"""A layer, and the blocks of it that are needed; None where all are."""


def in_blocks(
    module: Any,
    query_BHTD: Tensor,
    key_BHKD: Tensor,
    value_BHKD: Tensor,
    attention_mask: Tensor | None,
    **given: Any,
) -> tuple[Tensor, None]:
    """What `transformers` takes from its attention, [B, T, H, D], the same up to rounding."""
    T, K = query_BHTD.shape[2], key_BHKD.shape[2]
    if attention_mask is None or T <= BLOCK:
        whole: tuple[Tensor, None] = sdpa_attention_forward(
            module, query_BHTD, key_BHKD, value_BHKD, attention_mask, **given
        )
        return whole
    shape = (query_BHTD.shape[0], T, query_BHTD.shape[1], value_BHKD.shape[-1])
    made_BTHD = query_BHTD.new_zeros(shape)
    for first in _blocks(module, T):
        last = min(first + BLOCK, T)
        seen = K - T + last
        made_BTHD[:, first:last] = sdpa_attention_forward(
            module, query_BHTD[:, :, first:last], key_BHKD[:, :, :seen],
            value_BHKD[:, :, :seen], attention_mask[:, :, first:last, :seen], **given,
        )[0]  # fmt: skip
    return made_BTHD, None


def _blocks(module: Any, tokens: int) -> Iterator[int]:
    """Where the blocks begin that are needed."""
    asked = _ASKED.get()
    all_needed = asked is None or getattr(module, "layer_idx", None) != asked[0]
    for first in range(0, tokens, BLOCK):
        if all_needed or asked is None or first // BLOCK in asked[1]:
            yield first


@contextmanager
def asking_only(layer: int, places: Collection[int]) -> Iterator[None]:
    """In one layer only the blocks of these places are computed; the others give 0."""
    token = _ASKED.set((layer, frozenset(place // BLOCK for place in places)))
    try:
        yield
    finally:
        _ASKED.reset(token)


@contextmanager
def looking_in_blocks(network: Any) -> Iterator[None]:
    """The network's attention goes in blocks, if it is torch's kernel that it uses."""
    if network.config._attn_implementation != "sdpa":
        yield
        return
    network.set_attn_implementation(NAME)
    try:
        yield
    finally:
        network.set_attn_implementation("sdpa")


AttentionInterface.register(NAME, in_blocks)
AttentionMaskInterface.register(NAME, sdpa_mask)
