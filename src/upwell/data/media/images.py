"""Image files as arrays, read by Pillow.

Only JPEG and PNG are read. A file of more than `MAX_PIXELS` is refused by its header, before it is
unpacked.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, MissingDependencyError

try:
    from PIL import Image, ImageOps, UnidentifiedImageError
except ImportError as error:
    raise MissingDependencyError(
        "reading images needs Pillow: pip install 'upwell[images]'"
    ) from error

FORMATS = ("JPEG", "PNG")
SUFFIXES = (".jpg", ".jpeg", ".png")

MAX_PIXELS = 50_000_000
"""Pixels of one image: more than cameras have, and 150 MB as an array."""

ORIENTATION, ROTATED_ORIENTATIONS = 0x0112, (5, 6, 7, 8)
"""The EXIF tag, and its values for photos that are stored on their side."""

MODES = {1: "L", 3: "RGB"}
"""Pillow's modes for gray and color."""


def read_image(path: Path, channels: int, image_size: int | None) -> NDArray[np.uint8]:
    """[H, W, C] uint8, upright; resized to `image_size` x `image_size` unless that is None.

    Raises DataError for a file that is not an image, is cut off, or is too large.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=FORMATS) as image_file:
                return _decode(image_file, path, channels, image_size)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_large(path) from None
        except UnidentifiedImageError:
            raise DataError(
                f"{path} is not a {' or '.join(FORMATS)} image; replace it, or leave out such "
                "files with the option on_error='leave out'"
            ) from None
        except (OSError, SyntaxError, ValueError) as error:
            raise DataError(
                f"{path} is a broken image ({str(error).rstrip('.')}); replace it, or leave out "
                "such files with the option on_error='leave out'"
            ) from None


def exif_oriented_size(path: Path) -> tuple[int, int]:
    """(width, height) of the upright image, as `read_image` returns it.

    Cameras store photos on their side and note the rotation in EXIF. Raises DataError for a file
    that is not an image.
    """
    try:
        with Image.open(path, formats=FORMATS) as image_file:
            is_rotated = image_file.getexif().get(ORIENTATION, 1) in ROTATED_ORIENTATIONS
            return image_file.size[::-1] if is_rotated else image_file.size
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path} is a broken image ({str(error).rstrip('.')})") from None


def _decode(
    image_file: Any, path: Path, channels: int, image_size: int | None
) -> NDArray[np.uint8]:
    if image_file.width * image_file.height > MAX_PIXELS:
        raise _too_large(path)
    image = ImageOps.exif_transpose(image_file).convert(MODES[channels])
    if image_size is not None and image.size != (image_size, image_size):
        image = image.resize((image_size, image_size), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image, dtype=np.uint8).reshape(image.height, image.width, channels)


def _too_large(path: Path) -> DataError:
    return DataError(f"{path} unpacks to more than {MAX_PIXELS:,} pixels; make it smaller")
