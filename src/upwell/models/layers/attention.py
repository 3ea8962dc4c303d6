"""Multi-head scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762).

Axes: B sequences, T queries, S keys, H heads, D head width, W = H D.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def multi_head_attention(
    q_BTW: Tensor,
    k_BSW: Tensor,
    v_BSW: Tensor,
    num_heads: int,
    mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """softmax(q k^T / sqrt(D)) v of every head, concatenated: [B, T, W].

    `mask` broadcasts to [B, H, T, S] and is true where attention is allowed. With `causal` a query
    attends to keys up to its own position.
    """
    q, k, v = (x.unflatten(-1, (num_heads, -1)).transpose(1, 2) for x in (q_BTW, k_BSW, v_BSW))
    mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)
    return mixed.transpose(1, 2).flatten(2)
