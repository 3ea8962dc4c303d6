"""A column of 0 and 1 for each label: rows that may have any number of them, or one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import DataError
from ..tabular import TableRecord, TabularFile

SEPARATOR = ","
"""What stands between the names of such columns, and between the labels of a row."""

MIN_INDICATORS = 2
VALUES = {"0": False, "0.0": False, "false": False, "1": True, "1.0": True, "true": True}


def find_indicators(file: TabularFile, names: Sequence[str]) -> tuple[str, str | None] | tuple[()]:
    """The columns of 0 and 1, as (names with commas, separator of the labels of a row).

    The separator is None where every row has exactly one label. Empty where there are fewer than
    two such columns.
    """
    binary_columns = [
        name
        for name in names
        if name
        and SEPARATOR not in name
        and all(_parse(record.values.get(name)) is not None for record in file.records)
    ]
    if len(binary_columns) < MIN_INDICATORS or not file.records:
        return ()
    counts = {
        sum(_parse(record.values[name]) is True for name in binary_columns)
        for record in file.records
    }
    return SEPARATOR.join(binary_columns), None if counts == {1} else SEPARATOR


def split_names(label_column: str, file: TabularFile) -> tuple[str, ...]:
    """The columns that a label column with commas names; empty where it is one column."""
    if SEPARATOR not in label_column or label_column in file.column_names:
        return ()
    names = tuple(name.strip() for name in label_column.split(SEPARATOR))
    return names if set(names) <= set(file.column_names) else ()


def read_indicators(
    record: TableRecord, names: Sequence[str], separator: str | None
) -> tuple[str, ...]:
    """The labels whose column is 1.

    Raises DataError for another value, and where a row has not exactly one label without a
    `separator`.
    """
    values: Mapping[str, Any] = record.values
    for name in names:
        if _parse(values.get(name)) is None:
            raise DataError(f"{record.location}: {name!r} is {values.get(name)!r}, expected 0 or 1")
    labels = tuple(name for name in names if _parse(values.get(name)))
    if separator is None and len(labels) != 1:
        raise DataError(
            f"{record.location} has {len(labels)} labels; say that rows have several with "
            f"--label-separator '{SEPARATOR}'"
        )
    return labels


def describe_indicators(
    file: TabularFile, names: Sequence[str], separator: str | None
) -> tuple[str, ...]:
    """Notes on how the columns are read, and on those without a 1, which give no label.

    None for no columns.
    """
    if not names:
        return ()
    count = "any number of them" if separator else "one of them"
    unused = [
        name
        for name in names
        if not any(_parse(record.values.get(name)) for record in file.records)
    ]
    notes = [f"{len(names)} columns of 0 and 1 read as labels; a row has {count}"]
    if unused:
        notes.append(f"no row has the label {', '.join(map(repr, unused))}")
    return tuple(notes)


def _parse(value: Any) -> bool | None:
    return VALUES.get(str(value).strip().lower())
