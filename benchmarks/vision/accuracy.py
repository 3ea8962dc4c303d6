"""Images put into classes by small networks, beside scikit-learn's classifiers on the same rows.

    python -m benchmarks.vision.accuracy digits    (about two minutes)
    python -m benchmarks.vision.accuracy mnist     (about ten minutes; needs UPWELL_DATA)
    python -m benchmarks.vision.accuracy cifar     (about half an hour; needs UPWELL_DATA)
    python -m benchmarks.vision.accuracy spoken    (a minute; needs UPWELL_DATA)

`digits`: scikit-learn's, five stratified splits of 80 and 20 %, a network for each. `mnist`: 10,000
to train and 10,000 to test, five seeds. `cifar`: 25,000 photographs to train and 5,000 to test, one
seed, a bootstrap interval over the test photographs. One thread; CPU seconds count reading,
training and asking. Recipes were chosen on parts of the training rows.
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

from benchmarks.vision.growing import Grown, grown, interval, spread
from upwell.data import examples
from upwell.records import DataSpec, ModelSpec, Train

SEEDS = 5


@dataclass(frozen=True)
class Task:
    """A network, its recipe, and the data of each seed."""

    model: ModelSpec
    recipe: Train
    epochs: float
    data: Callable[[Path], Iterator[DataSpec]]
    """Given a folder to write into, the rows of each seed."""

    peers: bool = True


def recipe(width: int, **fields: Any) -> Train:
    """Muon with a long decay; rates as they are at the width trained."""
    return Train(
        context=1,
        optimiser="muon",
        vector_rate=0.01,
        base_width=width,
        warmup=0.05,
        clip=1e9,
        **fields,
    )


def shared(name: str) -> Path:
    """A folder of the shared data sets."""
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
        for path, shown, known in zip(paths, parts[:2], parts[2:], strict=True):
            np.savez(path, image=shown, label=known)
        options = {"path": str(paths[0]), "test": str(paths[1]), "augment": "crop=1"}
        yield DataSpec(source="npz", options=options)


def mnist(folder: Path) -> Iterator[DataSpec]:
    """The same rows five times."""
    where = shared("img_mnist_20k")
    options = {
        "path": str(where / "mnist-valid.npz"), "test": str(where / "mnist-test.npz"),
        "values": "inputs", "label": "targets", "side": 28, "augment": "crop=2",
    }  # fmt: skip
    yield from [DataSpec(source="npz", options=options)] * SEEDS


def cifar(folder: Path) -> Iterator[DataSpec]:
    """Photographs in folders."""
    with tarfile.open(shared("img_cifar10_30k") / "cifar10_30k.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    options = {"path": str(folder / "cifar10"), "augment": "crop=4,flip,cutout=8"}
    yield DataSpec(source="images", options=options)


def spoken(folder: Path) -> Iterator[DataSpec]:
    """Recordings of spoken digits; of each speaker and digit the first five are held out."""
    with tarfile.open(shared("audio_fsdd") / "fsdd.tar.xz") as packed:
        packed.extractall(folder / "all", filter="data")
    for file in sorted((folder / "all").rglob("*.wav")):
        digit, _, take = file.stem.split("_")
        home = folder / "classes" / ("test" if int(take) < 5 else "train") / digit
        home.mkdir(parents=True, exist_ok=True)
        file.rename(home / file.name)
    options = {"path": str(folder / "classes"), "seconds": 0.8, "augment": "crop=2,cutout=8"}
    yield DataSpec(source="recordings", options=options)


TASKS = {
    "digits": Task(
        ModelSpec(family="cnn", size={"side": 8, "channels": 1, "classes": 10, "width": 32}),
        recipe(32, batch=64, learning_rate=0.05, decay=0.8),
        40,
        digits,
    ),
    "mnist": Task(
        ModelSpec(family="cnn", size={"side": 28, "channels": 1, "classes": 10, "width": 16}),
        recipe(16, batch=64, learning_rate=0.05, decay=0.8),
        10,
        mnist,
    ),
    "cifar": Task(
        ModelSpec(family="resnet", size={"side": 32, "channels": 3, "classes": 10, "width": 16}),
        recipe(16, batch=128, learning_rate=0.1, decay=0.8),
        12,
        cifar,
        peers=False,
    ),
    "spoken": Task(
        ModelSpec(family="cnn", size={"side": 32, "channels": 1, "classes": 10, "width": 16}),
        recipe(16, batch=64, learning_rate=0.05, decay=0.8),
        8,
        spoken,
    ),
}


def peers(data: DataSpec) -> dict[str, tuple[float, float]]:
    """Accuracy and CPU seconds of scikit-learn's classifiers, as they come, on the same rows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    train, test = (
        examples(DataSpec(source=data.source, split=split, options=data.options), None, 1).rows
        for split in ("train", "test")
    )
    x, asked = (rows["image"].reshape(len(rows["label"]), -1) / 255 for rows in (train, test))
    ways = {
        "SVM (RBF)": SVC(),
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
    }
    found = {}
    for name, way in ways.items():
        began = time.process_time()
        said = way.fit(x, train["label"]).predict(asked)
        found[name] = float(np.mean(said == test["label"])), time.process_time() - began
    return found


def measure(name: str, seeds: int, told: bool) -> None:
    """Print the rows of the table of one task."""
    task = TASKS[name]
    ours: list[Grown] = []
    theirs: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed, data in enumerate(task.data(Path(folder))):
            if seed >= seeds:
                break
            ours.append(grown(task.model, data, task.recipe, task.epochs, seed, told=told))
            if told:
                print(f"    seed {seed}: {ours[-1].accuracy:.4f}", flush=True)
            if task.peers and (name == "digits" or not seed):
                for way, result in peers(data).items():
                    theirs.setdefault(way, []).append(result)
    low, high = interval(np.concatenate([each.right for each in ours]))
    accuracy = spread([each.accuracy for each in ours])
    cpu, clock = np.mean([(each.cpu_seconds, each.seconds) for each in ours], axis=0)
    print(
        f"| {name} | {task.model.family} of width {task.model.size['width']}, "
        f"{ours[0].params:,} parameters | {accuracy} | {100 * low:.2f} to {100 * high:.2f} "
        f"| {cpu:.0f} | {clock:.0f} |"
    )
    for way, results in theirs.items():
        accuracies, seconds = zip(*results, strict=True)
        print(f"| {name} | {way} | {spread(accuracies)} | | {np.mean(seconds):.0f} | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tasks", nargs="*", help=f"of {', '.join(TASKS)}; all if none")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--told", action="store_true", help="say how it goes")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}\n")
    print("| data | what | accuracy (least to greatest) | 95 % | CPU s | clock s |")
    print("|---|---|---|---|---|---|")
    for name in asked.tasks or TASKS:
        measure(name, asked.seeds, asked.told)


if __name__ == "__main__":
    main()
