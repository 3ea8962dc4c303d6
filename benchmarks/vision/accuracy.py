"""Image classification by small networks, beside scikit-learn's classifiers on the same rows.

    python -m benchmarks.vision.accuracy digits    (about two minutes)
    python -m benchmarks.vision.accuracy mnist     (about ten minutes; needs UPWELL_DATA)
    python -m benchmarks.vision.accuracy cifar     (about half an hour; needs UPWELL_DATA)
    python -m benchmarks.vision.accuracy spoken_digits    (a minute; needs UPWELL_DATA)

`digits`: scikit-learn's digits, five stratified splits of 80 and 20 %, a network for each. `mnist`:
10,000 training and 10,000 test images, five seeds. `cifar`: 25,000 training and 5,000 test images,
one seed, with a bootstrap interval over the test images. All on one thread. CPU seconds count
reading, training and evaluation. Recipes were selected on parts of the training rows.
"""

from __future__ import annotations

import argparse
import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.vision.trained_model import (
    TrainedModel,
    format_spread,
    interval,
    train_and_evaluate,
)
from upwell.data import load_examples
from upwell.records import DataSpec, ModelSpec, Train

SEEDS = 5


@dataclass(frozen=True)
class Task:
    """A network, its recipe, and the data of each seed."""

    model: ModelSpec
    recipe: Train
    epochs: float
    data: Callable[[Path], Iterator[DataSpec]]
    """Rows of each seed; the argument is a folder to write to."""

    peers: bool = True


def recipe(width: int, **fields: Any) -> Train:
    """Muon with a long decay. The learning rate is for the width of the network itself."""
    return Train(
        context_length=1,
        optimizer="muon",
        embedding_lr=0.01,
        base_width=width,
        warmup_fraction=0.05,
        max_grad_norm=1e9,
        **fields,
    )


def dataset_dir(name: str) -> Path:
    """Folder of a data set in UPWELL_DATA."""
    root = os.environ.get("UPWELL_DATA")
    if not root or not Path(root, name).is_dir():
        raise SystemExit(f"needs {name} in the folder that UPWELL_DATA names")
    return Path(root, name)


