"""A fresh network on spoken digits, beside a kernel machine on the same sounds.

    UPWELL_DATA=... python benchmarks/adapt/spoken.py --seeds 0 1 2

The Free Spoken Digit Dataset in its author's parts: takes 0 to 4 of every digit and speaker are the
test. The peer is scikit-learn's SVC on the log-mel bands of eight frames of each recording, its
penalty and width chosen by cross-validation. 90 % intervals over rows; one line of JSON a seed.
"""

from __future__ import annotations

import argparse
import json
import tarfile
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import materials
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from upwell.adapt.adapting import adapt
from upwell.adapt.recipes import Dials
from upwell.adapt.scoring import interval
from upwell.adapt.wanted import Wanted
from upwell.data.sounds import log_mel, sound

TAKES = 5
"""Of every digit and speaker, that are the test."""

BANDS, PARTS = 48, 8
GRID = {"svc__C": [1.0, 10.0, 100.0], "svc__gamma": [3e-4, 1e-3, 3e-3]}


def written(folder: Path) -> tuple[Path, Path]:
    """Folders to learn from and to test on, a folder in each for every digit."""
    path = materials.data() / "audio_fsdd" / "fsdd.tar.xz"
    with tarfile.open(path) as packed:
        for member in packed:
            file = packed.extractfile(member)
            if file is None or not member.name.endswith(".wav"):
                continue
            digit, _, take = Path(member.name).stem.split("_")
            place = folder / ("test" if int(take) < TAKES else "train") / digit
            place.mkdir(parents=True, exist_ok=True)
            (place / Path(member.name).name).write_bytes(file.read())
    return folder / "train", folder / "test"


def heard(folder: Path) -> tuple[NDArray[np.float64], list[str]]:
    """What the kernel machine hears of each recording, and the digit."""
    paths = sorted(folder.rglob("*.wav"))
    rows = [log_mel(*sound(path), BANDS, PARTS).ravel() for path in paths]
    return np.stack(rows).astype(np.float64), [path.parent.name for path in paths]


def peer(train: Path, test: Path) -> list[float]:
    """Accuracy of the kernel machine, with its interval over rows."""
    (learn, labels), (held, truth) = heard(train), heard(test)
    found = GridSearchCV(make_pipeline(StandardScaler(), SVC()), GRID, cv=5).fit(learn, labels)
    right = (found.predict(held) == np.array(truth)).astype(float)
    dice = np.random.default_rng(0)
    draws = [right[dice.integers(0, len(right), len(right))].mean() for _ in range(1000)]
    return [round(float(v), 4) for v in (right.mean(), *interval(draws))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="listener-small")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--rate", type=float, default=1e-3)
    asked = parser.parse_args()
    with TemporaryDirectory() as place:
        train, test = written(Path(place))
        other = peer(train, test)
        for seed in asked.seeds:
            wanted = Wanted(
                model=asked.model, data=train, test=test, task="classify_sounds", method="full",
                seed=seed, dials=Dials(rounds=asked.rounds, rate=asked.rate),
            )  # fmt: skip
            began = time.process_time()
            made = adapt(
                wanted, Path(place) / f"out{seed}", lambda line: None, lambda *moment: None
            )
            first = made.scores[0]
            print(json.dumps({
                "date": str(date.today()), "seed": seed, "params": made.ref.params,
                "cpu_seconds": round(time.process_time() - began),
                "accuracy": [round(v, 4) for v in (first.value, first.low, first.high)],
                "rounds": len(made.tried[-1].rounds), "svc": other,
            }), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
