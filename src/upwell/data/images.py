"""What sources of labelled images share: splitting, ordering, and labels that mean nothing."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SpecError
from .source import Examples

LABELS = ("true", "random")
"""What labels there are: those of the data, or drawn anew for every image, as a control."""

MIX = np.uint64(1_000_003)


def check_labels(labels: str, source: str) -> None:
    """SpecError for labels that are neither."""
    if labels not in LABELS:
        raise SpecError(f"source {source!r}: labels is 'true' or 'random', found {labels!r}")


def by_hash(
    images: NDArray[np.uint8], labels: NDArray[np.int64], split: str, share: float
) -> NDArray[np.int64]:
    """Places of the images of a split, in the order of their hashes, which mixes the classes.

    Of each class the `share` whose hashes are smallest is held out; copies of an image have
    one hash, and all are on the side of the first.
    """
    hashes = np.array([_hash(image) for image in images])
    order = np.argsort(hashes, kind="stable")
    test = np.zeros(len(images), dtype=bool)
    for label in np.unique(labels):
        own = order[labels[order] == label]
        test[own[: round(share * len(own))]] = True
    held = np.isin(hashes, hashes[test])
    # The order of splitting would put what is nearly held out first; another mixes it anew.
    mixed = order[np.argsort(hashes[order] % MIX, kind="stable")]
    found: NDArray[np.int64] = mixed[held[mixed] == (split == "test")]
    return found


def labelled(
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    chosen: NDArray[np.int64],
    classes: tuple[str, ...],
    kind: str,
) -> Examples:
    """The chosen examples; random labels are drawn by the hash of the image."""
    shown, label = images[chosen], labels[chosen].astype(np.int64)
    if kind == "random":
        hashes = np.array([_hash(image) for image in shown], dtype=np.uint64)
        label = (hashes // MIX % np.uint64(len(classes))).astype(np.int64)
    return Examples(rows={"image": shown, "label": label}, classes=classes)


def _hash(image: NDArray[Any]) -> np.uint64:
    digest = hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest()
    return np.uint64(int.from_bytes(digest[:8]))
