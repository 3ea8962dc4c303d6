"""Image sizes and processors of image models from scratch."""

from __future__ import annotations

import numpy as np
from transformers import ViTImageProcessorPil

from ...data.labeled import LabeledDataset
from ..inputs.image import read_images

MAX_MEASURED_IMAGES = 200
"""Images that are read to set the size."""


def image_shape(dataset: LabeledDataset) -> tuple[float, int]:
    """(median longer side in pixels, channels); 1 channel if all images are gray."""
    sample = dataset.rows[:: max(1, len(dataset.rows) // MAX_MEASURED_IMAGES)]
    images = read_images(sample, 3)
    edge = float(np.median([max(image.shape[:2]) for image in images]))
    is_gray = all((np.ptp(image, axis=2) == 0).all() for image in images)
    return edge, 1 if is_gray else 3


def scaled_size(dataset: LabeledDataset, max_side: int) -> tuple[int, int]:
    """(height, width) of the first image within `max_side` pixels, as multiples of 32."""
    (first_image,) = read_images(dataset.rows[:1], 3)
    scale = min(1.0, max_side / max(first_image.shape[:2]))
    height, width = (max(32, 32 * round(scale * size / 32)) for size in first_image.shape[:2])
    return height, width


def build_processor(image_size: int, channels: int) -> ViTImageProcessorPil:
    """A processor that resizes images to a square and scales values to -1 to 1."""
    mean_and_std = [0.5] * channels
    return ViTImageProcessorPil(
        size={"height": image_size, "width": image_size},
        image_mean=mean_and_std,
        image_std=mean_and_std,
    )
