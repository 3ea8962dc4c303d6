"""A scratch detector on blood cells, beside color thresholds, on test images.

    UPWELL_DATA=... python benchmarks/finetune/blood_cells.py --epochs 26

The split is that of the dataset (BCCD: 205 training, 87 dev and 72 test images). The peer
thresholds a color (Otsu 1979), applies a morphological opening, and boxes the connected components.
Color, level and opening are selected for each kind of cell by precision on training images. The
score of a box is the similarity of its size to the usual size.
"""

from __future__ import annotations

import argparse
import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import corpora
import numpy as np
from membranes import otsu
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_fill_holes, binary_opening, find_objects, gaussian_filter, label

from upwell.data.labeled import Row
from upwell.data.labeled.boxes import read_boxes
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.metrics.bootstrap import bootstrap_interval
from upwell.metrics.detection import Detections, average_precision, match_detections

Grey = NDArray[np.float64]
KINDS = ("Platelets", "RBC", "WBC")

COLORS: dict[str, Callable[[Grey], Grey]] = {
    "dark": lambda image: -image[..., 1],
    "blue over green": lambda image: image[..., 2] - image[..., 1],
    "blue over red": lambda image: image[..., 2] - image[..., 0],
    "saturation": lambda image: image.max(2) - image.min(2),
}
OPENINGS = (0, 2, 4)
LEVELS = (1, 2)
"""Otsu's grey, or that of what lies above it."""

TRAIN_IMAGE_STEP = 4
"""Every fourth training image is used for selection."""

MIN_SIMILARITY = 0.2


@dataclass(frozen=True)
class Thresholding:
    """The thresholding of one kind of cell."""

    color: str
    level: int
    opening: int


