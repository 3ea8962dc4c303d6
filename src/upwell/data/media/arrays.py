"""Arrays of files, checked and converted: images, features, labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError


def as_images(values: NDArray[Any], where: str, image_size: int | None) -> NDArray[np.uint8]:
    """[N, H, H, C] uint8, from whole numbers 0 to 255 or fractions 0 to 1.

    `values` are [N, H, H], [N, H, H, C], or [N, H * H * C] where `image_size` is H. Raises
    DataError for another shape, and for numbers out of range.
    """
    shaped = _reshape_images(values, where, image_size)
    if shaped.dtype == np.uint8:
        return shaped
    if not np.isfinite(shaped).all():
        raise DataError(f"{where} has images with numbers that are not finite; correct them")
    low, high = float(shaped.min()), float(shaped.max())
    fractions = shaped.dtype.kind == "f" and high <= 1
    if low < 0 or high > 255:
        raise DataError(
            f"{where} has images with numbers from {low:g} to {high:g}; brightness is 0 to 255, or "
            "0 to 1 in fractions"
        )
    scaled = shaped.astype(np.float32) * (255 if fractions else 1)
    return np.rint(scaled).astype(np.uint8)


def as_features(values: NDArray[Any], where: str) -> NDArray[np.float32]:
    """[N, F] float32. Raises DataError for values that are not finite numbers."""
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise DataError(
            f"{where} has values of shape {list(values.shape)} and kind {values.dtype}; features "
            "are rows of numbers"
        )
    features = values.astype(np.float32)
    wrong = np.flatnonzero(~np.isfinite(features).all(1))
    if len(wrong):
        raise DataError(f"{where} has a feature that is not finite in row {wrong[0]}; correct it")
    return features


def as_labels(values: NDArray[Any], rows: int, where: str, classes: int | None) -> NDArray[Any]:
    """[N] int64, 0 to classes - 1; `classes` is None for one more than the largest label.

    Raises DataError for a label outside the list and for a class without a row.
    """
    if values.shape != (rows,) or values.dtype.kind not in "iu":
        raise DataError(
            f"{where} has labels of shape {list(values.shape)} and kind {values.dtype} for {rows} "
            "rows; a label is a whole number for each"
        )
    labels = values.astype(np.int64)
    count = classes or int(labels.max(initial=0)) + 1
    wrong = np.flatnonzero((labels < 0) | (labels >= count))
    if len(wrong):
        raise DataError(
            f"{where}: row {wrong[0]} has the label {labels[wrong[0]]}, outside 0 to {count - 1}; "
            "correct it, or give the number of classes with the option classes"
        )
    absent = np.setdiff1d(np.arange(count), labels)
    if count > 1_000_000 or len(absent):
        raise DataError(
            f"{where}: class {absent[0] if len(absent) else count} is empty, of {count}; number "
            "classes from 0 without gaps, or give their number with the option classes"
        )
    return labels


def _reshape_images(values: NDArray[Any], where: str, image_size: int | None) -> NDArray[Any]:
    shape = values.shape
    if values.ndim == 2 and image_size is not None and shape[1] % image_size**2 == 0:
        images = values.reshape(len(values), image_size, image_size, shape[1] // image_size**2)
    else:
        images = values[..., None] if values.ndim == 3 else values
    square = images.ndim == 4 and images.shape[1] == images.shape[2]
    if not square or images.shape[3] not in (1, 3) or values.dtype.kind not in "biuf":
        raise DataError(
            f"{where} has images of shape {list(shape)} and kind {values.dtype}; they are "
            "[rows, height, height], with 1 or 3 channels after that, or flat with the option "
            "image_size"
        )
    return images
