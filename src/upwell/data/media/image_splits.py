"""Splits of labeled images by their hashes, and labels that are random."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ..source import Examples

LABEL_MODES = ("true", "random")
"""The labels of the data, or labels drawn for every image as a control."""

HASH_MIX = np.uint64(1_000_003)

HELD_OUT_FRACTION = 0.2
"""Fraction of every class that is held out where the data have no test part."""


def check_label_mode(labels: str, source_name: str) -> None:
    """Raises SpecError for labels that are neither "true" nor "random"."""
    if labels not in LABEL_MODES:
        raise SpecError(f"source {source_name!r}: labels is 'true' or 'random', found {labels!r}")


def split_by_hash(
    images: NDArray[Any], labels: NDArray[np.int64], split: str, fraction: float = HELD_OUT_FRACTION
) -> NDArray[np.int64]:
    """Indices of the images of a split, in the order of their hashes, which mixes the classes.

    Of each class the `fraction` with the smallest hashes is held out. Copies of an image have one
    hash and are all in the split of the first.
    """
    hashes = _hash_images(images)
    order = np.argsort(hashes, kind="stable")
    test = np.zeros(len(images), dtype=bool)
    for label in np.unique(labels):
        class_indices = order[labels[order] == label]
        test[class_indices[: round(fraction * len(class_indices))]] = True
    held_out = np.isin(hashes, hashes[test])
    # In the order of the split, images that are nearly held out come first; this order mixes them.
    mixed = order[np.argsort(hashes[order] % HASH_MIX, kind="stable")]
    indices: NDArray[np.int64] = mixed[held_out[mixed] == (split == "test")]
    return indices


def drop_overlap(
    train: NDArray[Any], test: NDArray[Any], split: str
) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Indices of the images of a split with a folder or file of its own, and counts by reason.

    They are in the order of their hashes, which mixes the classes. A training image that is also in
    the test part is left out and counted.
    """
    hashes = _hash_images(train if split == "train" else test)
    order: NDArray[np.int64] = np.argsort(hashes, kind="stable")
    if split == "test":
        return order, {}
    is_new = ~np.isin(hashes[order], _hash_images(test))
    num_duplicates = int(np.sum(~is_new))
    return order[is_new], {"also in the test part": num_duplicates} if num_duplicates else {}


def select_examples(
    images: NDArray[Any],
    labels: NDArray[np.int64],
    indices: NDArray[np.int64],
    classes: tuple[str, ...],
    label_mode: str,
    left_out: Mapping[str, int] | None = None,
) -> Examples:
    """The selected examples: `image` or `features`, and `label`.

    Random labels are drawn by the hash of the example.
    """
    values, label = images[indices], labels[indices].astype(np.int64)
    if label_mode == "random":
        label = (_hash_images(values) // HASH_MIX % np.uint64(len(classes))).astype(np.int64)
    name = "image" if values.ndim == 4 else "features"
    return Examples(rows={name: values, "label": label}, classes=classes, left_out=left_out or {})


def _hash_images(images: NDArray[Any]) -> NDArray[np.uint64]:
    return np.array([_hash_image(image) for image in images], dtype=np.uint64)


def _hash_image(image: NDArray[Any]) -> np.uint64:
    digest = hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest()
    return np.uint64(int.from_bytes(digest[:8]))
