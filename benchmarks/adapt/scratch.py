"""Texts from nothing, beside TF-IDF with a linear SVM, on test rows that nothing is chosen by.

    UPWELL_DATA=... python benchmarks/adapt/scratch.py sst2 --pretrain 4000000
    UPWELL_DATA=... python benchmarks/adapt/scratch.py hotel --pretrain 4000000
    UPWELL_DATA=... python benchmarks/adapt/scratch.py titles --pretrain 4000000

A fresh encoder guesses hidden words of the rows to learn from, and then learns the labels. The
SVM has words in ones and twos and letters in twos to fours; characters in ones to threes where
texts are Chinese; its penalty is cross-validated. Of the hotels every fifth row is a test row; of
the titles (THUCNews) the development file is learnt from and the test file tests. 90 % intervals
over rows, those of the difference paired; one line of JSON a seed.
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

import materials
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from upwell.adapt.adapting import adapt
from upwell.adapt.recipes import Dials
from upwell.adapt.scoring import interval
from upwell.adapt.wanted import Wanted

PENALTIES = (0.1, 0.3, 1.0, 3.0)
Parts = tuple[materials.Rows, materials.Rows | None, materials.Rows]
"""To learn from, to choose by (None: a share is held back), to score on."""


def sst2() -> Parts:
    """Sentences of film reviews."""
    return materials.sst("train"), materials.sst("dev"), materials.sst("test")


def hotel() -> Parts:
    """ChnSentiCorp: reviews of hotels."""
    rows = [
        (row["review"], row["label"])
        for row in csv.DictReader(io.StringIO(_text("ChnSentiCorp_htl_all.csv")))
        if row["review"]
    ]
    tests = [sha256(text.encode()).digest()[0] % 5 == 0 for text, _ in rows]
    learn = [row for row, held in zip(rows, tests, strict=True) if not held]
    return learn, None, [row for row, held in zip(rows, tests, strict=True) if held]


def titles() -> Parts:
    """THUCNews: titles of news, ten kinds."""

    def rows(part: str) -> materials.Rows:
        lines = _text(f"thucnews_titles_{part}.txt").splitlines()
        return [(line.split("\t")[0], line.split("\t")[1]) for line in lines if line.strip()]

    return rows("dev"), None, rows("test")


SETS = {"sst2": sst2, "hotel": hotel, "titles": titles}


def _text(name: str) -> str:
    packed = materials.data() / "cls_zh" / f"{name}.xz"
    return lzma.decompress(packed.read_bytes()).decode("utf-8-sig")


def peer(learn: materials.Rows, test: materials.Rows, *, chinese: bool) -> tuple[list[bool], float]:
    """Which test rows the SVM is right of, and the penalty it has."""
    if chinese:
        seen: Any = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    else:
        seen = materials.counted()
    model = make_pipeline(seen, GridSearchCV(LinearSVC(), {"C": PENALTIES}, cv=5))
    texts, labels = map(list, zip(*learn, strict=True))
    model.fit(texts, labels)
    said = model.predict([text for text, _ in test])
    right = [bool(one == label) for one, (_, label) in zip(said, test, strict=True)]
    return right, float(model[-1].best_params_["C"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", choices=SETS)
    parser.add_argument("--model", default="modernbert-small")
    parser.add_argument("--pretrain", type=int, default=0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--dropout", type=float)
    parser.add_argument("--hide", type=float)
    asked = parser.parse_args()
    learn, dev, test = SETS[asked.rows]()
    other, penalty = peer(learn, test, chinese=asked.rows != "sst2")
    for seed in asked.seeds:
        with TemporaryDirectory() as place:
            folder = Path(place)
            wanted = Wanted(
                model=asked.model,
                data=materials.write(learn, folder / f"{asked.rows}.csv"),
                dev=None if dev is None else materials.write(dev, folder / "dev.csv"),
                test=materials.write(test, folder / "test.csv"),
                method="full", seed=seed, pretrain=asked.pretrain,
                dials=Dials(rounds=asked.rounds, rate=asked.rate, dropout=asked.dropout,
                            hide=asked.hide),
            )  # fmt: skip
            began = time.process_time()
            made = adapt(wanted, folder / "out", lambda line: None, lambda *moment: None)
            took = time.process_time() - began
        mine = [one.said == one.label for one in made.rows]
        both = np.array([mine, other], dtype=np.float64)
        draws = np.random.default_rng(0).integers(0, both.shape[1], (1000, both.shape[1]))
        samples = both[:, draws].mean(2)
        series = {"accuracy": (both[0].mean(), samples[0]), "svm": (both[1].mean(), samples[1]),
                  "ahead": (both[0].mean() - both[1].mean(), samples[0] - samples[1])}  # fmt: skip
        print(json.dumps({
            "date": str(date.today()), "rows": asked.rows, "seed": seed, "penalty": penalty,
            "params": made.ref.params, "cpu_seconds": round(took),
            **{name: [round(float(v), 4) for v in (value, *interval(list(some)))]
               for name, (value, some) in series.items()},
            "development": {one.method: round(one.score, 4) for one in made.tried},
            "rounds": [round(each.score, 4) for each in made.tried[-1].rounds],
        }), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
