"""Mean average precision of boxes, as COCO counts it (Lin et al. 2014, arXiv 1405.0312).

Found boxes of a label are matched with right ones image by image, the surest first, each right one
once. Precision is read at 101 places of recall, for overlaps from .50 to .95.

Axes: F boxes that were found, R right ones, T overlaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OVERLAPS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
MOST = 100
"""Boxes of a label in an image that count."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """Boxes of one image."""

    labels: NDArray[np.int64]
    boxes: Floats
    """[F, 4]: left, top, right, bottom."""

    scores: Floats
    """[F]; of right boxes all 1."""


@dataclass(frozen=True)
class Matched:
    """What became of the boxes of one label in one image."""

    scores: Floats
    """[F], falling."""

    hits: NDArray[np.bool_]
    """[T, F]."""

    there: int
    """Right boxes."""


def matched(found: Sequence[Found], right: Sequence[Found], labels: int) -> list[list[Matched]]:
    """For each image and label what is a hit."""
    return [
        [_of_label(one, other, label) for label in range(labels)]
        for one, other in zip(map(_surest, found), right, strict=True)
    ]


def average_precision(images: Sequence[Sequence[Matched]]) -> Floats:
    """[C, T]: of each label at each overlap; NaN for a label that no image has."""
    labels = len(images[0])
    return np.stack([_of([image[label] for image in images]) for label in range(labels)])


def overlaps(one: Floats, other: Floats) -> Floats:
    """[F, R]: shared area by the area of both."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(-1) for boxes in (one, other)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-12))


def _surest(found: Found) -> Found:
    order = np.argsort(-found.scores, kind="stable")
    return Found(found.labels[order], found.boxes[order], found.scores[order])


def _of_label(found: Found, right: Found, label: int) -> Matched:
    own, wanted = np.flatnonzero(found.labels == label)[:MOST], right.labels == label
    boxes, there = found.boxes[own], right.boxes[wanted]
    shared_FR = overlaps(boxes, there) if len(boxes) and len(there) else np.zeros((len(boxes), 0))
    hits = np.zeros((len(OVERLAPS), len(boxes)), dtype=bool)
    for t, least in enumerate(OVERLAPS):
        free = np.ones(len(there), dtype=bool)
        for place in range(len(boxes)):
            rivals = np.where(free, shared_FR[place], -1) if len(there) else np.zeros(0)
            if len(rivals) and rivals.max() >= least:
                # Of equal overlaps the last, as the reference takes it.
                free[len(rivals) - 1 - int(rivals[::-1].argmax())] = False
                hits[t, place] = True
    return Matched(found.scores[own], hits, int(wanted.sum()))


def _of(images: Sequence[Matched]) -> Floats:
    """[T]: of one label over images."""
    there = sum(one.there for one in images)
    if not there:
        return np.full(len(OVERLAPS), np.nan)
    scores = np.concatenate([one.scores for one in images])
    order = np.argsort(-scores, kind="mergesort")
    hits = np.concatenate([one.hits for one in images], axis=1)[:, order]
    right = hits.cumsum(1)
    recall = right / there
    precision = right / np.arange(1, hits.shape[1] + 1)
    # The best precision at this recall or beyond.
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    found = np.zeros(len(OVERLAPS))
    for t in range(len(OVERLAPS)):
        places = np.searchsorted(recall[t], RECALLS, side="left")
        inside = places < hits.shape[1]
        found[t] = np.where(inside, precision[t][np.minimum(places, max(hits.shape[1] - 1, 0))], 0
                            ).mean() if hits.shape[1] else 0.0  # fmt: skip
    return found
