"""Semantic segmentation: what every pixel of an image is of.

Axes: B images, C labels, H rows, W columns.
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
from torch.nn import functional
from transformers import AutoModelForSemanticSegmentation

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled.filed import file_row
from ...data.labelled.files import FORMATS as FILES
from ...data.labelled.masks import mask_of, names_of, read_masks
from ...models.network import Batch
from ...records import Adapt, Adapted, Score, Shown
from .. import pictures
from ..encoding import LEFT_OUT
from ..given import OFFLINE, Given
from ..labels import named
from ..network import Whole
from ..scoring import SAMPLES, interval
from ..seeing import Image, prepared, seen, side

if TYPE_CHECKING:
    from ..material import Rows

READS = "images"
FITTED = False
FORMATS = FILES
MOST_CHOOSING = 200

CROP = 192
"""Pixels along a side of what is learnt from at a time, at most."""

AT_ONCE = 4
Counts = NDArray[np.int64]
Map = NDArray[np.int64]
"""[H, W]: the number of each pixel's label."""


@dataclass(frozen=True)
class Scenes:
    """Images at the processor's size, with their masks where they are known."""

    images: tuple[Image, ...]
    masks: tuple[Map, ...]
    sizes: tuple[tuple[int, int], ...]
    """Rows and columns of each image as it came."""

    processor: Any
    crop: int
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
        """Crops of these images and of their masks, turned and mirrored; their middles without
        dice."""
        chosen = [self._crop(place, dice) for place in places]
        shown = self.processor(
            [image for image, _ in chosen],
            do_resize=False,
            return_tensors="np",
            input_data_format="channels_last",
        )
        return {
            "pixel_values": np.asarray(shown["pixel_values"], dtype=np.float32),
            "mask": np.stack([mask for _, mask in chosen]),
        }

    def _crop(self, place: int, dice: np.random.Generator | None) -> tuple[Image, Map]:
        image, mask = self.images[place], self.masks[place]
        height, width = (min(self.crop, size) for size in mask.shape)
        room = mask.shape[0] - height, mask.shape[1] - width
        if dice is None:
            top, left = room[0] // 2, room[1] // 2
        else:
            top, left = (int(dice.integers(0, each + 1)) for each in room)
        part = np.s_[top : top + height, left : left + width]
        image, mask = image[part], mask[part]
        if dice is not None and dice.random() < 0.5:
            image, mask = image[:, ::-1], mask[:, ::-1]
        return np.ascontiguousarray(image), np.ascontiguousarray(mask)


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Images and masks of a folder, or of a list with both paths."""
    return read_masks(path, columns, labelled=labelled)


def row(number: int, text: str) -> Row:
    """A file as a row."""
    return file_row(number, text)


def labels_of(data: Labelled) -> tuple[str, ...]:
    """What pixels are told apart into."""
    return names_of(data.rows)


def length(given: Given, learn: Labelled) -> int:
    """Pixels along a side of what is learnt from at a time."""
    whole = side(given)
    return min(CROP, whole) if whole else CROP


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Scenes:
    """Images brought to the processor's size once, and masks beside them."""
    came = seen(rows, given)
    images = [_resized(image, given) for image in came]
    masks = tuple(
        np.full(image.shape[:2], LEFT_OUT) if row.truth is None else
        _like(mask_of(row.truth, labels), image.shape[:2])
        for row, image in zip(rows, images, strict=True)
    )  # fmt: skip
    sizes = tuple((image.shape[0], image.shape[1]) for image in came)
    return Scenes(tuple(images), masks, sizes, given.processor, length)


def body(given: Given, adapt: Adapt) -> Whole:
    """The model with a fresh head for these labels."""
    model = AutoModelForSemanticSegmentation.from_pretrained(
        given.path, num_labels=len(adapt.labels), ignore_mismatched_sizes=True, **OFFLINE
    )
    return Whole(model, ("pixel_values",), based=True)


def loaded(given: Given) -> Whole:
    """The model of a folder that was shipped, in eval mode."""
    model = AutoModelForSemanticSegmentation.from_pretrained(given.path, **OFFLINE)
    return Whole(model.eval(), ("pixel_values",))


