"""Scaled dot-product attention of several heads (Vaswani et al. 2017, arXiv 1706.03762).

What the heads give is put side by side, for a projection to mix; it is not averaged.

Axes: B sequences, T places that ask, S places that are asked, H heads, D head width, W = H D.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def attended(
    q_BTW: Tensor,
    k_BSW: Tensor,
    v_BSW: Tensor,
    heads: int,
    mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """softmax(q k^T / sqrt(D)) v of every head, side by side: [B, T, W].

    `mask` is true where a place may be looked at, and fits [B, H, T, S]; `causal` hides all that
    comes after a place.
    """
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q_BTW, k_BSW, v_BSW))
    mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)
    return mixed.transpose(1, 2).flatten(2)
