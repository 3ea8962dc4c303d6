"""A fresh detector on blood cells, beside thresholds of colour, on images nothing is chosen by.

    UPWELL_DATA=... python benchmarks/adapt/cells.py --rounds 26

The split is the one that the data set comes with (BCCD: 205 images to learn from, 87 to choose by,
72 to test). The peer takes a colour, parts it by Otsu's (1979) grey, opens what is above and boxes
what hangs together; colour, level and opening are chosen for every kind of cell by precision on
training images, and a box is the surer the nearer its size is to what is usual there.
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

import materials
import numpy as np
from membranes import otsu
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_fill_holes, binary_opening, find_objects, gaussian_filter, label

from upwell.adapt.adapting import adapt
from upwell.adapt.precision import Found, average_precision, matched
from upwell.adapt.recipes import Dials
from upwell.adapt.scoring import interval
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Row
from upwell.data.labelled.boxes import read_boxes

Grey = NDArray[np.float64]
KINDS = ("Platelets", "RBC", "WBC")

COLOURS: dict[str, Callable[[Grey], Grey]] = {
    "dark": lambda image: -image[..., 1],
    "blue over green": lambda image: image[..., 2] - image[..., 1],
    "blue over red": lambda image: image[..., 2] - image[..., 0],
    "saturation": lambda image: image.max(2) - image.min(2),
}
OPENINGS = (0, 2, 4)
LEVELS = (1, 2)
"""Otsu's grey, or that of what lies above it."""

SOME = 4
"""Of so many training images one is chosen by."""

LEAST = 0.2


@dataclass(frozen=True)
class Way:
    """How a kind of cell is found."""

    colour: str
    level: int
    opening: int


def unpacked(folder: Path) -> Path:
    """The images and their boxes as `train`, `val` and `test`."""
    with tarfile.open(materials.data() / "img_det_bccd" / "bccd.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    root = next(folder.rglob("JPEGImages")).parent
    for part in ("train", "val", "test"):
        place = folder / "set" / part
        place.mkdir(parents=True)
        for name in (root / "ImageSets" / "Main" / f"{part}.txt").read_text().split():
            for own, suffix in (("JPEGImages", ".jpg"), ("Annotations", ".xml")):
                (root / own / f"{name}{suffix}").rename(place / f"{name}{suffix}")
    return folder / "set"


def colours(row: Row) -> dict[str, Grey]:
    """Every colour of an image at half its size."""
    with Image.open(row.texts[0]) as opened:
        half = opened.convert("RGB").resize((opened.width // 2, opened.height // 2))
    image = gaussian_filter(np.asarray(half, dtype=np.float64), (1, 1, 0))
    return {name: act(image) for name, act in COLOURS.items()}


def levels(images: list[dict[str, Grey]]) -> dict[tuple[str, int], float]:
    """One level for all images."""
    found = {}
    for name in COLOURS:
        values = np.stack([image[name] for image in images])
        found[name, 1] = otsu(values)
        found[name, 2] = otsu(values[values > found[name, 1]])
    return found


def boxes(image: dict[str, Grey], way: Way, level: float, usual: Grey) -> tuple[Grey, Grey]:
    """Boxes in pixels of the whole image, and how near each is to the usual size."""
    inside = binary_fill_holes(image[way.colour] > level)
    if way.opening:
        inside = binary_opening(inside, iterations=way.opening)
    parts = find_objects(label(inside)[0])
    found = np.array(
        [(2 * x.start, 2 * y.start, 2 * x.stop, 2 * y.stop) for y, x in parts], dtype=np.float64
    ).reshape(-1, 4)
    size = found[:, 2:] - found[:, :2]
    near = np.exp(-np.abs(np.log(size / usual)).sum(1))
    return found[near > LEAST], near[near > LEAST]


def right(rows: list[Row]) -> list[Found]:
    """What is in the images."""
    return [
        Found(
            np.array([KINDS.index(name) for name in row.truth.names], dtype=np.int64),
            np.array(row.truth.boxes, dtype=np.float64).reshape(-1, 4),
            np.ones(len(row.truth.names)),
        )
        for row in rows
        if row.truth is not None
    ]


def peer(folder: Path) -> dict[str, object]:
    """Precision of the thresholds on the test images."""
    train, test = (list(read_boxes(folder / part).rows) for part in ("train", "test"))
    train = train[::SOME]
    of_train, there = [colours(row) for row in train], right(train)
    level = levels(of_train)

    def found(images: list[dict[str, Grey]], kind: int, way: Way, usual: Grey) -> list[Found]:
        told = [boxes(image, way, level[way.colour, way.level], usual) for image in images]
        return [Found(np.full(len(b), kind, dtype=np.int64), b, s) for b, s in told]

    of_test = [colours(row) for row in test]
    ways, said = {}, []
    for kind, name in enumerate(KINDS):
        own = np.concatenate([one.boxes[one.labels == kind] for one in there])
        usual = np.median(own[:, 2:] - own[:, :2], axis=0)

        def score(way: Way, kind: int = kind, usual: Grey = usual) -> float:
            told = matched(found(of_train, kind, way, usual), there, len(KINDS))
            return float(average_precision(told)[kind, 0])

        ways[name] = max((Way(*each) for each in product(COLOURS, LEVELS, OPENINGS)), key=score)
        said.append(found(of_test, kind, ways[name], usual))
    whole = [
        Found(*(np.concatenate([getattr(one, part) for one in image]) for part in
                ("labels", "boxes", "scores")))
        for image in zip(*said, strict=True)
    ]  # fmt: skip
    images = matched(whole, right(test), len(KINDS))
    dice = np.random.default_rng(0)
    draws = [dice.integers(0, len(images), len(images)) for _ in range(200)]
    samples = [average_precision([images[i] for i in draw]) for draw in draws]
    precision = average_precision(images)

    def told(act: Callable[[Grey], float]) -> list[float]:
        return [round(v, 3) for v in (act(precision), *interval([act(one) for one in samples]))]

    return {
        "map": told(lambda one: float(np.nanmean(one))),
        "map_50": told(lambda one: float(np.nanmean(one[:, 0]))),
        **{f"ap_50_{name}": told(lambda one, kind=kind: float(one[kind, 0]))
           for kind, name in enumerate(KINDS)},
        "ways": {name: [way.colour, way.level, way.opening] for name, way in ways.items()},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=26, help="0 for the peer alone")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    told: dict[str, object] = {"date": str(date.today()), **vars(asked)}
    with TemporaryDirectory() as place:
        folder = unpacked(Path(place))
        if asked.rounds:
            began = time.process_time()
            wanted = Wanted(
                model="detector-small", data=folder / "train", dev=folder / "val",
                test=folder / "test", task="detect", seed=asked.seed,
                dials=Dials(rounds=asked.rounds, rate=7e-4, batch=2),
            )  # fmt: skip
            made = adapt(wanted, Path(place) / "out", lambda line: None, lambda *moment: None)
            told["cpu_seconds"] = round(time.process_time() - began)
            told["ours"] = {
                one.metric: [round(v, 3) for v in (one.value, one.low, one.high)]
                for one in made.scores
            }
        told["threshold"] = peer(folder)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
