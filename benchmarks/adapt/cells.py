"""A fresh detector of blood cells, beside thresholds of colour, on images nothing is chosen by.

    UPWELL_DATA=... python benchmarks/adapt/cells.py --rounds 20

BCCD in its own parts: 205 images to learn from, 87 to choose by, 72 to test. The peer takes what is
darker or more violet than Otsu's (1979) thresholds of the training images, parts it into connected
pieces, and calls a piece by its size and colour; which sizes is chosen on the training images.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import tarfile
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import materials
import numpy as np
from membranes import otsu
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from upwell.adapt.adapting import adapt
from upwell.adapt.precision import Found, average_precision, matched
from upwell.adapt.recipes import Dials
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Row
from upwell.data.labelled.boxes import read_boxes

LABELS = ("Platelets", "RBC", "WBC")
PIECES = (200, 500, 1000)
"""Pixels from which a piece is no dust."""

LARGE = (4000, 8000, 12000)
"""Pixels from which a violet piece is a white cell and no platelet."""


def parts(folder: Path) -> dict[str, Path]:
    """Folders of images with their boxes."""
    path = materials.data() / "img_det_bccd" / "bccd.tar.xz"
    with tarfile.open(path) as packed:
        packed.extractall(folder, filter="data")
    root = next(folder.rglob("JPEGImages")).parent
    found = {}
    for part in ("train", "val", "test"):
        found[part] = folder / "parts" / part
        found[part].mkdir(parents=True)
        for name in (root / "ImageSets" / "Main" / f"{part}.txt").read_text().split():
            shutil.copy(root / "JPEGImages" / f"{name}.jpg", found[part])
            shutil.copy(root / "Annotations" / f"{name}.xml", found[part])
    return found


def planes(row: Row) -> tuple[NDArray[Any], NDArray[Any]]:
    """How violet and how dark each pixel is, smoothed."""
    image = np.asarray(Image.open(row.texts[0]).convert("RGB"), dtype=np.float64)
    smooth = ndimage.gaussian_filter(image, (2, 2, 0))
    return smooth[..., 2] - smooth[..., 1], 255 - smooth[..., 1]


def pieces(row: Row, levels: tuple[float, float], least: int, large: int) -> Found:
    """Boxes of one image."""
    violet, dark = planes(row)
    labels, boxes, scores = [], [], []
    for kind, inside in (("violet", violet > levels[0]), ("red", dark > levels[1])):
        if kind == "red":
            inside &= violet <= levels[0]
        numbered, _ = ndimage.label(ndimage.binary_fill_holes(inside))
        sizes = np.bincount(numbered.ravel())
        for number, place in enumerate(ndimage.find_objects(numbered), start=1):
            if place is None or sizes[number] < least:
                continue
            name = "RBC" if kind == "red" else "WBC" if sizes[number] >= large else "Platelets"
            labels.append(LABELS.index(name))
            boxes.append((place[1].start, place[0].start, place[1].stop, place[0].stop))
            scores.append(float(sizes[number]))
    return Found(np.array(labels, dtype=int), np.array(boxes, float).reshape(-1, 4),
                 np.array(scores))  # fmt: skip


def right(rows: tuple[Row, ...]) -> list[Found]:
    """What there is."""
    return [
        Found(
            np.array([LABELS.index(name) for name in row.truth.names], dtype=int),
            np.array(row.truth.boxes, float).reshape(-1, 4),
            np.ones(len(row.truth.names)),
        )
        for row in rows
    ]


def peer(train: Path, test: Path) -> dict[str, Any]:
    """Average precision of the thresholds."""
    learn, held = read_boxes(train).rows[::4], read_boxes(test).rows
    both = [planes(row) for row in learn]
    levels = otsu(np.stack([v for v, _ in both])), otsu(np.stack([d for _, d in both]))

    def scored(rows: tuple[Row, ...], least: int, large: int) -> NDArray[Any]:
        found = [pieces(row, levels, least, large) for row in rows]
        return average_precision(matched(found, right(rows), len(LABELS)))

    tried = itertools.product(PIECES, LARGE)
    best = max(tried, key=lambda sizes: np.nanmean(scored(learn, *sizes)[:, 0]))
    whole = scored(held, *best)
    return {
        "least": best[0], "large": best[1],
        "map": round(float(np.nanmean(whole)), 4),
        "map_50": round(float(np.nanmean(whole[:, 0])), 4),
        **{f"ap_50_{name}": round(float(whole[i, 0]), 4) for i, name in enumerate(LABELS)},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--peer-only", action="store_true")
    asked = parser.parse_args()
    with TemporaryDirectory() as place:
        folders = parts(Path(place))
        told: dict[str, Any] = {"date": str(date.today()), "rounds": asked.rounds}
        if not asked.peer_only:
            wanted = Wanted(
                model="detector-small", data=folders["train"], dev=folders["val"],
                test=folders["test"], task="detect",
                dials=Dials(rounds=asked.rounds, rate=1e-3, batch=8),
            )  # fmt: skip
            began = time.process_time()
            made = adapt(wanted, Path(place) / "out", print, lambda *moment: None)
            told["cpu_seconds"] = round(time.process_time() - began)
            told["ours"] = {
                one.metric: [round(v, 4) for v in (one.value, one.low, one.high)]
                for one in made.scores
            }
        print(json.dumps({**told, "thresholds": peer(folders["train"], folders["test"])}))


if __name__ == "__main__":
    main()
