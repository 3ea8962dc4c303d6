"""A fresh residual network for images of the rows' size (He et al. 2016, arXiv 1512.03385).

Small images are shown twice as large: the class of transformers begins with a kernel of 7 pixels
and two halvings, which would leave little of 28.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import ResNetConfig, ResNetForImageClassification

from . import Order
from ._showing import measured, processor

READS = "images"
SIZES: dict[str, dict[str, list[int]]] = {
    "tiny": {"hidden_sizes": [16, 32, 64], "depths": [1, 1, 1]},
    "small": {"hidden_sizes": [32, 64, 128], "depths": [1, 1, 1]},
    "medium": {"hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2]},
}

SMALL = 40
"""Pixels up to which an image is shown twice as large."""

LEAST, MOST = 32, 224


def make(order: Order, folder: Path) -> None:
    """The folder of a `ResNetForImageClassification` with colours, or grey where all rows are."""
    edge, channels = measured(order.data)
    side = min(MOST, max(LEAST, round(2 * edge if edge <= SMALL else edge)))
    config = ResNetConfig(
        num_channels=channels,
        embedding_size=order.size["hidden_sizes"][0],
        layer_type="basic",
        **order.size,
    )
    torch.manual_seed(order.seed)
    ResNetForImageClassification(config).save_pretrained(folder)
    processor(side, channels).save_pretrained(folder)
