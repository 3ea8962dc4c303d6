"""Labeled rows of a file: texts, labels, and the line of each row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...errors import DataError
from ..tabular import TableRecord
from .columns import Columns, detect_columns, read_columns

MISSING_LABELS = ("", "nan", "null")
"""How files write that there is no label. "none" may well be a class where rows have one label."""


@dataclass(frozen=True)
class Row:
    """One labeled row."""

    line: int
    texts: tuple[str, ...]
    """One text, or the two of a pair."""

    labels: tuple[str, ...]
    """One label; or any number, including none, where rows may have several."""

    target: Any = None
    """The correct output where it is not one of a list of labels: a translation, boxes, a mask."""

    file_sha256: str = ""
    """sha256 of the file that `texts` names; empty where the row is not a file."""

    @property
    def location(self) -> str:
        """Where to find the row: the name of its file, or its line."""
        return self.texts[0] if self.file_sha256 else str(self.line)

    @property
    def label(self) -> str:
        """The labels as one string."""
        return ", ".join(self.labels)


@dataclass(frozen=True)
class LabeledDataset:
    """All rows of a file."""

    name: str
    columns: Columns
    rows: tuple[Row, ...]
    has_fixed_labels: bool = True
    """Whether the correct output of a row is in `labels`, and not its `target`."""

    notes: tuple[str, ...] = ()
    """What was corrected or left out while reading the file."""

    @cached_property
    def digest(self) -> str:
        """sha256 of the content of all rows, in their order.

        A row that is a file counts with the content of the file, not with its path.
        """
        hasher = sha256()
        for row in self.rows:
            content = (row.file_sha256,) if row.file_sha256 else row.texts
            parts = (*content, "", *row.labels, "\n")
            hasher.update("\0".join(parts).encode("utf-8", "replace"))
            if row.target is not None:
                hasher.update(f"{row.target!r}\n".encode("utf-8", "replace"))
        return hasher.hexdigest()

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Every label: numbers in order of size, then words in order of the alphabet."""
        names = {name for row in self.rows for name in row.labels}
        return tuple(sorted(names, key=_sort_key))

    @cached_property
    def counts(self) -> Counter[str]:
        """Number of rows of each label."""
        return Counter(name for row in self.rows for name in row.labels)


def read_labeled(
    path: Path, requested: Columns | None = None, *, labeled: bool = True
) -> LabeledDataset:
    """The rows of a file; columns that are not `requested` are detected.

    Rows without a text or label are kept, with an empty one: `find_issues` reports them. With
    `labeled` false the file needs no column of labels. Raises DataError for a file or columns that
    cannot be read.
    """
    requested = requested or Columns()
    file = read_columns(path, requested)
    if (
        not labeled
        and requested.text_columns
        and set(requested.text_columns) <= set(file.column_names)
    ):
        columns = requested
        label_column = (
            requested.label_column if requested.label_column in file.column_names else None
        )
    else:
        columns = detect_columns(file, path, requested)
        label_column = columns.label_column
    rows = tuple(_make_row(record, columns, label_column, path) for record in file.records)
    return LabeledDataset(path.name, columns, rows)


def _make_row(record: TableRecord, columns: Columns, label_column: str | None, path: Path) -> Row:
    texts = tuple(record.text(name) for name in columns.text_columns)
    if label_column is None:
        return Row(record.number, texts, ())
    value = record.values.get(label_column)
    location = f"{path.name}:{record.number}"
    return Row(record.number, texts, parse_labels(value, columns.label_separator, location))


def parse_labels(value: Any, separator: str | None, location: str) -> tuple[str, ...]:
    """The labels in a cell, without repetitions and without missing ones.

    Raises DataError, with the location, for a list without a separator and for an object.
    """
    if isinstance(value, list):
        if separator is None:
            raise DataError(
                f"{location} has a list of labels; say that rows have several with "
                "--label-separator ','"
            )
        names = [_to_text(each) for each in value]
    elif isinstance(value, dict):
        raise DataError(f"{location}: a label is a word or a number, found an object")
    else:
        text = _to_text(value)
        names = [text] if separator is None else [part.strip() for part in text.split(separator)]
    return tuple(dict.fromkeys(name for name in names if not _is_missing(name, separator)))


def _to_text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _is_missing(name: str, separator: str | None) -> bool:
    return name.lower() in MISSING_LABELS or (separator is not None and name.lower() == "none")


def _sort_key(name: str) -> tuple[bool, float, str]:
    try:
        return False, float(name), name
    except ValueError:
        return True, 0.0, name
