"""A scratch model on spoken digits, beside a kernel SVM on the same recordings.

    UPWELL_DATA=... python benchmarks/finetune/spoken_digits.py --seeds 0 1 2

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

import corpora
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from upwell.data.media.audio import log_mel, read_audio
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.metrics.bootstrap import bootstrap_interval

TAKES = 5
"""Of every digit and speaker, that are the test."""

BANDS, PARTS = 48, 8
GRID = {"svc__C": [1.0, 10.0, 100.0], "svc__gamma": [3e-4, 1e-3, 3e-3]}


def write_files(folder: Path) -> tuple[Path, Path]:
    """Training and test folders, each with a folder per digit."""
    path = corpora.data() / "audio_fsdd" / "fsdd.tar.xz"
    with tarfile.open(path) as packed:
        for member in packed:
            file = packed.extractfile(member)
            if file is None or not member.name.endswith(".wav"):
                continue
            digit, _, take = Path(member.name).stem.split("_")
            target = folder / ("test" if int(take) < TAKES else "train") / digit
            target.mkdir(parents=True, exist_ok=True)
            (target / Path(member.name).name).write_bytes(file.read())
    return folder / "train", folder / "test"


def extract_features(folder: Path) -> tuple[NDArray[np.float64], list[str]]:
    """(log-mel features [N, BANDS x PARTS], digits) of the recordings of a folder."""
    paths = sorted(folder.rglob("*.wav"))
    rows = [log_mel(*read_audio(path), BANDS, PARTS).ravel() for path in paths]
    return np.stack(rows).astype(np.float64), [path.parent.name for path in paths]


def peer(train: Path, test: Path) -> list[float]:
    """Accuracy of the kernel machine, with its interval over rows."""
    (features, labels), (test_features, targets) = extract_features(train), extract_features(test)
    search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), GRID, cv=5).fit(features, labels)
    right = (search.predict(test_features) == np.array(targets)).astype(float)
    rng = np.random.default_rng(0)
    draws = [right[rng.integers(0, len(right), len(right))].mean() for _ in range(1000)]
    return [round(float(v), 4) for v in (right.mean(), *bootstrap_interval(draws))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="whisper-encoder-small")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    args = parser.parse_args()
    with TemporaryDirectory() as tmp_dir:
        train, test = write_files(Path(tmp_dir))
        other = peer(train, test)
        for seed in args.seeds:
            config = FinetuneConfig(
                model=args.model,
                data=train,
                test=test,
                task="audio-classification",
                method="full",
                seed=seed,
                hyperparameters=FinetuneHyperparameters(
                    epochs=args.epochs, learning_rate=args.learning_rate
                ),
            )
            start_time = time.process_time()
            card = finetune(
                config, Path(tmp_dir) / f"out{seed}", lambda line: None, lambda *entry: None
            )
            first = card.scores[0]
            print(
                json.dumps(
                    {
                        "date": str(date.today()),
                        "seed": seed,
                        "params": card.ref.params,
                        "cpu_seconds": round(time.process_time() - start_time),
                        "accuracy": [
                            round(v, 4)
                            for v in (first.value, first.interval_low, first.interval_high)
                        ],
                        "epochs": len(card.candidates[-1].epoch_scores),
                        "svc": other,
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
