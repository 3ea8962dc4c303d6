"""A scratch SegFormer on neuron membranes, beside a gray threshold, on test images.

    UPWELL_DATA=... python benchmarks/finetune/membranes.py --epochs 60

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

import corpora
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.finetune.tasks.semantic_segmentation import confusion_matrix, mean_iou
from upwell.metrics.bootstrap import bootstrap_interval

SMOOTH = (0.0, 1.0, 2.0, 3.0)
Grey = NDArray[np.float64]


def images() -> list[tuple[Image.Image, Image.Image]]:
    """Every image with its mask."""
    path = corpora.data() / "img_seg_membrane" / "membrane.tar.xz"
    with tarfile.open(path) as packed:

        def open_image(kind: str, number: int) -> Image.Image:
            file = packed.extractfile(f"membrane/train/{kind}/{number}.png")
            assert file is not None
            return Image.open(io.BytesIO(file.read())).convert("L")

        return [(open_image("image", n), open_image("label", n)) for n in range(30)]


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

    def count_confusions(indices: list[int], smooth: float, level: float) -> NDArray[np.int64]:
        return np.stack(
            [
                confusion_matrix(
                    (gaussian_filter(pairs[p][0], smooth) > level).astype(int), pairs[p][1], 2
                )
                for p in indices
            ]
        )

    levels = {s: otsu(np.stack([gaussian_filter(pairs[p][0], s) for p in train])) for s in SMOOTH}
    best = max(SMOOTH, key=lambda s: mean_iou(count_confusions(train, s, levels[s]).sum(0)))
    counts = count_confusions(test, best, levels[best])
    rng = np.random.default_rng(0)
    samples = rng.integers(0, len(counts), (1000, len(counts)))
    draws = [mean_iou(counts[draw].sum(0)) for draw in samples]
    low, high = bootstrap_interval(draws)
    right = float(np.trace(counts.sum(0)) / counts.sum())
    return {
        "smooth": best,
        "mean_iou": mean_iou(counts.sum(0)),
        "low": low,
        "high": high,
        "pixel_accuracy": right,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    test = list(range(2, 30, 3))
    train = [n for n in range(30) if n not in test]
    with TemporaryDirectory() as tmp_dir:
        folder = Path(tmp_dir)
        for number, pair in enumerate(images()):
            part = "test" if number in test else "train"
            for name, image in zip(("images", "masks"), pair, strict=True):
                (folder / part / name).mkdir(parents=True, exist_ok=True)
                image.save(folder / part / name / f"{number}.png")
        config = FinetuneConfig(
            model="segformer-small",
            data=folder / "train",
            test=folder / "test",
            task="semantic-segmentation",
            seed=args.seed,
            hyperparameters=FinetuneHyperparameters(
                epochs=args.epochs, learning_rate=2e-3, batch_size=4
            ),
        )
        start_time = time.process_time()
        card = finetune(config, folder / "out", lambda line: None, lambda *entry: None)
        seconds = time.process_time() - start_time
    print(
        json.dumps(
            {
                "date": str(date.today()),
                "rounds": args.epochs,
                "seed": args.seed,
                "cpu_seconds": round(seconds),
                "ours": {
                    one.metric: [
                        round(v, 4) for v in (one.value, one.interval_low, one.interval_high)
                    ]
                    for one in card.scores
                },
                "threshold": peer(train, test),
            }
        )
    )


if __name__ == "__main__":
    main()
