"""Labelled rows out of a file: texts, labels and the line of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...errors import DataError
from .columns import Columns, found
from .files import Line, opened

NONE = ("", "nan", "null")
"""How files write that there is no label. A row of one label may well be of the class "none"."""


@dataclass(frozen=True)
class Row:
    """One labelled row."""

    line: int
    texts: tuple[str, ...]
    """One text, or the two of a pair."""

    labels: tuple[str, ...]
    """One label; any number, none included, where rows may have several."""

    truth: Any = None
    """What is right of it, where no label of a list can tell: a translation, boxes, a mask."""

    content: str = ""
    """sha256 of the file that it names; empty where the row is what it says."""

    @property
    def place(self) -> str:
        """Where to find it again: its file's name, or its line."""
        return self.texts[0] if self.content else str(self.line)

    @property
    def label(self) -> str:
        """The labels as one string."""
        return ", ".join(self.labels)


@dataclass(frozen=True)
class Labelled:
    """What a file holds."""

    name: str
    columns: Columns
    rows: tuple[Row, ...]
    listed: bool = True
    """Whether what is right of a row is one of the labels that rows have."""

    notes: tuple[str, ...] = ()
    """What was wrong with the file and was mended or left out in reading it."""

    @cached_property
    def digest(self) -> str:
        """sha256 of all that the rows say, in their order; of files what is in them, and not where
        they lie."""
        found = sha256()
        for row in self.rows:
            said = (row.content,) if row.content else row.texts
            parts = (*said, "", *row.labels, "\n")
            found.update("\0".join(parts).encode("utf-8", "replace"))
            if row.truth is not None:
                found.update(f"{row.truth!r}\n".encode("utf-8", "replace"))
        return found.hexdigest()

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Every label, numbers by their size and words by the alphabet."""
        names = {name for row in self.rows for name in row.labels}
        return tuple(sorted(names, key=_order))

    @cached_property
    def counts(self) -> Counter[str]:
        """Rows of each label."""
        return Counter(name for row in self.rows for name in row.labels)


def read(path: Path, wanted: Columns | None = None, *, labelled: bool = True) -> Labelled:
    """The rows of a file. `wanted` are the columns that the user told; the others are found.

    Rows without a text or label stay in, with an empty one: `problems` tells of them. Without
    `labelled`, rows have no labels and the file needs no column of them.
    """
    wanted = wanted or Columns()
    told = (*wanted.texts, *([wanted.label] if wanted.label else []))
    file = opened(path, told)
    if not labelled and wanted.texts and set(wanted.texts) <= set(file.names):
        columns = wanted
        label = wanted.label if wanted.label in file.names else None
    else:
        columns = found(file, path, wanted)
        label = columns.label
    rows = tuple(_row(line, columns, label, path) for line in file.lines)
    return Labelled(path.name, columns, rows)


def _row(line: Line, columns: Columns, label: str | None, path: Path) -> Row:
    texts = tuple(_text(line.values.get(name)) for name in columns.texts)
    if label is None:
        return Row(line.number, texts, ())
    value = line.values.get(label)
    return Row(line.number, texts, _labels(value, columns.several, f"{path.name}:{line.number}"))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _labels(value: Any, several: str | None, place: str) -> tuple[str, ...]:
    if isinstance(value, list):
        if several is None:
            raise DataError(
                f"{place} has a list of labels; say that rows have several with --several ','"
            )
        names = [_text(each) for each in value]
    elif isinstance(value, dict):
        raise DataError(f"{place}: a label is a word or a number, found an object")
    else:
        written = _text(value)
        names = [written] if several is None else [part.strip() for part in written.split(several)]
    return tuple(dict.fromkeys(name for name in names if not is_none(name, several)))


def is_none(name: str, several: str | None) -> bool:
    """Whether a cell says that there is no label."""
    return name.lower() in NONE or (several is not None and name.lower() == "none")


def _order(name: str) -> tuple[bool, float, str]:
    try:
        return False, float(name), name
    except ValueError:
        return True, 0.0, name
