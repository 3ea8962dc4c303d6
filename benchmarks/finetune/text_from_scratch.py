"""Text classification from scratch on test rows, beside TF-IDF with a linear SVM.

    UPWELL_DATA=... python benchmarks/finetune/text_from_scratch.py sst2 --pretrain-tokens 4000000
    UPWELL_DATA=... python benchmarks/finetune/text_from_scratch.py hotel --pretrain-tokens 4000000
    UPWELL_DATA=... python benchmarks/finetune/text_from_scratch.py titles --pretrain-tokens 4000000

A scratch encoder is pretrained by masked language modeling on the training rows, and fine-tuned.
The SVM reads TF-IDF of word 1- and 2-grams and character 2- to 4-grams, or of character 1- to
3-grams in Chinese. Its penalty is cross-validated. Every fifth row of the hotel reviews is a test
row. The dev file of the titles (THUCNews) is for training. 90 % intervals over rows, paired for the
difference; one line of JSON per seed.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import lzma
import time
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import corpora
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.metrics.bootstrap import bootstrap_interval

PENALTIES = (0.1, 0.3, 1.0, 3.0)
Parts = tuple[corpora.Rows, corpora.Rows | None, corpora.Rows]
"""Training, dev (None: split off the training rows) and test rows."""


def sst2() -> Parts:
    """Sentences of film reviews."""
    return corpora.sst("train"), corpora.sst("dev"), corpora.sst("test")


def hotel() -> Parts:
    """ChnSentiCorp: reviews of hotels."""
    rows = [
        (row["review"], row["label"])
        for row in csv.DictReader(io.StringIO(_text("ChnSentiCorp_htl_all.csv")))
        if row["review"]
    ]
    tests = [sha256(text.encode()).digest()[0] % 5 == 0 for text, _ in rows]
    train = [row for row, held in zip(rows, tests, strict=True) if not held]
    return train, None, [row for row, held in zip(rows, tests, strict=True) if held]


def titles() -> Parts:
    """THUCNews: titles of news, ten kinds."""

    def rows(part: str) -> corpora.Rows:
        lines = _text(f"thucnews_titles_{part}.txt").splitlines()
        return [(line.split("\t")[0], line.split("\t")[1]) for line in lines if line.strip()]

    return rows("dev"), None, rows("test")


SETS = {"sst2": sst2, "hotel": hotel, "titles": titles}


def _text(name: str) -> str:
    packed = corpora.data() / "cls_zh" / f"{name}.xz"
    return lzma.decompress(packed.read_bytes()).decode("utf-8-sig")


def peer(train: corpora.Rows, test: corpora.Rows, *, chinese: bool) -> tuple[list[bool], float]:
    """Which test rows the SVM is right of, and the penalty it has."""
    if chinese:
        seen: Any = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    else:
        seen = corpora.tfidf()
    model = make_pipeline(seen, GridSearchCV(LinearSVC(), {"C": PENALTIES}, cv=5))
    texts, labels = map(list, zip(*train, strict=True))
    model.fit(texts, labels)
    predicted = model.predict([text for text, _ in test])
    right = [bool(one == label) for one, (_, label) in zip(predicted, test, strict=True)]
    return right, float(model[-1].best_params_["C"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", choices=SETS)
    parser.add_argument("--model", default="modernbert-small")
    parser.add_argument("--pretrain-tokens", type=int, default=0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--dropout", type=float)
    parser.add_argument("--word-dropout", type=float)
    args = parser.parse_args()
    train, dev, test = SETS[args.rows]()
    other, penalty = peer(train, test, chinese=args.rows != "sst2")
    for seed in args.seeds:
        with TemporaryDirectory() as tmp_dir:
            folder = Path(tmp_dir)
            config = FinetuneConfig(
                model=args.model,
                data=corpora.write(train, folder / f"{args.rows}.csv"),
                dev=None if dev is None else corpora.write(dev, folder / "dev.csv"),
                test=corpora.write(test, folder / "test.csv"),
                method="full",
                seed=seed,
                pretrain_tokens=args.pretrain_tokens,
                hyperparameters=FinetuneHyperparameters(
                    epochs=args.epochs,
                    learning_rate=args.learning_rate,
                    dropout=args.dropout,
                    word_dropout=args.word_dropout,
                ),
            )
            start_time = time.process_time()
            card = finetune(config, folder / "out", lambda line: None, lambda *entry: None)
            seconds = time.process_time() - start_time
        mine = [one.prediction == one.label for one in card.predictions]
        both = np.array([mine, other], dtype=np.float64)
        draws = np.random.default_rng(0).integers(0, both.shape[1], (1000, both.shape[1]))
        samples = both[:, draws].mean(2)
        series = {
            "accuracy": (both[0].mean(), samples[0]),
            "svm": (both[1].mean(), samples[1]),
            "ahead": (both[0].mean() - both[1].mean(), samples[0] - samples[1]),
        }
        print(
            json.dumps(
                {
                    "date": str(date.today()),
                    "rows": args.rows,
                    "seed": seed,
                    "penalty": penalty,
                    "params": card.ref.params,
                    "cpu_seconds": round(seconds),
                    **{
                        name: [round(float(v), 4) for v in (value, *bootstrap_interval(list(some)))]
                        for name, (value, some) in series.items()
                    },
                    "dev_score": {one.method: round(one.score, 4) for one in card.candidates},
                    "epochs": [round(each.score, 4) for each in card.candidates[-1].epoch_scores],
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
