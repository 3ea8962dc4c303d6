"""A fresh SegFormer on neuron membranes, beside a grey threshold, on images nothing is chosen by.

    UPWELL_DATA=... python benchmarks/adapt/membranes.py --rounds 60

Every third image is a test image. The threshold is Otsu's (1979), one for all training images, on
images smoothed by a Gaussian whose width the training images choose; 90 % intervals over images.
"""

from __future__ import annotations

import argparse
import io
import json
import tarfile
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import materials
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from upwell.adapt.adapting import adapt
from upwell.adapt.recipes import Dials
from upwell.adapt.scoring import interval
from upwell.adapt.tasks.segment import counted, mean_iou
from upwell.adapt.wanted import Wanted

SMOOTH = (0.0, 1.0, 2.0, 3.0)
Grey = NDArray[np.float64]


def images() -> list[tuple[Image.Image, Image.Image]]:
    """Every image with its mask."""
    path = materials.data() / "img_seg_membrane" / "membrane.tar.xz"
    with tarfile.open(path) as packed:

        def opened(kind: str, number: int) -> Image.Image:
            file = packed.extractfile(f"membrane/train/{kind}/{number}.png")
            assert file is not None
            return Image.open(io.BytesIO(file.read())).convert("L")

        return [(opened("image", n), opened("label", n)) for n in range(30)]


def otsu(values: Grey) -> float:
    """The grey that parts values into two groups that differ most between them."""
    counts, edges = np.histogram(values, 256)
    middle, weight = (edges[1:] + edges[:-1]) / 2, counts / counts.sum()
    below, mean = weight.cumsum(), (weight * middle).cumsum()
    inside = (below > 0) & (below < 1)
    between = (mean[-1] * below - mean)[inside] ** 2 / (below * (1 - below))[inside]
    return float(middle[inside][between.argmax()])


def peer(train: list[int], test: list[int]) -> dict[str, object]:
    """Mean intersection over union of the threshold."""
    pairs = [(np.asarray(a, float), (np.asarray(b) > 0).astype(int)) for a, b in images()]

    def scored(places: list[int], smooth: float, level: float) -> NDArray[np.int64]:
        return np.stack([
            counted((gaussian_filter(pairs[p][0], smooth) > level).astype(int), pairs[p][1], 2)
            for p in places
        ])  # fmt: skip

    levels = {s: otsu(np.stack([gaussian_filter(pairs[p][0], s) for p in train])) for s in SMOOTH}
    best = max(SMOOTH, key=lambda s: mean_iou(scored(train, s, levels[s]).sum(0)))
    counts = scored(test, best, levels[best])
    dice = np.random.default_rng(0)
    chosen = dice.integers(0, len(counts), (1000, len(counts)))
    draws = [mean_iou(counts[draw].sum(0)) for draw in chosen]
    low, high = interval(draws)
    right = float(np.trace(counts.sum(0)) / counts.sum())
    return {"smooth": best, "mean_iou": mean_iou(counts.sum(0)), "low": low, "high": high,
            "pixel_accuracy": right}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    test = list(range(2, 30, 3))
    train = [n for n in range(30) if n not in test]
    with TemporaryDirectory() as place:
        folder = Path(place)
        for number, pair in enumerate(images()):
            part = "test" if number in test else "train"
            for name, image in zip(("images", "masks"), pair, strict=True):
                (folder / part / name).mkdir(parents=True, exist_ok=True)
                image.save(folder / part / name / f"{number}.png")
        wanted = Wanted(
            model="segformer-small", data=folder / "train", test=folder / "test", task="segment",
            seed=asked.seed, dials=Dials(rounds=asked.rounds, rate=2e-3, batch=4),
        )  # fmt: skip
        began = time.process_time()
        made = adapt(wanted, folder / "out", lambda line: None, lambda *moment: None)
        took = time.process_time() - began
    print(json.dumps({
        "date": str(date.today()), "rounds": asked.rounds, "seed": asked.seed,
        "cpu_seconds": round(took),
        "ours": {
            one.metric: [round(v, 4) for v in (one.value, one.low, one.high)]
            for one in made.scores
        },
        "threshold": peer(train, test),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
