"""A scratch ResNet on few handwritten digits, beside a kernel SVM on the same rows.

    UPWELL_DATA=... python benchmarks/finetune/handwritten_digits.py --rows 1000 --epochs 20

MNIST's own test images, the first 2,000; the peer is scikit-learn's SVC on the pixels, its penalty
and width chosen by cross-validation on the rows to train from.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import corpora
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.metrics.bootstrap import bootstrap_interval

TEST = 2000
GRID = {"C": [1.0, 10.0, 100.0], "gamma": [0.005, 0.01, 0.02, 0.04]}
Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]


def digits(part: str) -> Digits:
    """Images [N, 28, 28] and what they are."""
    with np.load(corpora.data() / "img_mnist_20k" / f"mnist-{part}.npz") as packed:
        image, label = packed["inputs"].astype(np.float64), packed["targets"]
    return np.rint(255 * image).astype(np.uint8).reshape(-1, 28, 28), label.astype(np.int64)


def write_images(some: Digits, folder: Path) -> Path:
    """A folder for every digit."""
    for number, (image, label) in enumerate(zip(*some, strict=True)):
        target = folder / str(label)
        target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(target / f"{number}.png")
    return folder


def peer(train: Digits, test: Digits) -> list[float]:
    """Accuracy of the kernel SVM, with its interval over rows."""
    pixels = [image.reshape(len(image), -1) / 255 for image, _ in (train, test)]
    search = GridSearchCV(SVC(), GRID, cv=5).fit(pixels[0], train[1])
    right = (search.predict(pixels[1]) == test[1]).astype(float)
    rng = np.random.default_rng(0)
    draws = [right[rng.integers(0, len(right), len(right))].mean() for _ in range(1000)]
    return [round(float(v), 4) for v in (right.mean(), *bootstrap_interval(draws))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="resnet-small")
    args = parser.parse_args()
    image, label = digits("valid")
    order = np.random.default_rng(args.seed).permutation(len(label))[: args.rows]
    train = image[order], label[order]
    test_image, test_label = digits("test")
    test = test_image[:TEST], test_label[:TEST]
    with TemporaryDirectory() as tmp_dir:
        folder = Path(tmp_dir)
        config = FinetuneConfig(
            model=args.model,
            data=write_images(train, folder / "train"),
            test=write_images(test, folder / "test"),
            task="image-classification",
            method="full",
            seed=args.seed,
            hyperparameters=FinetuneHyperparameters(epochs=args.epochs, learning_rate=2e-3),
        )
        start_time = time.process_time()
        card = finetune(config, folder / "out", lambda line: None, lambda *entry: None)
        seconds = time.process_time() - start_time
    print(
        json.dumps(
            {
                "date": str(date.today()),
                **vars(args),
                "cpu_seconds": round(seconds),
                "ours": {
                    one.metric: [
                        round(v, 4) for v in (one.value, one.interval_low, one.interval_high)
                    ]
                    for one in card.scores
                },
                "linear": round(card.candidates[0].score, 4),
                "svc": peer(train, test),
            }
        )
    )


if __name__ == "__main__":
    main()
