"""Inputs of a network from a batch of examples: images scaled to -1 to 1, or plain features.

A batch has `image` [B, H, W, C] uint8 or `features` [B, F] float32.
"""

from __future__ import annotations

from torch import Tensor

from ...errors import DataError
from ..protocols import Batch

PIXEL_MEAN, PIXEL_STD = 127.5, 127.5
"""Scale 0 to 255 to -1 to 1."""


def flatten_inputs(batch: Batch, inputs: int) -> Tensor:
    """[B, F]: features unchanged, images flattened. Raises DataError if F is not `inputs`."""
    x = batch["features"] if "features" in batch else _normalize_pixels(batch["image"]).flatten(1)
    if x.shape[1] != inputs:
        raise DataError(
            f"an example of the data has {x.shape[1]} numbers and the model reads {inputs}; "
            f"set inputs to {x.shape[1]}"
        )
    return x


def image_tensor(batch: Batch, image_size: int, channels: int) -> Tensor:
    """[B, C, H, W]: images for convolutions. Raises DataError for images of another shape."""
    image = batch.get("image")
    actual = "no images" if image is None else "x".join(map(str, image.shape[1:]))
    if image is None or tuple(image.shape[1:]) != (image_size, image_size, channels):
        raise DataError(
            f"the data have {actual} and the model reads images of {image_size}x{image_size}x"
            f"{channels}; set image_size and channels to those of the data"
        )
    return _normalize_pixels(image).permute(0, 3, 1, 2)


def _normalize_pixels(image: Tensor) -> Tensor:
    return image.float().sub_(PIXEL_MEAN).div_(PIXEL_STD)
