"""A fresh residual network on few handwritten digits, beside a kernel machine on the same.

    UPWELL_DATA=... python benchmarks/adapt/digits.py --rows 1000 --rounds 20

MNIST's own test images, the first 2,000; the peer is scikit-learn's SVC on the pixels, its penalty
and width chosen by cross-validation on the rows to learn from.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import materials
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from upwell.adapt.adapting import adapt
from upwell.adapt.recipes import Dials
from upwell.adapt.scoring import interval
from upwell.adapt.wanted import Wanted

TEST = 2000
GRID = {"C": [1.0, 10.0, 100.0], "gamma": [0.005, 0.01, 0.02, 0.04]}
Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]


def digits(part: str) -> Digits:
    """Images [N, 28, 28] and what they are."""
    with np.load(materials.data() / "img_mnist_20k" / f"mnist-{part}.npz") as packed:
        image, label = packed["inputs"].astype(np.float64), packed["targets"]
    return np.rint(255 * image).astype(np.uint8).reshape(-1, 28, 28), label.astype(np.int64)


def written(some: Digits, folder: Path) -> Path:
    """A folder for every digit."""
    for number, (image, label) in enumerate(zip(*some, strict=True)):
        place = folder / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{number}.png")
    return folder


def peer(learn: Digits, test: Digits) -> list[float]:
    """Accuracy of a kernel machine, with its interval over rows."""
    shown = [image.reshape(len(image), -1) / 255 for image, _ in (learn, test)]
    found = GridSearchCV(SVC(), GRID, cv=5).fit(shown[0], learn[1])
    right = (found.predict(shown[1]) == test[1]).astype(float)
    dice = np.random.default_rng(0)
    draws = [right[dice.integers(0, len(right), len(right))].mean() for _ in range(1000)]
    return [round(float(v), 4) for v in (right.mean(), *interval(draws))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="resnet-small")
    asked = parser.parse_args()
    image, label = digits("valid")
    order = np.random.default_rng(asked.seed).permutation(len(label))[: asked.rows]
    learn = image[order], label[order]
    test = tuple(values[:TEST] for values in digits("test"))
    with TemporaryDirectory() as place:
        folder = Path(place)
        wanted = Wanted(
            model=asked.model, data=written(learn, folder / "train"),
            test=written(test, folder / "test"), task="classify_images", method="full",
            seed=asked.seed, dials=Dials(rounds=asked.rounds, rate=2e-3),
        )  # fmt: skip
        began = time.process_time()
        made = adapt(wanted, folder / "out", lambda line: None, lambda *moment: None)
        took = time.process_time() - began
    print(json.dumps({
        "date": str(date.today()), **vars(asked), "cpu_seconds": round(took),
        "ours": {one.metric: [round(v, 4) for v in (one.value, one.low, one.high)]
                 for one in made.scores},
        "head": round(made.tried[0].score, 4),
        "svc": peer(learn, test),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
