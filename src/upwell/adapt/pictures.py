"""What a model sees of a few images, as one picture for its report: boxes, or masks.

What is right stands on the left of each pair, what the model says on its right.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from .seeing import Image

SHOWN = 4
LINE = 22
"""Pixels of the names at the top."""

WIDE = 320
"""Pixels across of an image in it."""

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#000000")
"""Told apart with any sight (Okabe & Ito 2008); labels take them in turn."""


def boxed(image: Image, boxes: Sequence[tuple[int, Sequence[float]]]) -> Any:
    """The image with a box for each (label, edges)."""
    shown = _small(image)
    share = shown.width / image.shape[1]
    pen = ImageDraw.Draw(shown)
    for label, edges in boxes:
        pen.rectangle([share * edge for edge in edges], outline=colour(label), width=2)
    return shown


def masked(image: Image, numbers: NDArray[np.int64]) -> Any:
    """The image with every label but the first laid over it."""
    over = np.zeros((*numbers.shape, 4), dtype=np.uint8)
    for label in np.unique(numbers[numbers > 0]).tolist():
        rgb = tuple(int(colour(label)[i : i + 2], 16) for i in (1, 3, 5))
        over[numbers == label] = (*rgb, 120)
    shown = _small(image).convert("RGBA")
    layer = Pillow.fromarray(over, "RGBA").resize(shown.size, Pillow.Resampling.NEAREST)
    return Pillow.alpha_composite(shown, layer).convert("RGB")


def colour(label: int) -> str:
    """Of a label, by its number."""
    return COLOURS[label % len(COLOURS)]


def paired(pairs: Sequence[tuple[Any, Any]], labels: Sequence[tuple[int, str]]) -> bytes:
    """JPEG of pairs below each other, the right one on the left; `labels` are named at the top in
    their colours."""
    gap = 6
    height = LINE + sum(left.height + gap for left, _ in pairs)
    sheet = Pillow.new("RGB", (2 * WIDE + gap, height), "white")
    _name(sheet, labels)
    top = LINE
    for left, right in pairs:
        sheet.paste(left, (0, top))
        sheet.paste(right, (WIDE + gap, top))
        top += left.height + gap
    found = io.BytesIO()
    sheet.save(found, "JPEG", quality=82)
    return found.getvalue()


def _name(sheet: Any, labels: Sequence[tuple[int, str]]) -> None:
    pen, along = ImageDraw.Draw(sheet), 0.0
    for number, name in labels:
        # The font that comes with Pillow has no letters but these.
        text = name if name.isascii() else f"label {number}"
        pen.text((along, 2), text, fill=colour(number), font_size=14)
        along += pen.textlength(text, font_size=14) + 16


def _small(image: Image) -> Any:
    grey = image.shape[2] == 1
    shown = Pillow.fromarray(image[..., 0] if grey else image).convert("RGB")
    return shown.resize((WIDE, max(1, round(WIDE * image.shape[0] / image.shape[1]))))
