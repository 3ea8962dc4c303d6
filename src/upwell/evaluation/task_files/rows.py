"""Rows of a task from CSV, TSV, JSON, JSON lines or Parquet, also compressed with gzip or xz.

A row is a mapping from column to value. Values are typed, because templates compute with numbers
and index lists. All rows have the same columns; a missing value is None. Nothing is downloaded.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import polars

from ...errors import DataError

TaskRow: TypeAlias = Mapping[str, Any]

FILE_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".parquet")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """All rows of a file. Raises DataError with the file and the line."""
    suffix, data = _read_bytes(path)
    try:
        if suffix in (".csv", ".tsv"):
            separator = "," if suffix == ".csv" else "\t"
            frame = polars.read_csv(io.BytesIO(data), infer_schema_length=None, separator=separator)
            rows = frame.to_dicts()
        elif suffix == ".parquet":
            rows = polars.read_parquet(io.BytesIO(data)).to_dicts()
        else:
            rows = _parse_json_rows(path, data.decode("utf-8"))
    except (polars.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read as {suffix[1:]}: {str(error).splitlines()[0]}"
        ) from None
    if not rows:
        raise DataError(f"{path} has no rows")
    return rows


def same_columns(rows: Sequence[TaskRow]) -> list[dict[str, Any]]:
    """The rows, each with every column; a missing value becomes None."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return [{column: row.get(column) for column in columns} for row in rows]


def resolve_path(name: str, task_file: Path) -> Path:
    """A file that a task file names: relative to the task file, else to the working folder.

    Raises DataError for a URL and for a file that does not exist.
    """
    if "://" in name:
        raise DataError(f"{task_file}: {name} is not downloaded; save it beside the task file")
    for path in (task_file.parent / name, Path(name)):
        if path.is_file():
            return path
    raise DataError(f"{task_file}: there is no file {name} beside it or in {Path.cwd()}")


def _read_bytes(path: Path) -> tuple[str, bytes]:
    openers: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open}
    opener = openers.get(path.suffix)
    suffix = Path(path.stem).suffix if opener else path.suffix
    if suffix not in FILE_SUFFIXES:
        raise DataError(
            f"{path}: rows are read from {', '.join(FILE_SUFFIXES)}, also with .gz or .xz; "
            f"found {suffix!r}"
        )
    try:
        if opener is None:
            return suffix, path.read_bytes()
        with opener(path, "rb") as file:
            return suffix, bytes(file.read())
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None


def _parse_json_rows(path: Path, text: str) -> list[dict[str, Any]]:
    """Rows from a list of objects, or from one object a line."""
    try:
        values = json.loads(text) if text.lstrip()[:1] == "[" else _parse_json_lines(path, text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    if not all(isinstance(value, dict) for value in values):
        raise DataError(f"{path}: every row must be a JSON object; one is not")
    return same_columns(values)


def _parse_json_lines(path: Path, text: str) -> list[Any]:
    values = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise DataError(f"{path}, line {number} is not JSON: {error}") from None
    return values
