"""A ResNet from scratch, for image classification (He et al. 2016, arXiv 1512.03385).

Small images are upscaled by two: the network starts with a kernel of 7 pixels and downsamples
twice, which would leave little of 28 pixels.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import torch
from transformers import ResNetConfig, ResNetForImageClassification

from ._images import build_processor, image_shape
from .base import ScratchConfig, ScratchModel, Sizes

MAX_UPSCALED_PIXELS = 40
"""Longest side of images that are upscaled by two."""

MIN_SIDE_PIXELS, MAX_SIDE_PIXELS = 32, 224


class ScratchResNet(ScratchModel):
    """A `ResNetForImageClassification`."""

    modality = "image"
    SIZES: ClassVar[Sizes] = {
        "tiny": {"hidden_sizes": [16, 32, 64], "depths": [1, 1, 1]},
        "small": {"hidden_sizes": [32, 64, 128], "depths": [1, 1, 1]},
        "medium": {"hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2]},
    }

    def build(self, config: ScratchConfig, folder: Path) -> None:
        """Write the model for the median image size; with one channel if all images are gray."""
        edge, channels = image_shape(config.dataset)
        image_size = min(
            MAX_SIDE_PIXELS,
            max(MIN_SIDE_PIXELS, round(2 * edge if edge <= MAX_UPSCALED_PIXELS else edge)),
        )
        model_config = ResNetConfig(
            num_channels=channels,
            embedding_size=config.size["hidden_sizes"][0],
            layer_type="basic",
            **config.size,
        )
        torch.manual_seed(config.seed)
        ResNetForImageClassification(model_config).save_pretrained(folder)
        build_processor(image_size, channels).save_pretrained(folder)


SCRATCH_MODEL = ScratchResNet