def shipped(body: Whole, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers that was trained."""
    named(body.model.config, adapt.labels, several=False)
    return body.model.eval()


def loss(said: Any, part: Batch, whole: Batch, adapt: Adapt) -> dict[str, Tensor]:
    """Cross-entropy a pixel."""
    mask = part["mask"]
    logits_BCHW = functional.interpolate(
        said.logits, size=mask.shape[1:], mode="bilinear", align_corners=False
    )
    total = functional.cross_entropy(
        logits_BCHW, mask, ignore_index=LEFT_OUT, label_smoothing=adapt.smoothing, reduction="sum"
    )
    return {"loss": total / (whole["mask"] != LEFT_OUT).sum()}


def outputs(body: Whole, given: Given, rows: Scenes, adapt: Adapt) -> list[Map]:
    """What every pixel of each image is of, at the size it came in."""
    found: list[Map] = []
    for place, image in enumerate(rows.images):
        shown = prepared([image], rows.processor, do_resize=False)
        logits = body({"pixel_values": torch.from_numpy(shown["pixel_values"])}).logits
        whole = functional.interpolate(
            logits, size=rows.sizes[place], mode="bilinear", align_corners=False
        )
        found.append(whole[0].argmax(0).numpy())
    return found


def scores(said: Sequence[Map], rows: Rows, adapt: Adapt, several: bool) -> tuple[Score, ...]:
    """Mean intersection over union, pixels right, and every label's own; intervals over images."""
    counts = _counted(said, rows, adapt)
    dice = np.random.default_rng(0)
    draws = dice.integers(0, len(counts), (SAMPLES, len(counts)))
    samples = [counts[draw].sum(0) for draw in draws]
    whole = counts.sum(0)
    metrics = [("mean_iou", mean_iou), ("pixel_accuracy", _right)] + [
        (f"iou_{name}", lambda sums, place=place: float(_iou(sums)[place]))
        for place, name in enumerate(adapt.labels)
    ]
    found = []
    for name, act in metrics:
        values = [value for value in map(act, samples) if np.isfinite(value)]
        low, high = interval(values) if values else (0.0, 1.0)
        value = act(whole)
        if np.isfinite(value):
            found.append(Score(metric=name, value=value, low=low, high=high, rows=len(counts)))
    return tuple(found)


def main_score(said: Sequence[Map], rows: Rows, adapt: Adapt, several: bool) -> float:
    """Mean intersection over union of all images together."""
    return mean_iou(_counted(said, rows, adapt).sum(0))


def mean_iou(counts_CC: Counts) -> float:
    """Of the labels that are there or are said; `counts_CC` has right labels by row."""
    return float(np.nanmean(_iou(counts_CC)))


def counted(said: Map, right: Map, labels: int) -> Counts:
    """[C, C]: pixels of each right label by what is said of them."""
    known = right >= 0
    return np.bincount(
        labels * right[known] + said[known], minlength=labels * labels
    ).reshape(labels, labels)  # fmt: skip


def shown(said: Sequence[Map], rows: Rows, adapt: Adapt, several: bool) -> tuple[Shown, ...]:
    """Images with how much of each is right."""
    each = _counted(said, rows, adapt)
    return tuple(
        Shown(
            line=row.line,
            text=Path(row.texts[0]).name,
            label="its mask",
            said=f"{_right(counts):.1%} of the pixels right",
            score=mean_iou(counts),
        )
        for row, counts in zip(rows.rows, each, strict=True)
    )


def picture(said: Sequence[Map], rows: Rows, adapt: Adapt) -> bytes:
    """A few images with the masks that are right beside those that are said."""
    pairs = [
        (
            pictures.masked(rows.encoded.images[place], mask_of(row.truth, adapt.labels)),
            pictures.masked(rows.encoded.images[place], said[place]),
        )
        for place, row in enumerate(rows.rows[: pictures.SHOWN])
    ]
    return pictures.paired(pairs, list(enumerate(adapt.labels))[1:])


def predictions(
    said: Sequence[Map], rows: Sequence[Row], encoded: Scenes, adapted: Adapted
) -> list[dict[str, Any]]:
    """How much of each image is of which label, and its mask in runs as COCO counts them: pixels
    column by column, in turn without and with the label."""
    found = []
    for row, one in zip(rows, said, strict=True):
        shares = np.bincount(one.ravel(), minlength=len(adapted.adapt.labels)) / one.size
        told = dict(zip(adapted.adapt.labels, shares.tolist(), strict=True))
        found.append(
            {
                "text": row.texts[0],
                "said": ", ".join(f"{name} {share:.1%}" for name, share in told.items() if share),
                "probability": None,
                "abstain": False,
                "size": list(one.shape),
                "runs": {name: _runs(one == place) for place, name in enumerate(told)},
            }
        )
    return found


def _runs(inside: NDArray[np.bool_]) -> list[int]:
    flat = inside.T.ravel()
    borders = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *borders, len(flat)]).tolist()
    return [0, *runs] if len(flat) and flat[0] else list(runs)


def _counted(said: Sequence[Map], rows: Rows, adapt: Adapt) -> Counts:
    """[N, C, C]."""
    return np.stack([
        counted(one, mask_of(row.truth, adapt.labels), len(adapt.labels))
        for one, row in zip(said, rows.rows, strict=True)
    ])  # fmt: skip


def _iou(counts_CC: Counts) -> NDArray[np.float64]:
    """[C]: NaN for a label that is neither there nor said."""
    hits = np.diag(counts_CC).astype(np.float64)
    either = counts_CC.sum(0) + counts_CC.sum(1) - hits
    return np.divide(hits, either, out=np.full(len(hits), np.nan), where=either > 0)


def _right(counts_CC: Counts) -> float:
    return float(np.trace(counts_CC) / counts_CC.sum())


def _resized(image: Image, given: Given) -> Image:
    """As the processor would bring it to size, and nothing else."""
    shown = given.processor(
        [image], do_rescale=False, do_normalize=False, return_tensors="np",
        input_data_format="channels_last",
    )  # fmt: skip
    found = np.asarray(shown["pixel_values"][0]).transpose(1, 2, 0)
    return np.rint(found).clip(0, 255).astype(np.uint8)


def _like(mask: Map, size: tuple[int, int]) -> Map:
    """A mask at another size, each pixel the nearest of its own."""
    down, along = (np.arange(n) * was // n for n, was in zip(size, mask.shape, strict=True))
    return mask[down[:, None], along]
