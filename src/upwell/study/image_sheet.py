"""Generated images on one small PNG, for the report. They are the first ones, not selected.

The PNG is written with the standard library: a header, compressed rows and checksums (ISO/IEC
15948).

Axes: B images, H rows, W columns, C channels.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

GRID_SIZE = 6
"""Rows and columns of the sheet."""

NOISE_SEED = 1
"""Seed of the latent noise; another one than that of the measured images."""

PNG_COLOR_TYPES = {1: 0, 3: 2}
"""Color type of a PNG by number of channels: gray, RGB."""


def sheet(images: NDArray[np.uint8]) -> bytes:
    """PNG with a grid of images [B, H, W, C] and gray lines between them."""
    _, height, width, channels = images.shape
    framed = np.full((GRID_SIZE**2, height + 1, width + 1, channels), 127, dtype=np.uint8)
    selected = images[: GRID_SIZE**2]
    framed[: len(selected), :height, :width] = selected
    rows = framed.reshape(GRID_SIZE, GRID_SIZE, height + 1, width + 1, channels).swapaxes(1, 2)
    return png(rows.reshape(GRID_SIZE * (height + 1), GRID_SIZE * (width + 1), channels)[:-1, :-1])


def png(image: NDArray[np.uint8]) -> bytes:
    """PNG of an image [H, W, C] with one or three channels."""
    height, width, channels = image.shape
    header = struct.pack(">IIBBBBB", width, height, 8, PNG_COLOR_TYPES[channels], 0, 0, 0)
    # Each row starts with the number of its filter; 0 is none.
    rows = np.zeros((height, 1 + width * channels), dtype=np.uint8)
    rows[:, 1:] = image.reshape(height, -1)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
