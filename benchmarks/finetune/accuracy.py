"""Accuracy of fine-tuning methods on test rows, beside TF-IDF with a linear SVM.

    python benchmarks/finetune/accuracy.py banking-10 --method auto --seeds 0 1 2
    python benchmarks/finetune/accuracy.py banking --method full --epochs 4
    python benchmarks/finetune/accuracy.py sst2 --method full --epochs 5 --learning-rate 1e-4

Prints one line of JSON per seed, which selects the rows (banking-10) and the split.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import corpora
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.records import ModelCard


def rows_of(name: str, seed: int) -> tuple[corpora.Rows, corpora.Rows | None, corpora.Rows]:
    """Training, dev (None: split off the training rows) and test rows."""
    if name == "sst2":
        return corpora.sst("train"), corpora.sst("dev"), corpora.sst("test")
    train, test = corpora.banking("train"), corpora.banking("test")
    return (
        (corpora.sample_per_label(train, 10, seed) if name == "banking-10" else train),
        None,
        test,
    )


def svm_accuracy(train: corpora.Rows, test: corpora.Rows) -> float:
    """Accuracy of TF-IDF of words and characters with a linear SVM."""
    model = make_pipeline(corpora.tfidf(), LinearSVC())
    model.fit(*map(list, zip(*train, strict=True)))
    return float(model.score(*map(list, zip(*test, strict=True))))


def measure(
    name: str, method: str, seed: int, hyperparameters: FinetuneHyperparameters, out: Path | None
) -> dict[str, object]:
    """One line of figures."""
    train, dev, test = rows_of(name, seed)
    with TemporaryDirectory() as tmp_dir:
        folder = Path(tmp_dir)
        config = FinetuneConfig(
            model=corpora.MODEL,
            data=corpora.write(train, folder / f"{name}.csv"),
            dev=None if dev is None else corpora.write(dev, folder / "dev.csv"),
            test=corpora.write(test, folder / "test.csv"),
            method=method,
            seed=seed,
            hyperparameters=hyperparameters,
        )
        start_time, clock = time.process_time(), time.monotonic()
        card = finetune(config, out or folder / "out", lambda line: None, lambda *entry: None)
        seconds, clock = time.process_time() - start_time, time.monotonic() - clock
    return {
        "date": str(date.today()), "rows": name, "seed": seed, "requested": method,
        **_figures(card),
        "cpu_seconds": round(seconds), "clock_seconds": round(clock),
        "svm": round(svm_accuracy(train, test), 4),
    }  # fmt: skip


def _figures(card: ModelCard) -> dict[str, object]:
    calibration = card.calibration
    assert calibration is not None
    first = card.scores[0]
    return {
        "method": card.finetune.method,
        "accuracy": round(first.value, 4),
        "interval": [round(first.interval_low, 4), round(first.interval_high, 4)],
        "candidates": {
            one.method: {
                "dev_score": round(one.score, 4), "params": one.trainable_params,
                "cpu_seconds": round(one.seconds),
                "epochs": [round(each.score, 4) for each in one.epoch_scores],
            }
            for one in card.candidates
        },
        "calibration_error": [round(calibration.ece_before, 4), round(calibration.ece_after, 4)],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", choices=("banking-10", "banking", "sst2"))
    parser.add_argument("--method", default="auto")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--fgm-epsilon", type=float, default=0.0)
    parser.add_argument("--layer-lr-decay", type=float, default=1.0)
    parser.add_argument("--word-dropout", type=float)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    hyperparameters = FinetuneHyperparameters(
        epochs=args.epochs, learning_rate=args.learning_rate, fgm_epsilon=args.fgm_epsilon,
        layer_lr_decay=args.layer_lr_decay, word_dropout=args.word_dropout,
    )  # fmt: skip
    for seed in args.seeds:
        print(
            json.dumps(measure(args.rows, args.method, seed, hyperparameters, args.out)), flush=True
        )


if __name__ == "__main__":
    main()
