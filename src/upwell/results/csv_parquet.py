"""Tables in CSV, TSV and Parquet: one row for each measurement, columns as in `TABLE_COLUMNS`.

`task` is read as `ability`. Other columns are kept and can be axes. Columns may be in any order,
and unknown ones may be missing. Nothing is unpickled, and the sizes of a file, a field and a table
are limited.

This is not `data/tabular.py`. There a wrong row is an error and cells are text. Here wrong rows are
counted and reported with their line, and a plain file of 20 million rows is parsed by columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl

from ..errors import DataError
from . import item_outcomes
from .csv_fast_path import is_regular
from .schema import LINE_COLUMN, BadRow, ParsedFile, validate
from .strict_json import decode_utf8, read_bytes

MAX_FILE_BYTES = 2**31
"""Maximum bytes of a CSV or Parquet file."""

MAX_COLUMNS = 1000
MAX_ROWS = 20_000_000
MAX_CELLS = 400_000_000
"""Maximum cells of a Parquet file: a few bytes can encode any number of equal rows."""

COLUMN_ALIASES = {"task": "ability"}

CHUNK_ROWS = 20_000


def read_text(path: Path) -> ParsedFile:
    """Parse a CSV or TSV file. Raises DataError where it is not a table of results."""
    text = decode_utf8(read_bytes(path, MAX_FILE_BYTES), str(path))
    data = text.encode()
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    names = _read_header(path, text, separator)
    if is_regular(data, len(names), separator):
        frame = pl.read_csv(data, separator=separator, infer_schema=False)
        frame.columns = names
        return validate(_rename_columns(frame).with_row_index(LINE_COLUMN, offset=2), str(path))
    frame, ragged = _read_row_by_row(path, text, names, separator)
    part = validate(_rename_columns(frame), str(path))
    bad = sorted((*ragged, *part.bad_rows), key=lambda row: row.line or 0)
    return ParsedFile(rows=part.rows, bad_rows=tuple(bad))


def read_parquet(path: Path) -> ParsedFile:
    """Parse a Parquet file. Raises DataError where it is not a table of results."""
    frame = _read_parquet_frame(path)
    if item_outcomes.matches(frame.columns):
        return item_outcomes.parse_frame(frame, str(path))
    return validate(_rename_columns(frame).with_row_index(LINE_COLUMN, offset=1), str(path))


def _rename_columns(frame: pl.DataFrame) -> pl.DataFrame:
    names = {old: new for old, new in COLUMN_ALIASES.items() if new not in frame.columns}
    return frame.rename({old: new for old, new in names.items() if old in frame.columns})


def _read_parquet_frame(path: Path) -> pl.DataFrame:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DataError(f"{path} is larger than {MAX_FILE_BYTES} bytes")
    try:
        lazy = pl.scan_parquet(path, glob=False)
        schema = lazy.collect_schema()
        rows = int(lazy.select(pl.len()).collect().item())
        width = len(schema)
        if rows > MAX_ROWS or width > MAX_COLUMNS or rows * width > MAX_CELLS:
            raise DataError(
                f"{path} has {rows} rows and {width} columns; at most {MAX_ROWS} and "
                f"{MAX_COLUMNS} are read, and {MAX_CELLS} cells"
            )
        columns = [
            n for n, kind in schema.items() if kind.is_numeric() or kind in (pl.String, pl.Null)
        ]
        return lazy.select(columns).collect()
    # Polars panics on some damaged files; its panic is not an Exception.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        first = str(error).splitlines()[0][:160]
        raise DataError(f"{path} is not a Parquet file that can be read: {first}") from None


def _read_header(path: Path, text: str, separator: str) -> list[str]:
    _, head = next(_iter_rows(text, separator), (1, "it is empty"))
    if isinstance(head, str) or not any(name.strip() for name in head):
        raise DataError(f"{path} is not a table of results: its first line names no columns")
    names = [name.strip() for name in head]
    duplicates = (
        [name for name in names if names.count(name) > 1] if len(names) <= MAX_COLUMNS else []
    )
    if duplicates or len(names) > MAX_COLUMNS:
        fault = (
            f"names {duplicates[0][:40]!r} twice"
            if duplicates
            else f"has over {MAX_COLUMNS} columns"
        )
        raise DataError(f"{path} is not a table of results: its first line {fault}")
    return names


def _read_row_by_row(
    path: Path, text: str, names: list[str], separator: str
) -> tuple[pl.DataFrame, list[BadRow]]:
    """(rows, broken rows), read one by one so that every row has its line."""
    rows = _iter_rows(text, separator)
    next(rows)
    frames = [pl.DataFrame(schema={LINE_COLUMN: pl.Int64} | dict.fromkeys(names, pl.String))]
    bad: list[BadRow] = []
    while chunk := list(islice(rows, CHUNK_ROWS)):
        usable = []
        for line, row in chunk:
            if (fault := _row_fault(row, len(names))) is None:
                usable.append((line, *row))
            else:
                bad.append(BadRow(file=str(path), line=line, reason=fault))
        frames.append(pl.DataFrame(usable, schema=frames[0].schema, orient="row"))
    return pl.concat(frames), bad


def _row_fault(row: list[str] | str, columns: int) -> str | None:
    if isinstance(row, str):
        return row
    if len(row) == columns:
        return None
    return f"expected {columns} fields as in the first line, found {len(row)}"


def _iter_rows(text: str, separator: str) -> Iterator[tuple[int, list[str] | str]]:
    """(first line, fields) of every row that is not blank.

    The reason is in place of the fields where a row cannot be separated from its neighbors.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"the row cannot be read: {error}"
            continue
        if row:
            yield line, row
