"""Images as a model sees them: read with care, prepared by its own processor, and varied.

An image to learn from is moved by up to an eighth of its sides and loses a square (DeVries & Taylor
2017, arXiv 1708.04552). It is never mirrored: nobody has said that left and right do not matter.

Axes: N images, H rows, W columns, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.augmenting import augmented
from ..data.labelled import Row
from ..data.pictures import picture
from ..errors import DataError
from .given import Given

Image = NDArray[np.uint8]

MOVED = 8
"""An eighth."""

HOLE = 4
"""A quarter of the shorter side."""

MOST_NUMBERS = 4_000_000_000
"""Of all images together: what fits into memory."""


@dataclass(frozen=True)
class Pixels:
    """Images, ready for a processor."""

    images: tuple[Image, ...]
    """[H, W, C] each, of any size."""

    processor: Any
    fixed: Mapping[str, NDArray[Any]]
    """What is of one size in all rows, such as `label` [N]."""

    cut: int = 0

    def __len__(self) -> int:
        return len(self.images)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """All alike: a processor brings them to one size."""
        return np.ones(len(self.images), dtype=np.int64)

    def batch(
        self, places: Sequence[int], dice: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """These images as the processor gives them, varied where there are dice."""
        images = [self.images[place] for place in places]
        if dice is not None:
            images = [varied(image, dice) for image in images]
        chosen = np.array(places, dtype=np.int64)
        found = prepared(images, self.processor)
        return found | {name: values[chosen] for name, values in self.fixed.items()}


def prepared(images: Sequence[Image], processor: Any, **how: Any) -> dict[str, NDArray[Any]]:
    """`pixel_values` [N, C, H, W] as the processor gives them."""
    shown = processor(list(images), return_tensors="np", input_data_format="channels_last", **how)
    return {"pixel_values": np.asarray(shown["pixel_values"], dtype=np.float32)}


def seen(rows: Sequence[Row], given: Given) -> tuple[Image, ...]:
    """The images with as many channels as the model has. DataError, with the file, for what is no
    image, and where all together are too many."""
    channels = int(getattr(given.config, "num_channels", 3))
    found, total = [], 0
    for row in rows:
        image = opened(Path(row.texts[0]), 1 if channels == 1 else 3)
        total += image.size
        if total > MOST_NUMBERS:
            raise DataError(
                f"{len(rows):,} images take more than {MOST_NUMBERS >> 30} GB; make them smaller, "
                "or give fewer"
            )
        found.append(image)
    return tuple(found)


def opened(path: Path, channels: int) -> Image:
    """[H, W, C]: an image file. DataError, with the file, for what is none."""
    try:
        return picture(path, channels, None)
    except DataError as error:
        # Sources can leave such files out by an option, which there is not here.
        said, mark, _ = str(error).partition("; replace it")
        raise DataError(f"{said}{mark}, or take it out of the folder" if mark else said) from None


def side(given: Given) -> int:
    """Pixels along a side, as the processor brings images to."""
    size = getattr(given.processor, "size", None) or {}
    names = ("height", "shortest_edge", "longest_edge")
    known = [int(size[name]) for name in names if name in size]
    return known[0] if known else int(getattr(given.config, "image_size", 0) or 0)


def varied(image: Image, dice: np.random.Generator) -> Image:
    """Moved, and with a hole."""
    short = min(image.shape[:2])
    changes: dict[str, float] = {
        "crop": max(1, short // MOVED),
        "cutout": max(1, short // HOLE),
    }
    found: Image = augmented({"image": image[None]}, changes, dice)["image"][0]
    return found
