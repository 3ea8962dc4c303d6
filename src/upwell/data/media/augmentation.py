"""Augmentation of training images: crop, flip, cutout and mixup.

It is an option of image sources, such as "crop=4,flip,cutout=8,mixup=0.2". The changes are made in
that order, whatever the order in the option, on a whole block of images at once.

Axes: N images, H rows, W columns, C channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ...plugins import did_you_mean, quoted_list
from ..source import Rows

Images = NDArray[np.uint8]
Rng = np.random.Generator

CUTOUT_FILL = 127
"""Gray that covers a cutout: near zero once networks have scaled it."""


def parse_augmentation(spec: str, source_name: str) -> dict[str, float]:
    """Strength of each change, in the order in which they are made.

    Raises SpecError for an unknown change or a strength out of range.
    """
    strengths: dict[str, float] = {}
    for item in filter(None, (each.strip() for each in spec.split(","))):
        name, equals, value = item.partition("=")
        if name not in AUGMENTATIONS:
            raise SpecError(
                f"source {source_name!r}: no augmentation {name!r}; there are "
                f"{quoted_list(AUGMENTATIONS)}, written 'crop=4,flip'"
                + did_you_mean(name, AUGMENTATIONS)
            )
        strengths[name] = _parse_strength(name, value if equals else None, source_name)
    return {name: strengths[name] for name in AUGMENTATIONS if name in strengths}


def apply_augmentations(rows: Rows, changes: Mapping[str, float], rng: Rng) -> Rows:
    """The rows with all changes made.

    Rows of mixed images also have the label of the second image, `mixup_label` [N] int64, and the
    weight of the first one, `mixup_weight` [N] float32.
    """
    for name, strength in changes.items():
        rows = AUGMENTATIONS[name](rows, strength, rng)
    return rows


def _crop(rows: Rows, margin: float, rng: Rng) -> Rows:
    """A window of the same size, moved by up to `margin` pixels each way and padded with black."""
    image_NHWC, pad = rows["image"], int(margin)
    count, height, width, _ = image_NHWC.shape
    padded = np.pad(image_NHWC, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    top, left = rng.integers(2 * pad + 1, size=(2, count, 1))
    row_index, column_index = top + np.arange(height), left + np.arange(width)
    return rows | {
        "image": padded[_batch_index(count), row_index[:, :, None], column_index[:, None, :]]
    }


def _flip(rows: Rows, probability: float, rng: Rng) -> Rows:
    """Mirrored from left to right."""
    image_NHWC = rows["image"]
    mirrored = rng.random(len(image_NHWC)) < probability
    return rows | {
        "image": np.where(mirrored[:, None, None, None], image_NHWC[:, :, ::-1], image_NHWC)
    }


def _cutout(rows: Rows, size: float, rng: Rng) -> Rows:
    """A square of `size` pixels covered, its center anywhere in the image.

    (DeVries & Taylor 2017, arXiv 1708.04552)
    """
    image_NHWC = rows["image"]
    count, height, width, _ = image_NHWC.shape
    row_mask = _cover_mask(rng.integers(height, size=(count, 1)), height, int(size))
    column_mask = _cover_mask(rng.integers(width, size=(count, 1)), width, int(size))
    hole = (row_mask[:, :, None] & column_mask[:, None, :])[..., None]
    return rows | {"image": np.where(hole, np.uint8(CUTOUT_FILL), image_NHWC)}


def _mixup(rows: Rows, alpha: float, rng: Rng) -> Rows:
    """Each image mixed with another, with a weight from Beta(alpha, alpha).

    (Zhang et al. 2018, arXiv 1710.09412)
    """
    image_NHWC, label = rows["image"], rows["label"]
    count = len(label)
    mix_weight = rng.beta(alpha, alpha, size=count).astype(np.float32)
    partner = rng.permutation(count)
    weight = mix_weight[:, None, None, None]
    mixed = weight * image_NHWC + (1 - weight) * image_NHWC[partner]
    image = np.rint(mixed).astype(np.uint8)
    return rows | {"image": image, "mixup_label": label[partner], "mixup_weight": mix_weight}


AUGMENTATIONS: dict[str, Callable[[Rows, float, Rng], Rows]] = {
    "crop": _crop,
    "flip": _flip,
    "cutout": _cutout,
    "mixup": _mixup,
}
"""All changes, in the order in which they are made."""

DEFAULT_STRENGTHS = {"flip": 0.5}
"""Strength of the changes that may be written without one."""

INTEGER_STRENGTHS = ("crop", "cutout")


def _parse_strength(name: str, value: str | None, source_name: str) -> float:
    try:
        strength = DEFAULT_STRENGTHS[name] if value is None else float(value)
    except (KeyError, ValueError):
        strength = -1.0
    if not 0 < strength < 1e3 or (name in INTEGER_STRENGTHS and strength != int(strength)):
        kind = "a whole number of pixels" if name in INTEGER_STRENGTHS else "a number"
        raise SpecError(
            f"source {source_name!r}: augmentation {name!r} takes {kind} above 0, as in "
            f"'{name}={'4' if name in INTEGER_STRENGTHS else '0.2'}', found {value!r}"
        )
    return strength


def _batch_index(count: int) -> NDArray[Any]:
    return np.arange(count)[:, None, None]


def _cover_mask(center: NDArray[np.int64], length: int, size: int) -> NDArray[np.bool_]:
    """[N, length]: which positions lie in a span of `size` about the center."""
    start = center - size // 2
    positions = np.arange(length)
    mask: NDArray[np.bool_] = (positions >= start) & (positions < start + size)
    return mask
