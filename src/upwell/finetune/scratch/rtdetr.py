"""A small RT-DETR from scratch, for object detection (Zhao et al. 2023, arXiv 2304.08069).

Its queries start at the positions that the encoder scores highest, and denoising adds training
boxes to each image. Of the DETR models it needs the fewest images.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import torch
from transformers import (
    RTDetrConfig,
    RTDetrForObjectDetection,
    RTDetrImageProcessorPil,
    RTDetrResNetConfig,
)

from ._images import scaled_size
from .base import ScratchConfig, ScratchModel, Sizes

MAX_SIDE_PIXELS = 320
MAX_QUERIES = 100
"""Maximum number of boxes of an image, if half of the encoder's positions are more."""


class ScratchRTDetr(ScratchModel):
    """An `RTDetrForObjectDetection`."""

    modality = "image"
    SIZES: ClassVar[Sizes] = {
        "tiny": {"width": 16, "model": 32, "layers": 1},
        "small": {"width": 16, "model": 64, "layers": 2},
        "medium": {"width": 64, "model": 128, "layers": 3},
    }

    def build(self, config: ScratchConfig, folder: Path) -> None:
        """Write the model for the size of the first image."""
        height, width = scaled_size(config.dataset, MAX_SIDE_PIXELS)
        num_positions = sum((height // step) * (width // step) for step in (8, 16, 32))
        queries = min(MAX_QUERIES, num_positions // 2)
        sizes = [config.size["width"] << stage for stage in range(4)]
        d_model = config.size["model"]
        model_config = RTDetrConfig(
            backbone_config=RTDetrResNetConfig(
                embedding_size=config.size["width"],
                hidden_sizes=sizes,
                depths=[1, 1, 1, 1],
                layer_type="basic",
                out_features=["stage2", "stage3", "stage4"],
            ),
            encoder_in_channels=sizes[1:],
            encoder_hidden_dim=d_model,
            encoder_ffn_dim=4 * d_model,
            encoder_attention_heads=4,
            d_model=d_model,
            decoder_in_channels=[d_model] * 3,
            decoder_layers=config.size["layers"],
            decoder_attention_heads=4,
            decoder_ffn_dim=4 * d_model,
            num_queries=queries,
            freeze_backbone_batch_norms=False,
            num_denoising=queries,
        )
        torch.manual_seed(config.seed)
        RTDetrForObjectDetection(model_config).save_pretrained(folder)
        RTDetrImageProcessorPil(size={"height": height, "width": width}).save_pretrained(folder)


SCRATCH_MODEL = ScratchRTDetr
