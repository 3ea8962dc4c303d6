"""A fresh Vision Transformer for images of the rows' size (Dosovitskiy et al. 2021, arXiv
2010.11929).

Patches are small where images are: 4 pixels along a side up to 48, 8 up to 112, then 16. It knows
nothing of what is near to what, so of few rows a residual network learns more.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import ViTConfig, ViTForImageClassification

from . import Order
from ._showing import measured, processor

READS = "images"
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
    "small": {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4},
    "medium": {"hidden_size": 256, "num_hidden_layers": 6, "num_attention_heads": 4},
}
MOST = 224
PATCHES = {48: 4, 112: 8, MOST: 16}
"""Pixels of a patch for images up to so many."""


def make(order: Order, folder: Path) -> None:
    """The folder of a `ViTForImageClassification` with colours, or grey where all rows are."""
    edge, channels = measured(order.data)
    edge = min(edge, MOST)
    patch = next(size for most, size in PATCHES.items() if edge <= most)
    side = patch * max(4, round(edge / patch))
    config = ViTConfig(
        **order.size,
        intermediate_size=4 * order.size["hidden_size"],
        num_channels=channels,
        image_size=side,
        patch_size=patch,
        pooler_output_size=order.size["hidden_size"],
    )
    torch.manual_seed(order.seed)
    ViTForImageClassification(config).save_pretrained(folder)
    processor(side, channels).save_pretrained(folder)
