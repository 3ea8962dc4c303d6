"""Rows of the splits of a task, with the types that `datasets.load_dataset` gives them.

A row is a mapping from column to value. The first portion of the first split decides the types:
everything after it is cast to them, as in `datasets`. A missing value is None. Nothing is
downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ...errors import DataError
from .data_files import read_data
from .mixed_fields import decode_fields
from .tables import DataTable, read_tables

TaskRow: TypeAlias = Mapping[str, Any]

READERS = ("csv", "json", "parquet")
"""Values of `dataset_path`: formats of local files."""


def load_splits(
    reader: str, splits: Mapping[str, Sequence[Path]], options: Mapping[str, Any] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each split. Raises DataError with the file, and with the line where known.

    `options` are those of `dataset_kwargs`.
    """
    schema: DataTable | None = None
    rows: dict[str, list[dict[str, Any]]] = {}
    for split, paths in splits.items():
        rows[split] = []
        for path in paths:
            for portion in read_tables(reader, read_data(path), path, options or {}, schema):
                schema = schema or portion
                rows[split] += _to_rows(portion, schema, path)
    return rows


def read_rows(path: Path) -> list[dict[str, Any]]:
    """All rows of one file, whose format its name tells. Raises DataError."""
    suffixes = {".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json"}
    names = [suffixes.get(suffix, suffix[1:]) for suffix in path.suffixes]
    reader = next((name for name in reversed(names) if name in READERS), None)
    if reader is None:
        raise DataError(f"{path}: rows are read from .csv, .tsv, .json, .jsonl and .parquet")
    rows = load_splits(reader, {"": [path]})[""]
    if not rows:
        raise DataError(f"{path} has no rows")
    return rows


def same_columns(rows: Sequence[TaskRow]) -> list[dict[str, Any]]:
    """The rows, each with every column; a missing value becomes None."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return [{column: row.get(column) for column in columns} for row in rows]


def _to_rows(portion: DataTable, schema: DataTable, path: Path) -> list[dict[str, Any]]:
    table = portion.table
    if not table.schema.equals(schema.table.schema) or portion.json_paths != schema.json_paths:
        table = _cast(portion, schema, path)
    if len(set(table.column_names)) < len(table.column_names):
        raise DataError(f"{path} has two columns of the same name")
    rows = table.to_pylist()
    return [decode_fields(row, portion.json_paths) for row in rows] if portion.json_paths else rows


def _cast(portion: DataTable, schema: DataTable, path: Path) -> Any:
    """The table with the columns and types of the first portion."""
    import pyarrow

    table, first = portion.table, schema.table
    unknown = [name for name in table.column_names if name not in first.column_names]
    if unknown:
        raise DataError(
            f"{path} has the column {unknown[0]!r}, which the first rows of the task lack; "
            "give every file the same columns"
        )
    if portion.json_paths != schema.json_paths:
        raise DataError(
            f"{path} has values of several types in a column that has one type in the first rows "
            "of the task; give all its values the same type"
        )
    columns = {}
    for field in first.schema:
        if field.name not in table.column_names:
            columns[field.name] = pyarrow.nulls(table.num_rows, field.type)
            continue
        column = table[field.name]
        try:
            columns[field.name] = (
                column if pyarrow.types.is_null(field.type) else column.cast(field.type)
            )
        except (pyarrow.ArrowException, ValueError) as error:
            raise DataError(
                f"{path}: the column {field.name!r} is {column.type} here and {field.type} in the "
                f"first rows of the task: {' '.join(str(error).split())[:200]}"
            ) from None
    return pyarrow.table(columns)
