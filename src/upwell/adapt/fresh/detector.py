"""A fresh detector of boxes: the shape of RT-DETR (Zhao et al. 2023, arXiv 2304.08069), small.

Its queries begin at the places that its encoder finds likeliest, and denoising teaches it many
boxes an image: of DETR's kin it learns from the fewest images.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    RTDetrConfig,
    RTDetrForObjectDetection,
    RTDetrImageProcessorPil,
    RTDetrResNetConfig,
)

from ..seeing import opened
from . import Order

READS = "images"
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"width": 16, "model": 32, "layers": 1},
    "small": {"width": 16, "model": 64, "layers": 2},
    "medium": {"width": 64, "model": 128, "layers": 3},
}
MOST = 320
QUERIES = 100
"""Boxes of an image, at most: half of the places where small ones begin."""


def make(order: Order, folder: Path) -> None:
    """The folder of an `RTDetrForObjectDetection`."""
    first = opened(Path(order.data.rows[0].texts[0]), 3)
    share = min(1.0, MOST / max(first.shape[:2]))
    height, width = (max(32, 32 * round(share * size / 32)) for size in first.shape[:2])
    places = sum((height // step) * (width // step) for step in (8, 16, 32))
    queries = min(QUERIES, places // 2)
    sizes = [order.size["width"] << stage for stage in range(4)]
    model = order.size["model"]
    config = RTDetrConfig(
        backbone_config=RTDetrResNetConfig(
            embedding_size=order.size["width"],
            hidden_sizes=sizes,
            depths=[1, 1, 1, 1],
            layer_type="basic",
            out_features=["stage2", "stage3", "stage4"],
        ),
        encoder_in_channels=sizes[1:],
        encoder_hidden_dim=model,
        encoder_ffn_dim=4 * model,
        encoder_attention_heads=4,
        d_model=model,
        decoder_in_channels=[model] * 3,
        decoder_layers=order.size["layers"],
        decoder_attention_heads=4,
        decoder_ffn_dim=4 * model,
        num_queries=queries,
        freeze_backbone_batch_norms=False,
        num_denoising=queries,
    )
    torch.manual_seed(order.seed)
    RTDetrForObjectDetection(config).save_pretrained(folder)
    RTDetrImageProcessorPil(size={"height": height, "width": width}).save_pretrained(folder)
