"""Sentences with a tag for every word, one word a line: CoNLL files, and Chinese by character.

A line is a word and, last, its tag, separated by a tab or spaces; a blank line ends a sentence.
Tags are BIO, BIOES or IO, or any words.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError
from ...plugins import quoted_list
from ..text_files import read_utf8
from .columns import Columns
from .dataset import LabeledDataset, Row

FORMATS = (".conll", ".bio", ".iob", ".tsv", ".txt")
COLUMNS = Columns(text_columns=("word",), label_column="tag")
DOCSTART = "-DOCSTART-"


def read_conll(path: Path, *, labeled: bool = True) -> LabeledDataset:
    """The sentences of a file: words as `texts`, tags as `labels`, the line of the first word.

    Raises DataError for a file of another format or encoding, and for a line without a tag.
    """
    if not path.is_file():
        raise DataError(f"{path} is not a file; give one with a word and its tag a line")
    if path.suffix.lower() not in FORMATS:
        raise DataError(
            f"{path.name} is none of {quoted_list(FORMATS)}; give words and tags in CoNLL format"
        )
    rows = tuple(_iter_sentences(path, read_utf8(path), labeled))
    if not rows:
        raise DataError(f"{path.name} is empty; give a file with sentences")
    return LabeledDataset(path.name, COLUMNS, rows)


def _iter_sentences(path: Path, text: str, labeled: bool) -> Iterator[Row]:
    tokens: list[str] = []
    tags: list[str] = []
    first = 1
    for number, line in enumerate(io.StringIO(text), start=1):
        cells = _split_cells(line)
        if cells and cells[0] != DOCSTART:
            if labeled and len(cells) < 2:
                raise DataError(f"{path.name}:{number} has a word without a tag; add it")
            first = first if tokens else number
            tokens.append(cells[0])
            tags += cells[-1:] if labeled else []
        elif tokens:
            yield Row(first, tuple(tokens), tuple(tags))
            tokens, tags = [], []
    if tokens:
        yield Row(first, tuple(tokens), tuple(tags))


def _split_cells(line: str) -> list[str]:
    """Word, tag and the columns between. A tab wins over spaces, because a word may be a space."""
    line = line.rstrip("\r\n")
    parts = line.split("\t") if "\t" in line else re.split(r" +", line)
    return [part for part in (each.strip() for each in parts) if part]
