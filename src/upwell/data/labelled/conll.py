"""Sentences with a tag for every word, one word a line: CoNLL's files, and Chinese by character.

A line is a word and, last, its tag, parted by a tab or spaces; a blank line ends a sentence. Tags
are BIO, BIOES or IO, or any words.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError
from ...naming import listed
from .columns import Columns
from .files import decoded
from .reading import Labelled, Row

FORMATS = (".conll", ".bio", ".iob", ".tsv", ".txt")
COLUMNS = Columns(texts=("word",), label="tag")
NO_SENTENCE = "-DOCSTART-"


def read_conll(path: Path, *, labelled: bool = True) -> Labelled:
    """The sentences of a file: words as `texts`, tags as `labels`, the line of the first word.

    Raises DataError for a file of another format or encoding, and for a line without a tag.
    """
    if not path.is_file():
        raise DataError(f"{path} is no file; give one with a word and its tag a line")
    if path.suffix.lower() not in FORMATS:
        raise DataError(f"{path.name} is none of {listed(FORMATS)}; give words and tags as CoNLL")
    rows = tuple(_sentences(path, decoded(path), labelled))
    if not rows:
        raise DataError(f"{path.name} is empty; give a file with sentences")
    return Labelled(path.name, COLUMNS, rows)


def _sentences(path: Path, text: str, labelled: bool) -> Iterator[Row]:
    words: list[str] = []
    tags: list[str] = []
    first = 1
    for number, line in enumerate(io.StringIO(text), start=1):
        cells = _cells(line)
        if cells and cells[0] != NO_SENTENCE:
            if labelled and len(cells) < 2:
                raise DataError(f"{path.name}:{number} has a word without a tag; add it")
            first = first if words else number
            words.append(cells[0])
            tags += cells[-1:] if labelled else []
        elif words:
            yield Row(first, tuple(words), tuple(tags))
            words, tags = [], []
    if words:
        yield Row(first, tuple(words), tuple(tags))


def _cells(line: str) -> list[str]:
    """Word, tag and what stands between; a tab parts better than a space, which a word may be."""
    line = line.rstrip("\r\n")
    parts = line.split("\t") if "\t" in line else re.split(r" +", line)
    return [part for part in (each.strip() for each in parts) if part]
