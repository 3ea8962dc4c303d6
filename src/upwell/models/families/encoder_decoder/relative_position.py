"""Buckets of the distance between two positions: near ones exactly, far ones by logarithm.

The function and its numbers are those of T5 (Raffel et al. 2020, arXiv 1910.10683).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .config import NUM_BUCKETS

MAX_DISTANCE = 128
"""Larger distances share a bucket."""


def relative_position_bucket(
    query_positions: Tensor, key_positions: Tensor, bidirectional: bool
) -> Tensor:
    """Buckets 0 to `NUM_BUCKETS` - 1, [queries, keys].

    `bidirectional` has other buckets for keys after the query; without it they are in bucket 0.
    """
    relative_position = key_positions[None, :] - query_positions[:, None]
    num_buckets = NUM_BUCKETS // 2 if bidirectional else NUM_BUCKETS
    sign_offset = (
        (relative_position > 0).long() * num_buckets
        if bidirectional
        else torch.zeros_like(relative_position)
    )
    distance = relative_position.abs() if bidirectional else (-relative_position).clamp(min=0)
    max_exact = num_buckets // 2
    log_position = torch.log(distance.clamp(min=1).float() / max_exact) / math.log(
        MAX_DISTANCE / max_exact
    )
    large_bucket = (max_exact + (log_position * (num_buckets - max_exact)).long()).clamp(
        max=num_buckets - 1
    )
    return sign_offset + torch.where(distance < max_exact, distance, large_bucket)
