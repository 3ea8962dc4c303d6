"""A Vision Transformer from scratch, for image classification (Dosovitskiy et al. 2021, arXiv
2010.11929).

Patches have 4 pixels along a side for images up to 48 pixels, 8 up to 112, and 16 above. It has no
notion of nearby pixels, so a ResNet is better when rows are few.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import torch
from transformers import ViTConfig, ViTForImageClassification

from ._images import build_processor, image_shape
from .base import ScratchConfig, ScratchModel, Sizes

MAX_SIDE_PIXELS = 224
PATCH_SIZES = {48: 4, 112: 8, MAX_SIDE_PIXELS: 16}
"""Patch size by the maximum side of the images, in pixels."""


class ScratchViT(ScratchModel):
    """A `ViTForImageClassification`."""

    modality = "image"
    SIZES: ClassVar[Sizes] = {
        "tiny": {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
        "small": {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4},
        "medium": {"hidden_size": 256, "num_hidden_layers": 6, "num_attention_heads": 4},
    }

    def build(self, config: ScratchConfig, folder: Path) -> None:
        """Write the model for the median image size; with one channel if all images are gray."""
        edge, channels = image_shape(config.dataset)
        edge = min(edge, MAX_SIDE_PIXELS)
        patch = next(size for max_side, size in PATCH_SIZES.items() if edge <= max_side)
        image_size = patch * max(4, round(edge / patch))
        model_config = ViTConfig(
            **config.size,
            intermediate_size=4 * config.size["hidden_size"],
            num_channels=channels,
            image_size=image_size,
            patch_size=patch,
            pooler_output_size=config.size["hidden_size"],
        )
        torch.manual_seed(config.seed)
        ViTForImageClassification(model_config).save_pretrained(folder)
        build_processor(image_size, channels).save_pretrained(folder)


SCRATCH_MODEL = ScratchViT
