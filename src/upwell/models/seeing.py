"""What networks see of a batch of examples: images as numbers about zero, or plain features.

Examples come as `image` [B, H, W, C] uint8 or as `features` [B, F] float32.
"""

from __future__ import annotations

from torch import Tensor

from ..errors import DataError
from .network import Batch

GREY, SPREAD = 127.5, 127.5
"""0 to 255 becomes -1 to 1."""


def flat(batch: Batch, inputs: int) -> Tensor:
    """[B, F]: features as they are, images pixel by pixel. DataError if F is not `inputs`."""
    x = batch["features"] if "features" in batch else _numbers(batch["image"]).flatten(1)
    if x.shape[1] != inputs:
        raise DataError(
            f"an example of the data has {x.shape[1]} numbers and the model reads {inputs}; "
            f"give its size {x.shape[1]} inputs"
        )
    return x


def pixels(batch: Batch, side: int, channels: int) -> Tensor:
    """[B, C, H, W]: images as convolutions read them. DataError if they have another shape."""
    image = batch.get("image")
    found = "no images" if image is None else "x".join(map(str, image.shape[1:]))
    if image is None or tuple(image.shape[1:]) != (side, side, channels):
        raise DataError(
            f"the data have {found} and the model reads images of {side}x{side}x{channels}; "
            "give its size their side and channels"
        )
    return _numbers(image).permute(0, 3, 1, 2)


def _numbers(image: Tensor) -> Tensor:
    return image.float().sub_(GREY).div_(SPREAD)
