"""Object detection: boxes around what is in an image, by models of DETR's kind.

Such models say a set of boxes, and are taught by the matching of least cost with the right ones
(Carion et al. 2020, arXiv 2005.12872); the loss is the one of their class in transformers.

Axes: B images, K right boxes at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoModelForObjectDetection

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled.boxes import names_of, read_boxes
from ...data.labelled.filed import file_row
from ...errors import DataError
from ...models.network import Batch
from ...records import Adapt, Adapted, Score, Shown
from .. import pictures
from ..given import OFFLINE, Given
from ..labels import named
from ..network import Whole
from ..precision import Found, Matched, average_precision, matched
from ..scoring import interval
from ..seeing import Image, prepared, seen, side

if TYPE_CHECKING:
    from ..material import Rows

READS = "images"
FITTED = False
FORMATS = (".json",)
MOST_CHOOSING = 200

FRESH_BATCH = 2
"""Images of a step: what a detector that has learnt nothing yet lacks is steps."""

SHOWN = 0.3
"""Probability from which a box is told; all count where precision is measured."""

COUNTS = 0.01
SAMPLES = 200
"""Of images, for intervals: each is a whole measurement."""

NOTHING = -1


@dataclass(frozen=True)
class Scenes:
    """Images with their boxes, as shares of the image: middle and size, across and down."""

    images: tuple[Image, ...]
    labels: tuple[NDArray[np.int64], ...]
    boxes: tuple[NDArray[np.float32], ...]
    processor: Any
    cut: int = 0

    def __len__(self) -> int:
        return len(self.images)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """All alike."""
        return np.ones(len(self.images), dtype=np.int64)

    def batch(
        self, places: Sequence[int], dice: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """These images and their boxes; with dice some are mirrored, both ways."""
        images, boxes = [], []
        for place in places:
            image, box = self.images[place], self.boxes[place].copy()
            if dice is not None and dice.random() < 0.5:
                image, box[:, 0] = image[:, ::-1], 1 - box[:, 0]
            if dice is not None and dice.random() < 0.5:
                image, box[:, 1] = image[::-1], 1 - box[:, 1]
            images.append(np.ascontiguousarray(image))
            boxes.append(box)
        most = max((len(box) for box in boxes), default=0)
        kinds = np.full((len(places), most), NOTHING, dtype=np.int64)
        there = np.zeros((len(places), most, 4), dtype=np.float32)
        for i, (place, box) in enumerate(zip(places, boxes, strict=True)):
            kinds[i, : len(box)], there[i, : len(box)] = self.labels[place], box
        return {**prepared(images, self.processor), "kinds": kinds, "boxes": there}


class Detecting(Whole):
    """A detector that is told what is right of its images, where that is known."""

    def forward(self, batch: Batch) -> Any:
        """What the class gives, its loss within where boxes are known."""
        shown = {"pixel_values": batch["pixel_values"]}
        if not self.training and "kinds" not in batch:
            return self.model(**shown)
        right = [
            {"class_labels": kinds[kinds != NOTHING], "boxes": boxes[kinds != NOTHING]}
            for kinds, boxes in zip(batch["kinds"], batch["boxes"], strict=True)
        ]
        return self.model(**shown, labels=right)


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Images of a VOC folder or COCO file with their boxes."""
    return read_boxes(path, labelled=labelled)


def row(number: int, text: str) -> Row:
    """A file as a row."""
    return file_row(number, text)


def labels_of(data: Labelled) -> tuple[str, ...]:
    """What there is to find."""
    return names_of(data)


def length(given: Given, learn: Labelled) -> int:
    """Pixels along a side; the processor decides."""
    return side(given)


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Scenes:
    """Images as they are, boxes as shares of them."""
    number = {name: place for place, name in enumerate(labels)}
    images = seen(rows, given)
    kinds, boxes = [], []
    for row, image in zip(rows, images, strict=True):
        told = row.truth
        names = () if told is None else told.names
        kinds.append(np.array([number[name] for name in names], dtype=np.int64))
        boxes.append(_shares(() if told is None else told.boxes, image, row))
    return Scenes(images, tuple(kinds), tuple(boxes), given.processor)


def body(given: Given, adapt: Adapt) -> Detecting:
    """The model with a fresh head for these labels."""
    model = AutoModelForObjectDetection.from_pretrained(
        given.path, num_labels=len(adapt.labels), ignore_mismatched_sizes=True, **OFFLINE
    )
    return Detecting(model, based=True)


def loaded(given: Given) -> Detecting:
    """The model of a folder that was shipped, in eval mode."""
    return Detecting(AutoModelForObjectDetection.from_pretrained(given.path, **OFFLINE).eval())


