"""Images as model inputs: read, preprocessed and augmented.

The model's own image processor computes the inputs. Augmentation shifts an image by up to an eighth
of its sides and cuts out a square (Cutout: DeVries & Taylor 2017, arXiv 1708.04552). Images are
never mirrored, because left and right may matter.

Axes: N images, H rows, W columns, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.labeled import Row
from ...data.media.augmentation import apply_augmentations
from ...data.media.images import read_image
from ...data.media.unreadable import UnreadableFiles
from ...errors import DataError
from ..base_model import PretrainedModel
from .encoded import EncodedDataset

ImageArray = NDArray[np.uint8]

SHIFT_DIVISOR = 8
"""The largest shift is the shorter side divided by this."""

CUTOUT_DIVISOR = 4
"""The side of the cut-out square is the shorter side divided by this."""

MAX_TOTAL_VALUES = 4_000_000_000
"""Largest number of values of all images together, so that they fit into memory."""


@dataclass(frozen=True)
class ImageRows(EncodedDataset):
    """Images in memory."""

    images: tuple[ImageArray, ...]
    """[H, W, C] each, of any size."""

    image_processor: Any

    def __len__(self) -> int:
        return len(self.images)

    def batch(
        self, indices: Sequence[int], rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """Inputs of these images. With `rng`, they are augmented."""
        images = [self.images[index] for index in indices]
        if rng is not None:
            images = [augment_image(image, rng) for image in images]
        return preprocess_images(images, self.image_processor) | self.select_fixed(indices)


def preprocess_images(
    images: Sequence[ImageArray], processor: Any, **kwargs: Any
) -> dict[str, NDArray[Any]]:
    """`pixel_values` [N, C, H, W] from the image processor. `kwargs` are passed to it."""
    inputs = processor(
        list(images), return_tensors="np", input_data_format="channels_last", **kwargs
    )
    return {"pixel_values": np.asarray(inputs["pixel_values"], dtype=np.float32)}


def load_images(rows: Sequence[Row], base_model: PretrainedModel) -> tuple[ImageArray, ...]:
    """Read the images with the channels of the model. Raises DataError as `read_images`."""
    return read_images(rows, 1 if int(getattr(base_model.config, "num_channels", 3)) == 1 else 3)


def read_images(rows: Sequence[Row], channels: int) -> tuple[ImageArray, ...]:
    """[H, W, channels] of each image.

    Raises DataError, with the files, for unreadable images, and if all images are too large for
    memory.
    """
    images: list[ImageArray] = []
    total, unreadable = 0, UnreadableFiles()
    for path in (Path(row.texts[0]) for row in rows):
        with unreadable.collect(path):
            images.append(read_image(path, channels, None))
            total += images[-1].size
        if total > MAX_TOTAL_VALUES:
            raise DataError(
                f"{len(rows):,} images take more than {MAX_TOTAL_VALUES >> 30} GB; make them "
                "smaller, or give fewer"
            )
    unreadable.check()
    return tuple(images)


def image_size(base_model: PretrainedModel) -> int:
    """Side length, in pixels, that the image processor resizes to. 0 if unknown."""
    size = getattr(base_model.image_processor, "size", None) or {}
    names = ("height", "shortest_edge", "longest_edge")
    known = [int(size[name]) for name in names if name in size]
    return known[0] if known else int(getattr(base_model.config, "image_size", 0) or 0)


def augment_image(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Shift the image randomly and cut out a square."""
    short_side = min(image.shape[:2])
    changes: dict[str, float] = {
        "crop": max(1, short_side // SHIFT_DIVISOR),
        "cutout": max(1, short_side // CUTOUT_DIVISOR),
    }
    result: ImageArray = apply_augmentations({"image": image[None]}, changes, rng)["image"][0]
    return result
