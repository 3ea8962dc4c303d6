"""How images are shown to a model that is made for them: along which side, in how many channels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from transformers import ViTImageProcessorPil

from ...data.labelled import Labelled
from ..seeing import opened

SOME = 200
"""Images that are looked at."""


def measured(data: Labelled) -> tuple[float, int]:
    """The usual longer side in pixels, and channels: 1 where all images are grey."""
    some = data.rows[:: max(1, len(data.rows) // SOME)]
    images = [opened(Path(row.texts[0]), 3) for row in some]
    edge = float(np.median([max(image.shape[:2]) for image in images]))
    grey = all((np.ptp(image, axis=2) == 0).all() for image in images)
    return edge, 1 if grey else 3


def processor(side: int, channels: int) -> ViTImageProcessorPil:
    """What brings images to a square, their numbers about 0."""
    half = [0.5] * channels
    return ViTImageProcessorPil(
        size={"height": side, "width": side}, image_mean=half, image_std=half
    )
