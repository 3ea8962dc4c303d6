"""A fresh SegFormer (Xie et al. 2021, arXiv 2105.15203) for images of the rows' size.

It begins with a halving where the one of the paper divides by four: borders are a pixel wide.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    SegformerConfig,
    SegformerForSemanticSegmentation,
    SegformerImageProcessorPil,
)

from ..seeing import opened
from . import Order

READS = "images"
SIZES: dict[str, dict[str, int | list[int]]] = {
    "tiny": {"hidden_sizes": [8, 16, 32, 64], "decoder_hidden_size": 32},
    "small": {"hidden_sizes": [16, 32, 64, 128], "decoder_hidden_size": 64},
    "medium": {"hidden_sizes": [32, 64, 160, 256], "decoder_hidden_size": 128},
}
MOST = 512


def make(order: Order, folder: Path) -> None:
    """The folder of a `SegformerForSemanticSegmentation`."""
    first = opened(Path(order.data.rows[0].texts[0]), 3)
    share = min(1.0, MOST / max(first.shape[:2]))
    height, width = (max(32, 32 * round(share * size / 32)) for size in first.shape[:2])
    config = SegformerConfig(
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 2, 4, 4],
        sr_ratios=[8, 4, 2, 1],
        strides=[2, 2, 2, 2],
        patch_sizes=[7, 3, 3, 3],
        classifier_dropout_prob=0.0,
        drop_path_rate=0.0,
        **order.size,
    )
    torch.manual_seed(order.seed)
    SegformerForSemanticSegmentation(config).save_pretrained(folder)
    processor = SegformerImageProcessorPil(size={"height": height, "width": width})
    processor.save_pretrained(folder)
