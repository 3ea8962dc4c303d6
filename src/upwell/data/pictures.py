"""Image files as numbers, by Pillow: JPEG and PNG, each looked at before it is unpacked.

Pillow is only told of these two formats, and a file that would unpack to more than `MOST_PIXELS`
is refused by what its header says.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, MissingExtra

try:
    from PIL import Image, ImageOps, UnidentifiedImageError
except ImportError as error:
    raise MissingExtra("reading images needs Pillow: pip install 'upwell[images]'") from error

FORMATS = ("JPEG", "PNG")
SUFFIXES = (".jpg", ".jpeg", ".png")

MOST_PIXELS = 50_000_000
"""Of one image: more than any camera's that we know; as numbers 150 MB."""

ORIENTATION, LYING = 0x0112, (5, 6, 7, 8)
"""Of EXIF: the tag, and its values for photos that are stored on their side."""

MODES = {1: "L", 3: "RGB"}
"""Pillow's name for grey and for colours."""


def picture(path: Path, channels: int, side: int | None) -> NDArray[np.uint8]:
    """[H, W, C] uint8, upright; resized to `side` x `side` where one is given.

    Raises DataError for a file that is no image, is cut off, or is too large.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=FORMATS) as opened:
                return _read(opened, path, channels, side)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_large(path) from None
        except UnidentifiedImageError:
            raise DataError(
                f"{path} is no {' or '.join(FORMATS)} image; replace it, or leave out what cannot "
                "be read with the option broken='leave out'"
            ) from None
        except (OSError, SyntaxError, ValueError) as error:
            raise DataError(
                f"{path} is a broken image ({str(error).rstrip('.')}); replace it, or leave out "
                "what cannot be read with the option broken='leave out'"
            ) from None


def upright_size(path: Path) -> tuple[int, int]:
    """(width, height) as `picture` has them: cameras lay photos down and note how they were held.

    Raises DataError for a file that is no image.
    """
    try:
        with Image.open(path, formats=FORMATS) as opened:
            turned = opened.getexif().get(ORIENTATION, 1) in LYING
            return opened.size[::-1] if turned else opened.size
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path} is a broken image ({str(error).rstrip('.')})") from None


def _read(opened: Any, path: Path, channels: int, side: int | None) -> NDArray[np.uint8]:
    if opened.width * opened.height > MOST_PIXELS:
        raise _too_large(path)
    image = ImageOps.exif_transpose(opened).convert(MODES[channels])
    if side is not None and image.size != (side, side):
        image = image.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image, dtype=np.uint8).reshape(image.height, image.width, channels)


def _too_large(path: Path) -> DataError:
    return DataError(f"{path} unpacks to more than {MOST_PIXELS:,} pixels; make it smaller")
