"""A small SegFormer from scratch, for semantic segmentation (Xie et al. 2021, arXiv 2105.15203).

Its first layer has stride 2 instead of 4, so that borders stay a pixel wide.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import torch
from transformers import (
    SegformerConfig,
    SegformerForSemanticSegmentation,
    SegformerImageProcessorPil,
)

from ._images import scaled_size
from .base import ScratchConfig, ScratchModel, Sizes

MAX_SIDE_PIXELS = 512


class ScratchSegformer(ScratchModel):
    """A `SegformerForSemanticSegmentation`."""

    modality = "image"
    SIZES: ClassVar[Sizes] = {
        "tiny": {"hidden_sizes": [8, 16, 32, 64], "decoder_hidden_size": 32},
        "small": {"hidden_sizes": [16, 32, 64, 128], "decoder_hidden_size": 64},
        "medium": {"hidden_sizes": [32, 64, 160, 256], "decoder_hidden_size": 128},
    }

    def build(self, config: ScratchConfig, folder: Path) -> None:
        """Write the model for the size of the first image."""
        height, width = scaled_size(config.dataset, MAX_SIDE_PIXELS)
        model_config = SegformerConfig(
            depths=[1, 1, 1, 1],
            num_attention_heads=[1, 2, 4, 4],
            sr_ratios=[8, 4, 2, 1],
            strides=[2, 2, 2, 2],
            patch_sizes=[7, 3, 3, 3],
            classifier_dropout_prob=0.0,
            drop_path_rate=0.0,
            **config.size,
        )
        torch.manual_seed(config.seed)
        SegformerForSemanticSegmentation(model_config).save_pretrained(folder)
        processor = SegformerImageProcessorPil(size={"height": height, "width": width})
        processor.save_pretrained(folder)


SCRATCH_MODEL = ScratchSegformer
