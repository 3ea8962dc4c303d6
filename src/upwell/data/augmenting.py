"""Training images as they are shown this time: cropped, flipped, partly covered, mixed.

An option of image sources, written "crop=4,flip,cutout=8,mixup=0.2": they are done in that order,
whatever order they are written in, on a whole block of images at once.

Axes: N images, H rows, W columns, C channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SpecError
from ..naming import did_you_mean, listed
from .source import Rows

Images = NDArray[np.uint8]
Dice = np.random.Generator

GREY = 127
"""What covers a cut-out: nothing, as networks see it."""


def parsed(augment: str, source: str) -> dict[str, float]:
    """Strength of each change, in the order of doing. SpecError for one that there is not."""
    asked: dict[str, float] = {}
    for part in filter(None, (each.strip() for each in augment.split(","))):
        name, equals, said = part.partition("=")
        if name not in CHANGES:
            raise SpecError(
                f"source {source!r}: no augmentation {name!r}; there are {listed(CHANGES)}, "
                "written 'crop=4,flip'" + did_you_mean(name, CHANGES)
            )
        asked[name] = _strength(name, said if equals else None, source)
    return {name: asked[name] for name in CHANGES if name in asked}


def augmented(rows: Rows, changes: Mapping[str, float], dice: Dice) -> Rows:
    """The rows, changed. Mixed images have, beside their `label`, the `other` one [N] int64 and
    the `share` [N] float32 of the first."""
    for name, strength in changes.items():
        rows = CHANGES[name](rows, strength, dice)
    return rows


def _crop(rows: Rows, margin: float, dice: Dice) -> Rows:
    """A window of the same size, moved by up to `margin` pixels each way; black comes in."""
    image_NHWC, pad = rows["image"], int(margin)
    count, height, width, _ = image_NHWC.shape
    padded = np.pad(image_NHWC, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    top, left = dice.integers(2 * pad + 1, size=(2, count, 1))
    down, along = top + np.arange(height), left + np.arange(width)
    return rows | {"image": padded[_each(count), down[:, :, None], along[:, None, :]]}


def _flip(rows: Rows, probability: float, dice: Dice) -> Rows:
    """Mirrored from left to right."""
    image_NHWC = rows["image"]
    mirrored = dice.random(len(image_NHWC)) < probability
    return rows | {
        "image": np.where(mirrored[:, None, None, None], image_NHWC[:, :, ::-1], image_NHWC)
    }


def _cutout(rows: Rows, side: float, dice: Dice) -> Rows:
    """A square of `side` pixels covered, its middle anywhere (DeVries & Taylor 2017, arXiv
    1708.04552)."""
    image_NHWC = rows["image"]
    count, height, width, _ = image_NHWC.shape
    down = _covered(dice.integers(height, size=(count, 1)), height, int(side))
    along = _covered(dice.integers(width, size=(count, 1)), width, int(side))
    hole = (down[:, :, None] & along[:, None, :])[..., None]
    return rows | {"image": np.where(hole, np.uint8(GREY), image_NHWC)}


def _mixup(rows: Rows, alpha: float, dice: Dice) -> Rows:
    """Each image laid over another by a share from Beta(alpha, alpha) (Zhang et al. 2018, arXiv
    1710.09412)."""
    image_NHWC, label = rows["image"], rows["label"]
    count = len(label)
    share = dice.beta(alpha, alpha, size=count).astype(np.float32)
    partner = dice.permutation(count)
    weight = share[:, None, None, None]
    mixed = weight * image_NHWC + (1 - weight) * image_NHWC[partner]
    image = np.rint(mixed).astype(np.uint8)
    return rows | {"image": image, "other": label[partner], "share": share}


CHANGES: dict[str, Callable[[Rows, float, Dice], Rows]] = {
    "crop": _crop,
    "flip": _flip,
    "cutout": _cutout,
    "mixup": _mixup,
}
"""All there are, in the order in which they are done."""

DEFAULTS = {"flip": 0.5}
"""Strength of those that may be written without one."""

WHOLE = ("crop", "cutout")


def _strength(name: str, said: str | None, source: str) -> float:
    try:
        found = DEFAULTS[name] if said is None else float(said)
    except (KeyError, ValueError):
        found = -1.0
    if not 0 < found < 1e3 or (name in WHOLE and found != int(found)):
        kind = "a whole number of pixels" if name in WHOLE else "a number"
        raise SpecError(
            f"source {source!r}: augmentation {name!r} takes {kind} above 0, as in "
            f"'{name}={'4' if name in WHOLE else '0.2'}', found {said!r}"
        )
    return found


def _each(count: int) -> NDArray[Any]:
    return np.arange(count)[:, None, None]


def _covered(middle: NDArray[np.int64], length: int, side: int) -> NDArray[np.bool_]:
    """Which of `length` places lie in a span of `side` about the middle, [N, length]."""
    start = middle - side // 2
    places = np.arange(length)
    found: NDArray[np.bool_] = (places >= start) & (places < start + side)
    return found
