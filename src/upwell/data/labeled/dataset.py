"""Labeled rows of a file: texts, labels, and the line of each row."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...formatting import pluralize
from ..tabular import TableRecord, TabularFile
from .columns import Columns, describe_unused, detect_columns, read_columns
from .indicators import describe_indicators, read_indicators, split_names

MISSING_LABELS = ("", "nan", "null")
"""How files write that there is no label. "none" may well be a class where rows have one label."""

WHOLE_NUMBER = re.compile(r"(-?\d+)(\.0+)?")


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
    if not labeled and len(requested.text_columns) == 1 and file.column_names == ("1",):
        # A text a line, without a header.
        requested = replace(requested, text_columns=("1",))
    indicators = split_names(requested.label_column, file)
    if (
        not labeled
        and requested.text_columns
        and set(requested.text_columns) <= set(file.column_names)
    ):
        columns = requested
        has_labels = requested.label_column in file.column_names or bool(indicators)
    else:
        columns, has_labels = detect_columns(file, path, requested), True
    rows = tuple(_make_row(record, columns, has_labels, file) for record in file.records)
    rows, note = _unify_whole_numbers(rows)
    used_indicators = split_names(columns.label_column, file)
    notes = (
        *file.notes,
        *(describe_unused(file, columns) if labeled else ()),
        *describe_indicators(file, used_indicators, columns.label_separator),
        *note,
    )
    return LabeledDataset(path.name, columns, rows, notes=notes)


def _make_row(record: TableRecord, columns: Columns, has_labels: bool, file: TabularFile) -> Row:
    texts = tuple(record.text(name) for name in columns.text_columns)
    if not has_labels:
        return Row(record.number, texts, ())
    indicators = split_names(columns.label_column, file)
    if indicators:
        labels = read_indicators(record, indicators, columns.label_separator)
    else:
        value = record.values.get(columns.label_column)
        value = _name_of_class(value, file.features.get(columns.label_column))
        labels = parse_labels(value, columns.label_separator, record.location)
    return Row(record.number, texts, labels)


def _name_of_class(value: Any, feature: Any) -> Any:
    """The name of a class that `datasets` stores as its number; any other value as it is."""
    names = feature.get("names") if isinstance(feature, dict) else None
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and isinstance(names, list) and 0 <= value < len(names):
        return names[value]
    return value


def _unify_whole_numbers(rows: tuple[Row, ...]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows with 1 for 1.0, if all labels are whole numbers and some are written so."""
    names = {name for row in rows for name in row.labels}
    decimals = {name for name in names if name.endswith("0") and "." in name}
    if not decimals or not all(map(WHOLE_NUMBER.fullmatch, names)):
        return rows, ()
    unified = tuple(
        replace(row, labels=tuple(dict.fromkeys(n.partition(".")[0] for n in row.labels)))
        for row in rows
    )
    example = min(decimals)
    count = sum(bool(decimals & set(row.labels)) for row in rows)
    note = f"{pluralize(count, 'label')} such as {example} read as {example.partition('.')[0]}"
    return unified, (note,)


def parse_labels(value: Any, separator: str | None, location: str) -> tuple[str, ...]:
    """The labels in a cell, without repetitions and without missing ones.

    Raises DataError, with the location, for a list without a separator and for an object.
    """
    if isinstance(value, list):
        if separator is None and not any(isinstance(each, list | dict) for each in value):
            raise DataError(
                f"{location} has a list of labels; say that rows have several with "
                "--label-separator ','"
            )
        if any(isinstance(each, list | dict) for each in value):
            raise DataError(
                f"{location}: a label is a word or a number, found spans; give spans to --task "
                "token-classification"
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
