"""Semantic segmentation: a label for every pixel of an image.

Axes: B and N images, C labels, H rows, W columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForSemanticSegmentation

from ...data.labeled import Columns, LabeledDataset, Row
from ...data.labeled.masks import get_class_names, load_mask, read_mask_splits, read_masks
from ...data.labeled.splits import SplitDatasets
from ...metrics.bootstrap import make_score, resample_rows
from ...models.protocols import Batch
from ...records import FinetuneSpec, ModelCard, Score, ScoredRow
from .. import visualization
from ..base_model import WEIGHTS_KWARGS, PretrainedModel
from ..inputs.encoded import EncodedDataset, EncodedSplit
from ..inputs.image import ImageArray, image_size, load_images, preprocess_images
from ..inputs.text import IGNORE_INDEX
from ..modeling.heads import HFModel
from ._classification import load_with_new_head, set_label_names
from .base import Task

MAX_CROP_PIXELS = 192
"""Maximum side of a training crop."""

ConfusionMatrix = NDArray[np.int64]
LabelMap = NDArray[np.int64]
"""[H, W]: the label id of each pixel."""


@dataclass(frozen=True)
class SegmentationRows(EncodedDataset):
    """Images at the size of the image processor, with their masks."""

    images: tuple[ImageArray, ...]
    masks: tuple[LabelMap, ...]
    """`IGNORE_INDEX` everywhere for an image without a mask."""

    sizes: tuple[tuple[int, int], ...]
    """Rows and columns of each original image."""

    processor: Any
    crop_size: int

    def __len__(self) -> int:
        return len(self.images)

    def batch(
        self, indices: Sequence[int], rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """Crops of images and masks: random and flipped with `rng`, otherwise from the center."""
        crops = [self._crop(index, rng) for index in indices]
        inputs = self.processor(
            [image for image, _ in crops],
            do_resize=False,
            return_tensors="np",
            input_data_format="channels_last",
        )
        return {
            "pixel_values": np.asarray(inputs["pixel_values"], dtype=np.float32),
            "mask": np.stack([mask for _, mask in crops]),
        }

    def _crop(self, index: int, rng: np.random.Generator | None) -> tuple[ImageArray, LabelMap]:
        image, mask = self.images[index], self.masks[index]
        height, width = (min(self.crop_size, size) for size in mask.shape)
        room = mask.shape[0] - height, mask.shape[1] - width
        if rng is None:
            top, left = room[0] // 2, room[1] // 2
        else:
            top, left = (int(rng.integers(0, each + 1)) for each in room)
        window = np.s_[top : top + height, left : left + width]
        image, mask = image[window], mask[window]
        if rng is not None and rng.random() < 0.5:
            image, mask = image[:, ::-1], mask[:, ::-1]
        return np.ascontiguousarray(image), np.ascontiguousarray(mask)


class SemanticSegmentation(Task):
    """A label for every pixel of each image."""

    modality = "image"
    max_dev_rows = 200

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Images and masks of a folder, or of a list with both paths."""
        return read_masks(path, columns, labeled=labeled)

    def read_splits(self, path: Path, columns: Columns) -> SplitDatasets:
        """The training rows with the dev and test rows of split folders."""
        return read_mask_splits(path, columns)

    def get_labels(self, data: LabeledDataset) -> tuple[str, ...]:
        """The labels of the pixels."""
        return get_class_names(data.rows)

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Pixels along a side of a training crop."""
        full_size = image_size(base_model)
        return min(MAX_CROP_PIXELS, full_size) if full_size else MAX_CROP_PIXELS

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> SegmentationRows:
        """Images resized once by the image processor, with masks of the same size."""
        originals = load_images(rows, base_model)
        images = [_resize(image, base_model) for image in originals]
        masks = tuple(
            np.full(image.shape[:2], IGNORE_INDEX)
            if row.target is None
            else _resize_to(load_mask(row.target, labels), image.shape[:2])
            for row, image in zip(rows, images, strict=True)
        )
        sizes = tuple((image.shape[0], image.shape[1]) for image in originals)
        return SegmentationRows(tuple(images), masks, sizes, base_model.image_processor, max_length)

    def build_model(self, base_model: PretrainedModel, spec: FinetuneSpec) -> HFModel:
        """The model with a new head for the labels."""
        hf_model = load_with_new_head(AutoModelForSemanticSegmentation, base_model, spec)
        return HFModel(hf_model, ("pixel_values",), has_head=True)

    def load_model(self, base_model: PretrainedModel) -> HFModel:
        """The network of a fine-tuned folder, in eval mode."""
        hf_model = AutoModelForSemanticSegmentation.from_pretrained(
            base_model.path, **WEIGHTS_KWARGS
        )
        return HFModel(hf_model.eval(), ("pixel_values",))

    def to_pretrained(
        self, model: Any, base_model: PretrainedModel, spec: FinetuneSpec, multilabel: bool
    ) -> Any:
        """The transformers model that was trained."""
        set_label_names(model.model.config, spec.labels, multilabel=False)
        return model.model.eval()

    def loss(
        self, outputs: Any, micro_batch: Batch, batch: Batch, spec: FinetuneSpec
    ) -> dict[str, Tensor]:
        """Mean cross-entropy a pixel."""
        mask = micro_batch["mask"]
        logits_BCHW = functional.interpolate(
            outputs.logits, size=mask.shape[1:], mode="bilinear", align_corners=False
        )
        total = functional.cross_entropy(
            logits_BCHW,
            mask,
            ignore_index=IGNORE_INDEX,
            label_smoothing=spec.label_smoothing,
            reduction="sum",
        )
        return {"loss": total / (batch["mask"] != IGNORE_INDEX).sum()}

    def predict(
        self, model: Any, base_model: PretrainedModel, rows: SegmentationRows, spec: FinetuneSpec
    ) -> list[LabelMap]:
        """The label id of every pixel of each image, at its original size."""
        label_maps: list[LabelMap] = []
        for index, image in enumerate(rows.images):
            inputs = preprocess_images([image], rows.processor, do_resize=False)
            logits = model({"pixel_values": torch.from_numpy(inputs["pixel_values"])}).logits
            resized_logits = functional.interpolate(
                logits, size=rows.sizes[index], mode="bilinear", align_corners=False
            )
            label_maps.append(resized_logits[0].argmax(0).numpy())
        return label_maps

    def compute_metrics(
        self, outputs: Sequence[LabelMap], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[Score, ...]:
        """Mean intersection over union, pixel accuracy, and the IoU of each label.

        Intervals are over images.
        """
        counts = _confusion_matrices(outputs, rows, spec)
        samples = [counts[indices].sum(0) for indices in resample_rows(len(counts))]
        total = counts.sum(0)
        metrics = [("mean_iou", mean_iou), ("pixel_accuracy", _pixel_accuracy)] + [
            (f"iou_{name}", lambda sums, index=index: float(_iou(sums)[index]))
            for index, name in enumerate(spec.labels)
        ]
        return tuple(
            make_score(
                name, compute(total), list(filter(np.isfinite, map(compute, samples))), len(counts)
            )
            for name, compute in metrics
            if np.isfinite(compute(total))
        )

    def selection_metric(
        self, outputs: Sequence[LabelMap], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> float:
        """Mean intersection over union over all pixels of all images."""
        return mean_iou(_confusion_matrices(outputs, rows, spec).sum(0))

    def scored_rows(
        self, outputs: Sequence[LabelMap], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[ScoredRow, ...]:
        """Images with the share of correct pixels."""
        matrices = _confusion_matrices(outputs, rows, spec)
        return tuple(
            ScoredRow(
                line=row.line,
                text=Path(row.texts[0]).name,
                label="its mask",
                prediction=f"{_pixel_accuracy(counts):.1%} of the pixels correct",
                score=mean_iou(counts),
            )
            for row, counts in zip(rows.rows, matrices, strict=True)
        )

    def preview_image(
        self, outputs: Sequence[LabelMap], rows: EncodedSplit, spec: FinetuneSpec
    ) -> bytes:
        """A few images with their masks on the left and the predicted masks on the right."""
        pairs = [
            (
                visualization.draw_masks(
                    rows.encoded.images[index], load_mask(row.target, spec.labels)
                ),
                visualization.draw_masks(rows.encoded.images[index], outputs[index]),
            )
            for index, row in enumerate(rows.rows[: visualization.MAX_IMAGES])
        ]
        return visualization.side_by_side(pairs, list(enumerate(spec.labels))[1:])

    def predictions(
        self, outputs: Sequence[LabelMap], rows: Sequence[Row], encoded: Any, card: ModelCard
    ) -> list[dict[str, Any]]:
        """The share of each label in each image, and its mask in the run-length format of COCO.

        Runs count pixels column by column, in turn without and with the label.
        """
        results = []
        for row, label_map in zip(rows, outputs, strict=True):
            fractions = (
                np.bincount(label_map.ravel(), minlength=len(card.finetune.labels)) / label_map.size
            )
            label_fractions = dict(zip(card.finetune.labels, fractions.tolist(), strict=True))
            results.append(
                {
                    "text": row.texts[0],
                    "prediction": ", ".join(
                        f"{name} {fraction:.1%}"
                        for name, fraction in label_fractions.items()
                        if fraction
                    ),
                    "probability": None,
                    "abstain": False,
                    "size": list(label_map.shape),
                    "runs": {
                        name: _run_length_encode(label_map == index)
                        for index, name in enumerate(label_fractions)
                    },
                }
            )
        return results


TASK = SemanticSegmentation


def mean_iou(counts_CC: ConfusionMatrix) -> float:
    """Mean IoU over labels that occur in targets or predictions; `counts_CC` has targets by row."""
    return float(np.nanmean(_iou(counts_CC)))


def confusion_matrix(predicted: LabelMap, target: LabelMap, num_labels: int) -> ConfusionMatrix:
    """[C, C]: pixels of each target label by predicted label."""
    known = target >= 0
    return np.bincount(
        num_labels * target[known] + predicted[known], minlength=num_labels * num_labels
    ).reshape(num_labels, num_labels)  # fmt: skip


def _run_length_encode(inside: NDArray[np.bool_]) -> list[int]:
    flat = inside.T.ravel()
    borders = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *borders, len(flat)]).tolist()
    return [0, *runs] if len(flat) and flat[0] else list(runs)


def _confusion_matrices(
    outputs: Sequence[LabelMap], rows: EncodedSplit, spec: FinetuneSpec
) -> ConfusionMatrix:
    """[N, C, C]."""
    return np.stack([
        confusion_matrix(one, load_mask(row.target, spec.labels), len(spec.labels))
        for one, row in zip(outputs, rows.rows, strict=True)
    ])  # fmt: skip


def _iou(counts_CC: ConfusionMatrix) -> NDArray[np.float64]:
    """[C]: NaN for a label that occurs in neither targets nor predictions."""
    hits = np.diag(counts_CC).astype(np.float64)
    either = counts_CC.sum(0) + counts_CC.sum(1) - hits
    return np.divide(hits, either, out=np.full(len(hits), np.nan), where=either > 0)


def _pixel_accuracy(counts_CC: ConfusionMatrix) -> float:
    return float(np.trace(counts_CC) / counts_CC.sum())


def _resize(image: ImageArray, base_model: PretrainedModel) -> ImageArray:
    """The image resized as the image processor does, without rescaling or normalizing."""
    inputs = base_model.image_processor(
        [image], do_rescale=False, do_normalize=False, return_tensors="np",
        input_data_format="channels_last",
    )  # fmt: skip
    pixels = np.asarray(inputs["pixel_values"][0]).transpose(1, 2, 0)
    return np.rint(pixels).clip(0, 255).astype(np.uint8)


def _resize_to(mask: LabelMap, size: tuple[int, int]) -> LabelMap:
    """The mask at another size, by nearest neighbor."""
    down, along = (np.arange(n) * was // n for n, was in zip(size, mask.shape, strict=True))
    return mask[down[:, None], along]