def unpack(folder: Path) -> Path:
    """The images and their boxes as `train`, `val` and `test`."""
    with tarfile.open(corpora.data() / "img_det_bccd" / "bccd.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    root = next(folder.rglob("JPEGImages")).parent
    for part in ("train", "val", "test"):
        target = folder / "set" / part
        target.mkdir(parents=True)
        for name in (root / "ImageSets" / "Main" / f"{part}.txt").read_text().split():
            for own, suffix in (("JPEGImages", ".jpg"), ("Annotations", ".xml")):
                (root / own / f"{name}{suffix}").rename(target / f"{name}{suffix}")
    return folder / "set"


def compute_colors(row: Row) -> dict[str, Grey]:
    """Each color channel of an image at half its size."""
    with Image.open(row.texts[0]) as opened:
        half = opened.convert("RGB").resize((opened.width // 2, opened.height // 2))
    image = gaussian_filter(np.asarray(half, dtype=np.float64), (1, 1, 0))
    return {name: act(image) for name, act in COLORS.items()}


def fit_levels(images: list[dict[str, Grey]]) -> dict[tuple[str, int], float]:
    """One level for all images."""
    thresholds = {}
    for name in COLORS:
        values = np.stack([image[name] for image in images])
        thresholds[name, 1] = otsu(values)
        thresholds[name, 2] = otsu(values[values > thresholds[name, 1]])
    return thresholds


def boxes(
    image: dict[str, Grey], thresholding: Thresholding, level: float, usual: Grey
) -> tuple[Grey, Grey]:
    """Boxes in pixels of the whole image, and how near each is to the usual size."""
    inside = binary_fill_holes(image[thresholding.color] > level)
    if thresholding.opening:
        inside = binary_opening(inside, iterations=thresholding.opening)
    parts = find_objects(label(inside)[0])
    corners = np.array(
        [(2 * x.start, 2 * y.start, 2 * x.stop, 2 * y.stop) for y, x in parts], dtype=np.float64
    ).reshape(-1, 4)
    size = corners[:, 2:] - corners[:, :2]
    near = np.exp(-np.abs(np.log(size / usual)).sum(1))
    return corners[near > MIN_SIMILARITY], near[near > MIN_SIMILARITY]


def right(rows: list[Row]) -> list[Detections]:
    """What is in the images."""
    return [
        Detections(
            np.array([KINDS.index(name) for name in row.target.names], dtype=np.int64),
            np.array(row.target.boxes, dtype=np.float64).reshape(-1, 4),
            np.ones(len(row.target.names)),
        )
        for row in rows
        if row.target is not None
    ]


def peer(folder: Path) -> dict[str, object]:
    """Precision of the thresholds on the test images."""
    train, test = (list(read_boxes(folder / part).rows) for part in ("train", "test"))
    train = train[::TRAIN_IMAGE_STEP]
    of_train, there = [compute_colors(row) for row in train], right(train)
    level = fit_levels(of_train)

    def detect(
        images: list[dict[str, Grey]], kind: int, thresholding: Thresholding, usual: Grey
    ) -> list[Detections]:
        outputs = [
            boxes(image, thresholding, level[thresholding.color, thresholding.level], usual)
            for image in images
        ]
        return [Detections(np.full(len(b), kind, dtype=np.int64), b, s) for b, s in outputs]

    of_test = [compute_colors(row) for row in test]
    thresholdings, detections = {}, []
    for kind, name in enumerate(KINDS):
        own = np.concatenate([one.boxes[one.labels == kind] for one in there])
        usual = np.median(own[:, 2:] - own[:, :2], axis=0)

        def score(thresholding: Thresholding, kind: int = kind, usual: Grey = usual) -> float:
            matches = match_detections(
                detect(of_train, kind, thresholding, usual), there, len(KINDS)
            )
            return float(average_precision(matches)[kind, 0])

        thresholdings[name] = max(
            (Thresholding(*each) for each in product(COLORS, LEVELS, OPENINGS)), key=score
        )
        detections.append(detect(of_test, kind, thresholdings[name], usual))
    whole = [
        Detections(
            *(
                np.concatenate([getattr(one, part) for one in image])
                for part in ("labels", "boxes", "scores")
            )
        )
        for image in zip(*detections, strict=True)
    ]
    images = match_detections(whole, right(test), len(KINDS))
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(images), len(images)) for _ in range(200)]
    samples = [average_precision([images[i] for i in draw]) for draw in draws]
    precision = average_precision(images)

    def with_interval(act: Callable[[Grey], float]) -> list[float]:
        return [
            round(v, 3)
            for v in (act(precision), *bootstrap_interval([act(one) for one in samples]))
        ]

    return {
        "map": with_interval(lambda one: float(np.nanmean(one))),
        "map_50": with_interval(lambda one: float(np.nanmean(one[:, 0]))),
        **{
            f"ap_50_{name}": with_interval(lambda one, kind=kind: float(one[kind, 0]))
            for kind, name in enumerate(KINDS)
        },
        "thresholdings": {
            name: [thresholding.color, thresholding.level, thresholding.opening]
            for name, thresholding in thresholdings.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=26, help="0 for the peer alone")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    record: dict[str, object] = {"date": str(date.today()), **vars(args)}
    with TemporaryDirectory() as tmp_dir:
        folder = unpack(Path(tmp_dir))
        if args.epochs:
            start_time = time.process_time()
            config = FinetuneConfig(
                model="rtdetr-small",
                data=folder / "train",
                dev=folder / "val",
                test=folder / "test",
                task="object-detection",
                seed=args.seed,
                hyperparameters=FinetuneHyperparameters(
                    epochs=args.epochs, learning_rate=7e-4, batch_size=2
                ),
            )
            card = finetune(config, Path(tmp_dir) / "out", lambda line: None, lambda *entry: None)
            record["cpu_seconds"] = round(time.process_time() - start_time)
            record["ours"] = {
                one.metric: [round(v, 3) for v in (one.value, one.interval_low, one.interval_high)]
                for one in card.scores
            }
        record["threshold"] = peer(folder)
    print(json.dumps(record))


if __name__ == "__main__":
    main()
