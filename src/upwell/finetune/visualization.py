"""A picture of predictions on a few images, for the report: boxes or masks.

Each pair shows the target on the left and the prediction on the right.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from .inputs.image import ImageArray

MAX_IMAGES = 4
HEADER_HEIGHT_PIXELS = 22
"""Height of the legend."""

IMAGE_WIDTH_PIXELS = 320
"""Width of each image in the picture."""

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#000000")
"""Colors of the labels, safe for color blindness (Okabe & Ito 2008)."""


def draw_boxes(image: ImageArray, boxes: Sequence[tuple[int, Sequence[float]]]) -> Any:
    """The image with a rectangle for each (label index, edges in pixels)."""
    thumbnail = _thumbnail(image)
    scale = thumbnail.width / image.shape[1]
    pen = ImageDraw.Draw(thumbnail)
    for label, edges in boxes:
        pen.rectangle([scale * edge for edge in edges], outline=label_color(label), width=2)
    return thumbnail


def draw_masks(image: ImageArray, label_ids: NDArray[np.int64]) -> Any:
    """The image overlaid with every label except label 0."""
    overlay = np.zeros((*label_ids.shape, 4), dtype=np.uint8)
    for label in np.unique(label_ids[label_ids > 0]).tolist():
        rgb = tuple(int(label_color(label)[i : i + 2], 16) for i in (1, 3, 5))
        overlay[label_ids == label] = (*rgb, 120)
    thumbnail = _thumbnail(image).convert("RGBA")
    layer = Pillow.fromarray(overlay, "RGBA").resize(thumbnail.size, Pillow.Resampling.NEAREST)
    return Pillow.alpha_composite(thumbnail, layer).convert("RGB")


def label_color(label: int) -> str:
    """The color of a label, by its index."""
    return COLORS[label % len(COLORS)]


def side_by_side(pairs: Sequence[tuple[Any, Any]], labels: Sequence[tuple[int, str]]) -> bytes:
    """A JPEG of (target, prediction) pairs, one below the other, with a legend of `labels`."""
    gap = 6
    height = HEADER_HEIGHT_PIXELS + sum(left.height + gap for left, _ in pairs)
    sheet = Pillow.new("RGB", (2 * IMAGE_WIDTH_PIXELS + gap, height), "white")
    _draw_legend(sheet, labels)
    top = HEADER_HEIGHT_PIXELS
    for left, right in pairs:
        sheet.paste(left, (0, top))
        sheet.paste(right, (IMAGE_WIDTH_PIXELS + gap, top))
        top += left.height + gap
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _draw_legend(sheet: Any, labels: Sequence[tuple[int, str]]) -> None:
    pen, x = ImageDraw.Draw(sheet), 0.0
    for label_id, name in labels:
        # The font of Pillow has only ASCII letters.
        text = name if name.isascii() else f"label {label_id}"
        pen.text((x, 2), text, fill=label_color(label_id), font_size=14)
        x += pen.textlength(text, font_size=14) + 16


def _thumbnail(image: ImageArray) -> Any:
    is_gray = image.shape[2] == 1
    thumbnail = Pillow.fromarray(image[..., 0] if is_gray else image).convert("RGB")
    return thumbnail.resize(
        (IMAGE_WIDTH_PIXELS, max(1, round(IMAGE_WIDTH_PIXELS * image.shape[0] / image.shape[1])))
    )
