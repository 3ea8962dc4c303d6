"""What sources of labelled images share: splitting, ordering, and labels that mean nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SpecError
from .source import Examples

LABELS = ("true", "random")
"""What labels there are: those of the data, or drawn anew for every image, as a control."""

MIX = np.uint64(1_000_003)

SHARE = 0.2
"""Of every class that is held out, where the data have no part to test on."""


def check_labels(labels: str, source: str) -> None:
    """SpecError for labels that are neither."""
    if labels not in LABELS:
        raise SpecError(f"source {source!r}: labels is 'true' or 'random', found {labels!r}")


def by_hash(
    images: NDArray[Any], labels: NDArray[np.int64], split: str, share: float = SHARE
) -> NDArray[np.int64]:
    """Places of the images of a split, in the order of their hashes, which mixes the classes.

    Of each class the `share` whose hashes are smallest is held out; copies of an image have
    one hash, and all are on the side of the first.
    """
    hashes = _hashes(images)
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


def apart(
    train: NDArray[Any], test: NDArray[Any], split: str
) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Places of the images of a split that has a folder or file of its own, and what is left out.

    They come in the order of their hashes, which mixes the classes. A training image that stands
    in the test part too is left out and counted.
    """
    hashes = _hashes(train if split == "train" else test)
    order: NDArray[np.int64] = np.argsort(hashes, kind="stable")
    if split == "test":
        return order, {}
    fresh = ~np.isin(hashes[order], _hashes(test))
    copies = int(np.sum(~fresh))
    return order[fresh], {"also in the test part": copies} if copies else {}


def labelled(
    images: NDArray[Any],
    labels: NDArray[np.int64],
    chosen: NDArray[np.int64],
    classes: tuple[str, ...],
    kind: str,
    left_out: Mapping[str, int] | None = None,
) -> Examples:
    """The chosen examples, `image` or `features`; random labels are drawn by their hash."""
    shown, label = images[chosen], labels[chosen].astype(np.int64)
    if kind == "random":
        label = (_hashes(shown) // MIX % np.uint64(len(classes))).astype(np.int64)
    name = "image" if shown.ndim == 4 else "features"
    return Examples(rows={name: shown, "label": label}, classes=classes, left_out=left_out or {})


def _hashes(images: NDArray[Any]) -> NDArray[np.uint64]:
    return np.array([_hash(image) for image in images], dtype=np.uint64)


def _hash(image: NDArray[Any]) -> np.uint64:
    digest = hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest()
    return np.uint64(int.from_bytes(digest[:8]))
