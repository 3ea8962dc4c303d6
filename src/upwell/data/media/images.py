"""Image files as arrays, read by Pillow.

A file of more than `MAX_PIXELS` is refused by its header, before it is unpacked. What reading does
to an image, such as taking the first of several frames, is one of its `traits`.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, MissingDependencyError
from ...files import open_regular
from .formats import IMAGE_FORMATS, IMAGE_SUFFIXES
from .unreadable import UnreadableFiles, count_by_trait, explain

try:
    from PIL import Image, ImageOps, UnidentifiedImageError
except ImportError as error:
    raise MissingDependencyError(
        "reading images needs Pillow: pip install 'upwell[images]'"
    ) from error

SUFFIXES = IMAGE_SUFFIXES

MAX_PIXELS = 50_000_000
"""Pixels of one image: more than cameras have, and 150 MB as an array."""

ORIENTATION, ROTATED_ORIENTATIONS = 0x0112, (5, 6, 7, 8)
"""The EXIF tag, and its values for photos that are stored on their side."""

MODES = {1: "L", 3: "RGB"}
"""Pillow's modes for gray and color."""

ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
DEEP_MODES = ("I", "F")
"""Modes of 32 bits, whose values for black and white are not known."""

GRAY_AS_COLOR = ("LA", "RGB", "RGBA")
"""Modes in which programs save a gray image."""

PNG_SIGNATURE_BYTES, PNG_END = 8, b"IEND"
BLOCK_BYTES = 1 << 20

MULTIPLE_FRAMES = "of several frames, of which the first is read"
WITH_ALPHA = "with an alpha channel, which is dropped"
SIXTEEN_BITS = "of 16 bits, scaled to 8"
CMYK = "in the colors of print (CMYK), converted to RGB"


@dataclass(frozen=True)
class ImageHeader:
    """What a file says about its image."""

    size: tuple[int, int]
    """Width and height of the upright image, as `read_image` returns it."""

    traits: tuple[str, ...] = ()
    """What reading changes, in words."""


def read_image(path: Path, channels: int, image_size: int | None) -> NDArray[np.uint8]:
    """[H, W, C] uint8, upright; resized to `image_size` x `image_size` unless that is None.

    Raises DataError for a file that is not an image, is cut off or damaged, or is too large.
    """
    with _open_image(path) as (image, file):
        if image.format == "PNG":
            _check_png(file)
        return _decode(image, channels, image_size)


def read_image_header(path: Path) -> ImageHeader:
    """Size and traits of an image, without its pixels. Raises DataError for what is no image."""
    with _open_image(path) as (image, _):
        traits = {
            MULTIPLE_FRAMES: image.format != "MPO" and bool(getattr(image, "is_animated", False)),
            WITH_ALPHA: image.mode in ALPHA_MODES or "transparency" in image.info,
            SIXTEEN_BITS: image.mode.startswith("I;16"),
            CMYK: image.mode == "CMYK",
        }
        return ImageHeader(_upright_size(image), tuple(name for name, has in traits.items() if has))


def read_mask_values(path: Path) -> NDArray[Any]:
    """[H, W]: the values of a gray image, or the indices of its palette; bool for black and white.

    Color images whose channels are equal count as gray. Raises DataError for other colors, for
    values over 255, and for what `read_image` refuses.
    """
    with _open_image(path) as (image, file):
        if image.format == "PNG":
            _check_png(file)
        values = np.asarray(image)
        if values.ndim == 3 and image.mode in GRAY_AS_COLOR:
            colors = values[..., : 1 if image.mode == "LA" else 3]
            values = colors[..., 0] if (colors == colors[..., :1]).all() else values
        if values.ndim == 3 or image.mode == "F":
            raise DataError(
                f"{path} is a mask in mode {image.mode}: expected gray or a palette; save the "
                "number of the class in each pixel, not a color"
            )
        if values.dtype != np.bool_ and values.size and not 0 <= values.min() <= values.max() < 256:
            raise DataError(
                f"{path} is a mask with the value {values.max()}: classes are 0 to 255; number "
                "them anew"
            )
        return values if values.dtype == np.bool_ else values.astype(np.uint8)


def describe_images(paths: Iterable[Path]) -> tuple[str, ...]:
    """A note for each trait of the images, with the files that have it.

    Raises DataError with the names of all files whose header cannot be read.
    """
    unreadable = UnreadableFiles()
    traits: dict[Path, tuple[str, ...]] = {}
    for path in paths:
        with unreadable.collect(path):
            traits[path] = read_image_header(path).traits
    unreadable.check()
    return count_by_trait("image", traits)


@contextmanager
def _open_image(path: Path) -> Iterator[tuple[Any, BinaryIO]]:
    """The image and its file; whatever Pillow raises is a DataError with the path."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with (
                open_regular(path) as file,
                Image.open(file, formats=tuple(IMAGE_FORMATS)) as image,
            ):
                if image.width * image.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                yield image, file
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise DataError(
                f"{path} unpacks to more than {MAX_PIXELS:,} pixels; make it smaller"
            ) from None
        except DataError:
            raise
        except UnidentifiedImageError:
            raise DataError(
                f"{path} is no image of {', '.join(IMAGE_FORMATS)}, or its beginning is damaged; "
                "replace it, or leave out such files with the option on_error='leave out'"
            ) from None
        # Pillow raises errors of many kinds for damaged files.
        except Exception as error:
            raise DataError(
                f"{path} is a broken image ({explain(error)}); replace it, or "
                "leave out such files with the option on_error='leave out'"
            ) from None


def _decode(image: Any, channels: int, image_size: int | None) -> NDArray[np.uint8]:
    if image.mode in DEEP_MODES:
        raise ValueError("its pixels have 32 bits, and which value is white is not known")
    # In place, because a copy of a large image takes hundreds of megabytes.
    ImageOps.exif_transpose(image, in_place=True)
    upright = image
    if upright.mode.startswith("I;16"):
        # Pillow would clip the values to 255; the high byte is what it takes of 16-bit color.
        upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    upright = upright.convert(MODES[channels])
    image.close()
    if image_size is not None and upright.size != (image_size, image_size):
        upright = upright.resize(
            (image_size, image_size), Image.Resampling.BILINEAR, reducing_gap=2.0
        )
    return np.asarray(upright, dtype=np.uint8).reshape(upright.height, upright.width, channels)


def _upright_size(image: Any) -> tuple[int, int]:
    width, height = image.size
    # Pillow has turned the size of a TIFF image already.
    is_turned = (
        image.format != "TIFF" and image.getexif().get(ORIENTATION, 1) in ROTATED_ORIENTATIONS
    )
    return (height, width) if is_turned else (width, height)


def _check_png(file: BinaryIO) -> None:
    """Raises ValueError for a chunk with a wrong checksum: Pillow does not look at those of pixels.

    (PNG specification, section 5.3)
    """
    position = file.tell()
    file.seek(PNG_SIGNATURE_BYTES)
    while header := file.read(8):
        length, kind = struct.unpack(">I4s", header.ljust(8, b"\0"))
        checksum = zlib.crc32(kind)
        for start in range(0, length, BLOCK_BYTES):
            checksum = zlib.crc32(file.read(min(BLOCK_BYTES, length - start)), checksum)
        if struct.unpack(">I", file.read(4).ljust(4, b"\0"))[0] != checksum:
            raise ValueError("it is cut off or damaged: a checksum is wrong")
        if kind == PNG_END:
            break
    file.seek(position)
