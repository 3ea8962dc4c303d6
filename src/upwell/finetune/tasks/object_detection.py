"""Object detection: boxes around the objects of an image, by models such as DETR.

These models predict a set of boxes and learn from its cheapest matching with the target boxes
(Carion et al. 2020, arXiv 2005.12872). The loss is that of their transformers class.

Axes: B images, K target boxes at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoModelForObjectDetection

from ...data.labeled import Columns, LabeledDataset, Row
from ...data.labeled.boxes import get_class_names, read_box_splits, read_boxes, require_boxes
from ...data.labeled.splits import SplitDatasets
from ...errors import DataError
from ...metrics.bootstrap import make_score, resample_rows
from ...metrics.detection import Detections, Matches, average_precision, match_detections
from ...models.protocols import Batch
from ...records import FinetuneSpec, ModelCard, Score, ScoredRow
from .. import visualization
from ..base_model import WEIGHTS_KWARGS, PretrainedModel
from ..inputs.encoded import EncodedDataset, EncodedSplit
from ..inputs.image import ImageArray, image_size, load_images, preprocess_images
from ..modeling.heads import HFModel
from ._classification import load_with_new_head, set_label_names
from .base import Task

SCORE_THRESHOLD = 0.3
"""Probability from which a box is predicted; metrics count less probable boxes, too."""

METRIC_SCORE_THRESHOLD = 0.01
BOOTSTRAP_SAMPLES = 200
"""Resamples of images for intervals; each computes the whole metric, which is slow."""

NO_OBJECT = -1
"""Class id of the padding after the last box of an image."""


@dataclass(frozen=True)
class DetectionRows(EncodedDataset):
    """Images with their boxes: (center x, center y, width, height) as fractions of the image."""

    images: tuple[ImageArray, ...]
    labels: tuple[NDArray[np.int64], ...]
    boxes: tuple[NDArray[np.float32], ...]
    processor: Any

    def __len__(self) -> int:
        return len(self.images)

    def batch(
        self, indices: Sequence[int], rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """`pixel_values`, `class_ids` [B, K] and `boxes` [B, K, 4]; with `rng`, random flips."""
        images, boxes = [], []
        for index in indices:
            image, box = self.images[index], self.boxes[index].copy()
            if rng is not None and rng.random() < 0.5:
                image, box[:, 0] = image[:, ::-1], 1 - box[:, 0]
            if rng is not None and rng.random() < 0.5:
                image, box[:, 1] = image[::-1], 1 - box[:, 1]
            images.append(np.ascontiguousarray(image))
            boxes.append(box)
        max_boxes = max((len(box) for box in boxes), default=0)
        class_ids = np.full((len(indices), max_boxes), NO_OBJECT, dtype=np.int64)
        padded_boxes = np.zeros((len(indices), max_boxes, 4), dtype=np.float32)
        for i, (index, box) in enumerate(zip(indices, boxes, strict=True)):
            class_ids[i, : len(box)], padded_boxes[i, : len(box)] = self.labels[index], box
        return {
            **preprocess_images(images, self.processor),
            "class_ids": class_ids,
            "boxes": padded_boxes,
        }


class DetectionModel(HFModel):
    """A detector that computes its loss if the batch has boxes."""

    def forward(self, batch: Batch) -> Any:
        """The output of the transformers class, with its `loss` if the batch has boxes."""
        inputs = {"pixel_values": batch["pixel_values"]}
        if not self.training and "class_ids" not in batch:
            return self.model(**inputs)
        targets = [
            {
                "class_labels": class_ids[class_ids != NO_OBJECT],
                "boxes": boxes[class_ids != NO_OBJECT],
            }
            for class_ids, boxes in zip(batch["class_ids"], batch["boxes"], strict=True)
        ]
        return self.model(**inputs, labels=targets)


class ObjectDetection(Task):
    """Boxes with labels for each image."""

    modality = "image"
    file_formats = (".json",)
    max_dev_rows = 200
    scratch_batch_size = 2
    """Small batches: a detector from scratch needs many steps."""

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Images of a VOC folder or COCO file with their boxes."""
        data = read_boxes(path, labeled=labeled)
        return require_boxes(data) if labeled else data

    def read_splits(self, path: Path, columns: Columns) -> SplitDatasets:
        """The training rows with the dev and test rows of split folders or COCO files."""
        return read_box_splits(path).map(require_boxes)

    def get_labels(self, data: LabeledDataset) -> tuple[str, ...]:
        """The classes of the objects."""
        return get_class_names(data)

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Pixels along a side, which the image processor sets."""
        return image_size(base_model)

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> DetectionRows:
        """Decoded images, with boxes as fractions of the image."""
        label_to_id = {name: index for index, name in enumerate(labels)}
        images = load_images(rows, base_model)
        class_ids, boxes = [], []
        for row, image in zip(rows, images, strict=True):
            target = row.target
            names = () if target is None else target.names
            class_ids.append(np.array([label_to_id[name] for name in names], dtype=np.int64))
            boxes.append(_normalize_boxes(() if target is None else target.boxes, image, row))
        return DetectionRows(images, tuple(class_ids), tuple(boxes), base_model.image_processor)

    def build_model(self, base_model: PretrainedModel, spec: FinetuneSpec) -> DetectionModel:
        """The model with a new head for the labels."""
        hf_model = load_with_new_head(AutoModelForObjectDetection, base_model, spec)
        return DetectionModel(hf_model, has_head=True)

    def load_model(self, base_model: PretrainedModel) -> DetectionModel:
        """The network of a fine-tuned folder, in eval mode."""
        hf_model = AutoModelForObjectDetection.from_pretrained(base_model.path, **WEIGHTS_KWARGS)
        return DetectionModel(hf_model.eval())

    def to_pretrained(
        self, model: Any, base_model: PretrainedModel, spec: FinetuneSpec, multilabel: bool
    ) -> Any:
        """The transformers model that was trained."""
        set_label_names(model.model.config, spec.labels, multilabel=False)
        return model.model.eval()

    def loss(
        self, outputs: Any, micro_batch: Batch, batch: Batch, spec: FinetuneSpec
    ) -> dict[str, Tensor]:
        """The loss of the transformers class, which is a mean over boxes."""
        fraction = (micro_batch["class_ids"] != NO_OBJECT).sum() / (
            batch["class_ids"] != NO_OBJECT
        ).sum().clamp_min(1)
        return {"loss": outputs.loss * fraction}

    def predict(
        self, model: Any, base_model: PretrainedModel, rows: DetectionRows, spec: FinetuneSpec
    ) -> list[Detections]:
        """Boxes of each image with their probabilities, in pixels."""
        detections = []
        for image in rows.images:
            inputs = preprocess_images([image], rows.processor)
            outputs = model.model(pixel_values=torch.from_numpy(inputs["pixel_values"]))
            (result,) = rows.processor.post_process_object_detection(
                outputs, threshold=METRIC_SCORE_THRESHOLD, target_sizes=[image.shape[:2]]
            )
            detections.append(
                Detections(
                    result["labels"].numpy().astype(np.int64),
                    result["boxes"].numpy().astype(np.float64),
                    result["scores"].numpy().astype(np.float64),
                )
            )
        return detections

    def compute_metrics(
        self,
        outputs: Sequence[Detections],
        rows: EncodedSplit,
        spec: FinetuneSpec,
        multilabel: bool,
    ) -> tuple[Score, ...]:
        """Mean average precision over IoU .50 to .95, at .50, and at .50 for each label.

        Intervals are over images.
        """
        matches = _match_rows(outputs, rows, spec)
        resamples = islice(resample_rows(len(matches)), BOOTSTRAP_SAMPLES)
        samples = [average_precision([matches[i] for i in indices]) for indices in resamples]
        precision = average_precision(matches)
        values = {
            "map": [_mean_precision(each) for each in (precision, *samples)],
            "map_50": [_mean_precision(each[:, :1]) for each in (precision, *samples)],
        } | {
            f"ap_50_{name}": [float(each[index, 0]) for each in (precision, *samples)]
            for index, name in enumerate(spec.labels)
        }
        return tuple(
            make_score(name, value, [each for each in sampled if np.isfinite(each)], len(matches))
            for name, (value, *sampled) in values.items()
            if np.isfinite(value)
        )

    def selection_metric(
        self,
        outputs: Sequence[Detections],
        rows: EncodedSplit,
        spec: FinetuneSpec,
        multilabel: bool,
    ) -> float:
        """Mean average precision."""
        return _mean_precision(average_precision(_match_rows(outputs, rows, spec)))

    def scored_rows(
        self,
        outputs: Sequence[Detections],
        rows: EncodedSplit,
        spec: FinetuneSpec,
        multilabel: bool,
    ) -> tuple[ScoredRow, ...]:
        """Images with the numbers of target boxes and predicted boxes."""
        matches = _match_rows(outputs, rows, spec)
        return tuple(
            ScoredRow(
                line=row.line,
                text=Path(row.texts[0]).name,
                label=f"{len(row.target.names)} boxes",
                prediction=f"{int((detections.scores >= SCORE_THRESHOLD).sum())} boxes",
                score=_mean_precision(average_precision([image_matches])[:, :1])
                if row.target.names
                else None,
            )
            for row, detections, image_matches in zip(rows.rows, outputs, matches, strict=True)
        )

    def preview_image(
        self, outputs: Sequence[Detections], rows: EncodedSplit, spec: FinetuneSpec
    ) -> bytes:
        """A few images with their target boxes on the left and predicted boxes on the right."""
        label_to_id = {name: index for index, name in enumerate(spec.labels)}
        pairs = []
        for index, row in enumerate(rows.rows[: visualization.MAX_IMAGES]):
            image, detections = rows.encoded.images[index], outputs[index]
            target_ids = [label_to_id[name] for name in row.target.names]
            target_boxes = list(zip(target_ids, row.target.boxes, strict=True))
            is_confident = detections.scores >= SCORE_THRESHOLD
            predicted_boxes = list(
                zip(
                    detections.labels[is_confident].tolist(),
                    detections.boxes[is_confident].tolist(),
                    strict=True,
                )
            )
            pairs.append(
                (
                    visualization.draw_boxes(image, target_boxes),
                    visualization.draw_boxes(image, predicted_boxes),
                )
            )
        return visualization.side_by_side(pairs, list(enumerate(spec.labels)))

    def predictions(
        self, outputs: Sequence[Detections], rows: Sequence[Row], encoded: Any, card: ModelCard
    ) -> list[dict[str, Any]]:
        """Boxes of each image: label, probability, and (left, top, right, bottom) in pixels."""
        labels = card.finetune.labels
        results = []
        for row, detections in zip(rows, outputs, strict=True):
            boxes = [
                {"label": labels[label_id], "probability": score, "box": box}
                for label_id, score, box in zip(
                    detections.labels.tolist(),
                    detections.scores.tolist(),
                    detections.boxes.tolist(),
                    strict=True,
                )
                if score >= SCORE_THRESHOLD
            ]
            names = [each["label"] for each in boxes]
            summary = ", ".join(f"{names.count(name)} {name}" for name in labels if name in names)
            results.append(
                {
                    "text": row.texts[0],
                    "prediction": summary or "nothing",
                    "probability": None,
                    "abstain": False,
                    "boxes": boxes,
                }
            )
        return results


TASK = ObjectDetection


def _mean_precision(precision_CT: NDArray[np.float64]) -> float:
    """Mean over IoU thresholds and over labels with target boxes."""
    return float(np.nanmean(precision_CT))


def _normalize_boxes(boxes: Sequence[Any], image: ImageArray, row: Row) -> NDArray[np.float32]:
    """[K, 4]: center and size as fractions. DataError for a box that begins outside its image."""
    height, width = image.shape[:2]
    scale = np.array([width, height, width, height], dtype=np.float32)
    edges = np.array(boxes, dtype=np.float32).reshape(-1, 4) / scale
    if (edges[:, :2] >= 1).any():
        raise DataError(
            f"{row.texts[0]} has {width} x {height} pixels, and one of its boxes begins outside of "
            "them; give the boxes of this image"
        )
    edges = edges.clip(0, 1)
    center, size = (edges[:, :2] + edges[:, 2:]) / 2, edges[:, 2:] - edges[:, :2]
    return np.concatenate([center, size], axis=1)


def _match_rows(
    outputs: Sequence[Detections], rows: EncodedSplit, spec: FinetuneSpec
) -> list[list[Matches]]:
    label_to_id = {name: index for index, name in enumerate(spec.labels)}
    targets = [
        Detections(
            np.array([label_to_id[name] for name in row.target.names], dtype=np.int64),
            np.array(row.target.boxes, dtype=np.float64).reshape(-1, 4),
            np.ones(len(row.target.names)),
        )
        for row in rows.rows
    ]
    return match_detections(outputs, targets, len(spec.labels))
