"""Rows of CSV, TSV, JSON lines and Parquet files: values by column, with the line of each row.

`read_table` reads a whole file and refuses it at the first line that is wrong. `iter_records` reads
a file line by line, so that its caller can count the lines that it cannot use.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..plugins import quoted_list
from .text_files import iter_lines, read_utf8, uncompressed_suffix

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")
STREAMED_FORMATS = (".tsv", ".jsonl")
"""Formats in which a line is a record."""

MAX_FILE_BYTES = 1 << 31
MAX_FIELD_CHARS = 1 << 20
"""A longer field of a CSV file is a quote that was never closed."""


@dataclass(frozen=True)
class TableRecord:
    """One record of a file."""

    number: int
    """Line at which it begins, counted from 1; the number of the row in a Parquet file."""

    values: dict[str, Any]
    """The value of each column."""

    def text(self, column: str) -> str:
        """The value of a column as text without blanks around it; "" where there is none."""
        value = self.values.get(column)
        return "" if value is None else str(value).strip()


@dataclass(frozen=True)
class TabularFile:
    """All records of a file."""

    column_names: tuple[str, ...]
    records: tuple[TableRecord, ...]


def read_table(path: Path, header_names: Iterable[str] = ()) -> TabularFile:
    """All records of a file.

    The first line of a CSV or TSV file is a header if one of its cells is among `header_names`,
    whatever the case; otherwise the columns are called "1", "2", ...

    Raises DataError for a file that is missing, of another format, empty or damaged.
    """
    if not path.is_file():
        raise DataError(f"{path} is not a file; give a file of rows")
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise DataError(f"{path.name} is none of {quoted_list(FORMATS)}; convert it to one of them")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DataError(f"{path.name} has over {MAX_FILE_BYTES >> 30} GB; give a part of it")
    if suffix == ".parquet":
        return _read_parquet(path)
    if suffix == ".jsonl":
        return _read_json_lines(path)
    return _read_separated(path, "\t" if suffix == ".tsv" else ",", header_names)


def iter_records(path: Path) -> Iterator[TableRecord]:
    """The record of each line of a TSV or JSON lines file, perhaps compressed.

    The columns of TSV are called "1", "2", ...; a line that is not a JSON object has no values.
    Raises DataError, with the line, for what cannot be read as UTF-8.
    """
    parse = _parse_tsv_line if uncompressed_suffix(path) == ".tsv" else _parse_json_line
    for number, line in enumerate(iter_lines(path), start=1):
        yield TableRecord(number, parse(line))


def _parse_tsv_line(line: str) -> dict[str, Any]:
    cells = line.split("\t")
    return dict(zip(_number_columns(len(cells)), cells, strict=True))


def _parse_json_line(line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _read_separated(path: Path, separator: str, header_names: Iterable[str]) -> TabularFile:
    # Tabs separate fields and quotes are letters: this is how TSV files of sentences are written.
    options: dict[str, Any] = {"quoting": csv.QUOTE_NONE} if separator == "\t" else {"strict": True}
    reader = csv.reader(io.StringIO(read_utf8(path), newline=""), delimiter=separator, **options)
    try:
        with _allow_long_fields():
            records = list(_number_records(reader))
    except csv.Error as error:
        raise DataError(f"{path.name}:{reader.line_num}: {error}; correct that line") from None
    if not records:
        raise DataError(f"{path.name} is empty; give a file with rows")
    first = records[0][1]
    known = {name.lower() for name in header_names}
    has_header = any(cell.strip().lower() in known for cell in first)
    names = tuple(map(str.strip, first)) if has_header else _number_columns(len(first))
    if len(set(names)) != len(names):
        raise DataError(
            f"{path.name}: two columns have one name among {quoted_list(names)}; rename one"
        )
    return TabularFile(names, tuple(_name_fields(path, names, records[has_header:])))


@contextmanager
def _allow_long_fields() -> Iterator[None]:
    """The csv module has one limit for the whole process, which is restored."""
    previous_limit = csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        yield
    finally:
        csv.field_size_limit(previous_limit)


def _number_records(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line at which it begins, without blank lines."""
    start = 1
    for record in reader:
        if record:
            yield start, record
        start = reader.line_num + 1


def _name_fields(
    path: Path, names: tuple[str, ...], records: Sequence[tuple[int, list[str]]]
) -> Iterator[TableRecord]:
    for number, record in records:
        if len(record) != len(names):
            raise DataError(
                f"{path.name}:{number} has {len(record)} fields and the first line has "
                f"{len(names)}; quote a field that holds the separator"
            )
        yield TableRecord(number, dict(zip(names, record, strict=True)))


def _number_columns(count: int) -> tuple[str, ...]:
    return tuple(str(index + 1) for index in range(count))


def _read_json_lines(path: Path) -> TabularFile:
    records: list[TableRecord] = []
    names: dict[str, None] = {}
    for number, line in enumerate(io.StringIO(read_utf8(path)), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except ValueError as error:
            raise DataError(
                f"{path.name}:{number} is not JSON: {error}; correct that line"
            ) from None
        if not isinstance(values, dict):
            raise DataError(f"{path.name}:{number} is not an object; write one object a line")
        names.update(dict.fromkeys(values))
        records.append(TableRecord(number, values))
    if not records:
        raise DataError(f"{path.name} is empty; give a file with rows")
    return TabularFile(tuple(names), tuple(records))


def _read_parquet(path: Path) -> TabularFile:
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path.name} is not a readable Parquet file: {error}") from None
    if not len(frame):
        raise DataError(f"{path.name} is empty; give a file with rows")
    rows = frame.iter_rows(named=True)
    return TabularFile(
        tuple(frame.columns), tuple(TableRecord(n, row) for n, row in enumerate(rows, start=1))
    )