def shipped(body: Detecting, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers that was trained."""
    named(body.model.config, adapt.labels, several=False)
    return body.model.eval()


def loss(said: Any, part: Batch, whole: Batch, adapt: Adapt) -> dict[str, Tensor]:
    """The loss of the class, which is a mean over boxes."""
    share = (part["kinds"] != NOTHING).sum() / (whole["kinds"] != NOTHING).sum().clamp_min(1)
    return {"loss": said.loss * share}


def outputs(body: Detecting, given: Given, rows: Scenes, adapt: Adapt) -> list[Found]:
    """Boxes of each image with their probabilities, in pixels."""
    found = []
    for image in rows.images:
        shown = prepared([image], rows.processor)
        said = body.model(pixel_values=torch.from_numpy(shown["pixel_values"]))
        (one,) = rows.processor.post_process_object_detection(
            said, threshold=COUNTS, target_sizes=[image.shape[:2]]
        )
        found.append(
            Found(
                one["labels"].numpy().astype(np.int64),
                one["boxes"].numpy().astype(np.float64),
                one["scores"].numpy().astype(np.float64),
            )
        )
    return found


def scores(said: Sequence[Found], rows: Rows, adapt: Adapt, several: bool) -> tuple[Score, ...]:
    """Mean average precision over overlaps .50 to .95, at .50, and at .50 for every label;
    intervals over images."""
    images = _matched(said, rows, adapt)
    dice = np.random.default_rng(0)
    draws = [dice.integers(0, len(images), len(images)) for _ in range(SAMPLES)]
    samples = [average_precision([images[i] for i in draw]) for draw in draws]
    whole = average_precision(images)
    found = []
    for name, value, drawn in (
        ("map", _mean(whole), [_mean(one) for one in samples]),
        ("map_50", _mean(whole[:, :1]), [_mean(one[:, :1]) for one in samples]),
        *(
            (f"ap_50_{name}", float(whole[place, 0]), [float(one[place, 0]) for one in samples])
            for place, name in enumerate(adapt.labels)
        ),
    ):
        if np.isfinite(value):
            low, high = interval([each for each in drawn if np.isfinite(each)])
            found.append(Score(metric=name, value=value, low=low, high=high, rows=len(images)))
    return tuple(found)


def main_score(said: Sequence[Found], rows: Rows, adapt: Adapt, several: bool) -> float:
    """Mean average precision."""
    return _mean(average_precision(_matched(said, rows, adapt)))


def shown(said: Sequence[Found], rows: Rows, adapt: Adapt, several: bool) -> tuple[Shown, ...]:
    """Images with how many boxes there are and are found."""
    each = _matched(said, rows, adapt)
    return tuple(
        Shown(
            line=row.line,
            text=Path(row.texts[0]).name,
            label=f"{len(row.truth.names)} boxes",
            said=f"{int((one.scores >= SHOWN).sum())} boxes",
            score=_mean(average_precision([own])[:, :1]) if row.truth.names else None,
        )
        for row, one, own in zip(rows.rows, said, each, strict=True)
    )


def picture(said: Sequence[Found], rows: Rows, adapt: Adapt) -> bytes:
    """A few images with the boxes that are right beside those that are found."""
    number = {name: place for place, name in enumerate(adapt.labels)}
    pairs = []
    for place, row in enumerate(rows.rows[: pictures.SHOWN]):
        image, one = rows.encoded.images[place], said[place]
        right = [(number[n], box) for n, box in zip(row.truth.names, row.truth.boxes, strict=True)]
        sure = one.scores >= SHOWN
        found = list(zip(one.labels[sure].tolist(), one.boxes[sure].tolist(), strict=True))
        pairs.append((pictures.boxed(image, right), pictures.boxed(image, found)))
    return pictures.paired(pairs, list(enumerate(adapt.labels)))


def predictions(
    said: Sequence[Found], rows: Sequence[Row], encoded: Scenes, adapted: Adapted
) -> list[dict[str, Any]]:
    """Boxes of each image: label, probability, left, top, right, bottom."""
    labels = adapted.adapt.labels
    found = []
    for row, one in zip(rows, said, strict=True):
        boxes = [
            {"label": labels[kind], "probability": score, "box": box}
            for kind, score, box in zip(one.labels.tolist(), one.scores.tolist(),
                                        one.boxes.tolist(), strict=True)
            if score >= SHOWN
        ]  # fmt: skip
        names = [each["label"] for each in boxes]
        told = ", ".join(f"{names.count(name)} {name}" for name in labels if name in names)
        found.append(
            {
                "text": row.texts[0],
                "said": told or "nothing",
                "probability": None,
                "abstain": False,
                "boxes": boxes,
            }
        )
    return found


def _mean(precision_CT: NDArray[np.float64]) -> float:
    """Over labels that are there, and overlaps."""
    return float(np.nanmean(precision_CT))


def _shares(boxes: Sequence[Any], image: Image, row: Row) -> NDArray[np.float32]:
    """[K, 4]: middle and size, as shares. DataError for a box that begins outside of its image."""
    height, width = image.shape[:2]
    scale = np.array([width, height, width, height], dtype=np.float32)
    edges = np.array(boxes, dtype=np.float32).reshape(-1, 4) / scale
    if (edges[:, :2] >= 1).any():
        raise DataError(
            f"{row.texts[0]} has {width} x {height} pixels, and one of its boxes begins outside of "
            "them; give the boxes of this very image"
        )
    edges = edges.clip(0, 1)
    middle, size = (edges[:, :2] + edges[:, 2:]) / 2, edges[:, 2:] - edges[:, :2]
    return np.concatenate([middle, size], axis=1)


def _matched(said: Sequence[Found], rows: Rows, adapt: Adapt) -> list[list[Matched]]:
    number = {name: place for place, name in enumerate(adapt.labels)}
    right = [
        Found(
            np.array([number[name] for name in row.truth.names], dtype=np.int64),
            np.array(row.truth.boxes, dtype=np.float64).reshape(-1, 4),
            np.ones(len(row.truth.names)),
        )
        for row in rows.rows
    ]
    return matched(said, right, len(adapt.labels))