def digits(folder: Path) -> Iterator[DataSpec]:
    """Five stratified splits."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    image, label = load_digits(return_X_y=True)
    image = np.round(image * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8)
    for seed in range(SEEDS):
        parts = train_test_split(image, label, test_size=0.2, stratify=label, random_state=seed)
        paths = [folder / f"{part}{seed}.npz" for part in ("train", "test")]
        for path, images, labels in zip(paths, parts[:2], parts[2:], strict=True):
            np.savez(path, image=images, label=labels)
        options = {"path": str(paths[0]), "test": str(paths[1]), "augment": "crop=1"}
        yield DataSpec(source="npz", options=options)


def mnist(_: Path) -> Iterator[DataSpec]:
    """The same rows five times."""
    folder = dataset_dir("img_mnist_20k")
    options = {
        "path": str(folder / "mnist-valid.npz"), "test": str(folder / "mnist-test.npz"),
        "values": "inputs", "label": "targets", "image_size": 28, "augment": "crop=2",
    }  # fmt: skip
    yield from [DataSpec(source="npz", options=options)] * SEEDS


def cifar(folder: Path) -> Iterator[DataSpec]:
    """Images in folders."""
    with tarfile.open(dataset_dir("img_cifar10_30k") / "cifar10_30k.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    options = {"path": str(folder / "cifar10"), "augment": "crop=4,flip,cutout=8"}
    yield DataSpec(source="images", options=options)


def spoken_digits(folder: Path) -> Iterator[DataSpec]:
    """Recordings of spoken digits. The first five of each speaker and digit are test rows."""
    with tarfile.open(dataset_dir("audio_fsdd") / "fsdd.tar.xz") as packed:
        packed.extractall(folder / "all", filter="data")
    for file in sorted((folder / "all").rglob("*.wav")):
        digit, _, take = file.stem.split("_")
        class_dir = folder / "classes" / ("test" if int(take) < 5 else "train") / digit
        class_dir.mkdir(parents=True, exist_ok=True)
        file.rename(class_dir / file.name)
    options = {"path": str(folder / "classes"), "seconds": 0.8, "augment": "crop=2,cutout=8"}
    yield DataSpec(source="audio", options=options)


TASKS = {
    "digits": Task(
        ModelSpec(
            family="cnn", hparams={"image_size": 8, "channels": 1, "num_classes": 10, "width": 32}
        ),
        recipe(32, batch_size=64, learning_rate=0.05, decay_fraction=0.8),
        40,
        digits,
    ),
    "mnist": Task(
        ModelSpec(
            family="cnn", hparams={"image_size": 28, "channels": 1, "num_classes": 10, "width": 16}
        ),
        recipe(16, batch_size=64, learning_rate=0.05, decay_fraction=0.8),
        10,
        mnist,
    ),
    "cifar": Task(
        ModelSpec(
            family="resnet",
            hparams={"image_size": 32, "channels": 3, "num_classes": 10, "width": 16},
        ),
        recipe(16, batch_size=128, learning_rate=0.1, decay_fraction=0.8),
        12,
        cifar,
        peers=False,
    ),
    "spoken_digits": Task(
        ModelSpec(
            family="cnn", hparams={"image_size": 32, "channels": 1, "num_classes": 10, "width": 16}
        ),
        recipe(16, batch_size=64, learning_rate=0.05, decay_fraction=0.8),
        8,
        spoken_digits,
    ),
}


def peers(data: DataSpec) -> dict[str, tuple[float, float]]:
    """Accuracy and CPU seconds of scikit-learn's classifiers with default parameters."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    train, test = (
        load_examples(DataSpec(source=data.source, split=split, options=data.options), None, 1).rows
        for split in ("train", "test")
    )
    x_train, x_test = (
        rows["image"].reshape(len(rows["label"]), -1) / 255 for rows in (train, test)
    )
    classifiers = {
        "SVM (RBF)": SVC(),
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
    }
    scores = {}
    for name, classifier in classifiers.items():
        start_time = time.process_time()
        predicted = classifier.fit(x_train, train["label"]).predict(x_test)
        scores[name] = float(np.mean(predicted == test["label"])), time.process_time() - start_time
    return scores


def measure(name: str, seeds: int, verbose: bool) -> None:
    """Print the rows of the table of one task."""
    task = TASKS[name]
    ours: list[TrainedModel] = []
    theirs: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed, data in enumerate(task.data(Path(folder))):
            if seed >= seeds:
                break
            ours.append(
                train_and_evaluate(
                    task.model, data, task.recipe, task.epochs, seed, verbose=verbose
                )
            )
            if verbose:
                print(f"    seed {seed}: {ours[-1].accuracy:.4f}", flush=True)
            if task.peers and (name == "digits" or not seed):
                for classifier, result in peers(data).items():
                    theirs.setdefault(classifier, []).append(result)
    low, high = interval(np.concatenate([each.correct for each in ours]))
    accuracy = format_spread([each.accuracy for each in ours])
    cpu, clock = np.mean([(each.cpu_seconds, each.seconds) for each in ours], axis=0)
    print(
        f"| {name} | {task.model.family} of width {task.model.hparams['width']}, "
        f"{ours[0].params:,} parameters | {accuracy} | {100 * low:.2f} to {100 * high:.2f} "
        f"| {cpu:.0f} | {clock:.0f} |"
    )
    for classifier, results in theirs.items():
        accuracies, seconds = zip(*results, strict=True)
        print(
            f"| {name} | {classifier} | {format_spread(accuracies)} | | {np.mean(seconds):.0f} | |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tasks", nargs="*", help=f"of {', '.join(TASKS)}; all if none")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--verbose", action="store_true", help="print the training loss")
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}\n")
    print("| data | what | accuracy (least to greatest) | 95 % | CPU s | clock s |")
    print("|---|---|---|---|---|---|")
    for name in args.tasks or TASKS:
        measure(name, args.seeds, args.verbose)


if __name__ == "__main__":
    main()
