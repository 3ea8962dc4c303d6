"""How far apart two positions are, in a few kinds: near ones exactly, far ones by their logarithm.

As T5 tells them (Raffel et al. 2020, arXiv 1910.10683), and with its numbers.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .translator import BUCKETS

FARTHEST = 128
"""Distances from here on are alike."""


def buckets(looking: Tensor, looked_at: Tensor, both: bool) -> Tensor:
    """Kinds 0 to BUCKETS - 1 of the ways between positions, [looking, looked at].

    `both` tells what lies ahead from what lies behind; without it what lies ahead is 0.
    """
    ahead = looked_at[None, :] - looking[:, None]
    kinds = BUCKETS // 2 if both else BUCKETS
    side = (ahead > 0).long() * kinds if both else torch.zeros_like(ahead)
    distance = ahead.abs() if both else (-ahead).clamp(min=0)
    exact = kinds // 2
    grown = torch.log(distance.clamp(min=1).float() / exact) / math.log(FARTHEST / exact)
    far = (exact + (grown * (kinds - exact)).long()).clamp(max=kinds - 1)
    return side + torch.where(distance < exact, distance, far)
