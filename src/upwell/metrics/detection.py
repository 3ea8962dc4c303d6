"""Mean average precision of boxes, as COCO counts it (Lin et al. 2014, arXiv 1405.0312).

In each image, the predicted boxes of a label are matched with the target boxes, highest score
first, each target once. Precision is read at 101 recall levels, for IoU thresholds from .50 to .95.

Axes: P predicted boxes, R target boxes, T IoU thresholds, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALL_LEVELS = np.linspace(0, 1, 101)
MAX_DETECTIONS = 100
"""Predicted boxes per label and image that count."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Detections:
    """Predicted or target boxes of one image."""

    labels: NDArray[np.int64]
    boxes: Floats
    """[P, 4]: left, top, right, bottom."""

    scores: Floats
    """[P]; 1 for target boxes."""


@dataclass(frozen=True)
class Matches:
    """Which predicted boxes of one label in one image are correct."""

    scores: Floats
    """[P], highest first."""

    hits: NDArray[np.bool_]
    """[T, P]: whether the box is matched at each IoU threshold."""

    num_targets: int
    """Number of target boxes."""


def match_detections(
    detections: Sequence[Detections], targets: Sequence[Detections], labels: int
) -> list[list[Matches]]:
    """The matches of each image and label."""
    return [
        [_match_label(predicted, target, label) for label in range(labels)]
        for predicted, target in zip(map(_sort_by_score, detections), targets, strict=True)
    ]


def average_precision(images: Sequence[Sequence[Matches]]) -> Floats:
    """[C, T]: average precision by label and IoU threshold; NaN for a label without targets."""
    labels = len(images[0])
    return np.stack(
        [_label_average_precision([image[label] for image in images]) for label in range(labels)]
    )


def iou(first: Floats, second: Floats) -> Floats:
    """[P, R]: intersection over union of each pair of boxes."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(-1) for boxes in (first, second)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-12))


def _sort_by_score(detections: Detections) -> Detections:
    order = np.argsort(-detections.scores, kind="stable")
    return Detections(detections.labels[order], detections.boxes[order], detections.scores[order])


def _match_label(detections: Detections, targets: Detections, label: int) -> Matches:
    indices, has_label = (
        np.flatnonzero(detections.labels == label)[:MAX_DETECTIONS],
        targets.labels == label,
    )
    boxes, target_boxes = detections.boxes[indices], targets.boxes[has_label]
    iou_PR = (
        iou(boxes, target_boxes) if len(boxes) and len(target_boxes) else np.zeros((len(boxes), 0))
    )
    hits = np.zeros((len(IOU_THRESHOLDS), len(boxes)), dtype=bool)
    for t, threshold in enumerate(IOU_THRESHOLDS):
        is_unmatched = np.ones(len(target_boxes), dtype=bool)
        for index in range(len(boxes)):
            candidates = (
                np.where(is_unmatched, iou_PR[index], -1) if len(target_boxes) else np.zeros(0)
            )
            if len(candidates) and candidates.max() >= threshold:
                # Of equal overlaps the last, as pycocotools does.
                is_unmatched[len(candidates) - 1 - int(candidates[::-1].argmax())] = False
                hits[t, index] = True
    return Matches(detections.scores[indices], hits, int(has_label.sum()))


def _label_average_precision(images: Sequence[Matches]) -> Floats:
    """[T]: average precision of one label over all images."""
    num_targets = sum(one.num_targets for one in images)
    if not num_targets:
        return np.full(len(IOU_THRESHOLDS), np.nan)
    scores = np.concatenate([one.scores for one in images])
    order = np.argsort(-scores, kind="mergesort")
    hits = np.concatenate([one.hits for one in images], axis=1)[:, order]
    true_positives = hits.cumsum(1)
    recall = true_positives / num_targets
    precision = true_positives / np.arange(1, hits.shape[1] + 1)
    # The best precision at this recall or a higher one.
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    average = np.zeros(len(IOU_THRESHOLDS))
    num_predicted = hits.shape[1]
    if not num_predicted:
        return average
    for t in range(len(IOU_THRESHOLDS)):
        indices = np.searchsorted(recall[t], RECALL_LEVELS, side="left")
        is_reached = indices < num_predicted
        average[t] = np.where(
            is_reached, precision[t][np.minimum(indices, num_predicted - 1)], 0
        ).mean()
    return average
