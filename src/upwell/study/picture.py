"""Images that a model made as one small PNG, for the report: the first of them, none chosen.

Written with what Python itself has: a PNG is a header, compressed rows and checksums (ISO/IEC
15948).

Axes: B images, H rows, W columns, C channels.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIDE = 6
"""Images in a row of the sheet, and rows."""

SEED = 1
"""Of the noise; not that of the images which are measured."""

KINDS = {1: 0, 3: 2}
"""PNG's number for grey and for colours, by channels."""


def sheet(images: NDArray[np.uint8]) -> bytes:
    """A PNG of `SIDE` x `SIDE` images [B, H, W, C], with a line of grey between them."""
    _, height, width, channels = images.shape
    framed = np.full((SIDE**2, height + 1, width + 1, channels), 127, dtype=np.uint8)
    some = images[: SIDE**2]
    framed[: len(some), :height, :width] = some
    rows = framed.reshape(SIDE, SIDE, height + 1, width + 1, channels).swapaxes(1, 2)
    return png(rows.reshape(SIDE * (height + 1), SIDE * (width + 1), channels)[:-1, :-1])


def png(image: NDArray[np.uint8]) -> bytes:
    """An image [H, W, C] of one or three channels."""
    height, width, channels = image.shape
    header = struct.pack(">IIBBBBB", width, height, 8, KINDS[channels], 0, 0, 0)
    # Each row is preceded by the number of its filter; 0 is none.
    rows = np.zeros((height, 1 + width * channels), dtype=np.uint8)
    rows[:, 1:] = image.reshape(height, -1)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
