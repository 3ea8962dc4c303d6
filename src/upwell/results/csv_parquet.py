"""Tables in CSV, TSV and Parquet: one row for each measurement, or another layout of `long_table`.

Columns may be in any order, and unknown ones may be missing. Nothing is unpickled, and the sizes of
a file, a field and a table are limited.

This is not `data/tabular.py`. There a wrong row is an error and cells are text. Here wrong rows are
counted and reported with their line, and a plain file of 20 million rows is parsed by columns.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import islice
from pathlib import Path

import polars as pl

from ..errors import DataError
from ..files import check_regular
from . import item_outcomes
from .cells import CellStyle, find_decimal_comma
from .csv_fast_path import is_regular
from .csv_layout import MAX_COLUMNS, CsvLayout, find_layout, iter_rows
from .long_table import to_long
from .remarks import Remark
from .schema import LINE_COLUMN, TEXT_COLUMNS, BadRow, ParsedFile, validate
from .strict_json import read_bytes
from .text_encoding import decode_table

MAX_FILE_BYTES = 2**31
"""Maximum bytes of a CSV or Parquet file."""

MAX_ROWS = 20_000_000
MAX_CELLS = 400_000_000
"""Maximum cells of a Parquet file: a few bytes can encode any number of equal rows."""

MAX_TEXT_BYTES = 2**28
MAX_EXPANSION = 100
"""Text of a Parquet file: at most these bytes, or this multiple of the file if it is more."""

FIRST_ROWS = 1000
MAX_PART_ROWS = 2_000_000
"""Rows of a Parquet file that are read first, and at most at a time."""

UNREAD_TYPES = (pl.Binary, pl.Object)
UNREAD_REMARK = "columns that hold neither numbers nor text are not read"

CHUNK_ROWS = 20_000

ENCODING_REMARK = "text that is not in UTF-8, read all the same"
COMMA_REMARK = "decimal commas were read"


def read_text(path: Path, user_metrics: Collection[str] = ()) -> ParsedFile:
    """Parse a CSV or TSV file. `user_metrics` are metrics whose facts the user gave.

    Raises DataError where it is not a table of results.
    """
    text, encoding = decode_table(read_bytes(path, MAX_FILE_BYTES), str(path))
    remarks = [Remark(ENCODING_REMARK, f"{path} in {encoding}")] if encoding else []
    layout = find_layout(path, text)
    remarks += [Remark(layout.remark, str(path))] if layout.remark else []
    frame, ragged = _read_frame(path, text[layout.start :], layout)
    part = parse_frame(frame, str(path), user_metrics)
    bad = sorted((*ragged, *part.bad_rows), key=lambda row: row.line or 0)
    return ParsedFile(rows=part.rows, bad_rows=tuple(bad), remarks=(*remarks, *part.remarks))


def read_parquet(path: Path, user_metrics: Collection[str] = ()) -> ParsedFile:
    """Parse a Parquet file. Raises DataError where it is not a table of results."""
    frame, remarks = _read_parquet_frame(path)
    if item_outcomes.matches(frame.columns):
        part = item_outcomes.parse_frame(frame, str(path))
    else:
        part = parse_frame(frame.with_row_index(LINE_COLUMN, offset=1), str(path), user_metrics)
    return replace(part, remarks=(*remarks, *part.remarks))


def parse_frame(frame: pl.DataFrame, file: str, user_metrics: Collection[str]) -> ParsedFile:
    """Parse a table of any layout that has its lines in `LINE_COLUMN`."""
    table = to_long(frame, file, user_metrics)
    numbers = [table.frame[name] for name in table.frame.columns if name not in TEXT_COLUMNS]
    has_commas = find_decimal_comma(numbers)
    style = CellStyle(decimal_comma=has_commas, factors=table.factors, percents=table.percents)
    part = validate(table.frame, file, style=style)
    remarks = [Remark(COMMA_REMARK, file)] if has_commas else []
    return ParsedFile(rows=part.rows, bad_rows=part.bad_rows, remarks=(*table.remarks, *remarks))


def _read_frame(path: Path, text: str, layout: CsvLayout) -> tuple[pl.DataFrame, list[BadRow]]:
    """(rows with their lines, broken rows)."""
    if len(layout.separator.encode()) == 1:
        data = text.encode()
        if is_regular(data, len(layout.names), layout.separator):
            frame = pl.read_csv(data, separator=layout.separator, infer_schema=False)
            frame.columns = list(layout.names)
            return frame.with_row_index(LINE_COLUMN, offset=layout.first_line + 1), []
    return _read_row_by_row(path, text, layout)


def _read_parquet_frame(path: Path) -> tuple[pl.DataFrame, list[Remark]]:
    """The columns that a table can have, as text and numbers, and the names of the others."""
    try:
        check_regular(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
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
        others = [name for name, kind in schema.items() if kind.is_nested() or kind in UNREAD_TYPES]
        columns = [
            pl.col(name) if kind.is_numeric() or kind == pl.Null else pl.col(name).cast(pl.String)
            for name, kind in schema.items()
            if name not in others
        ]
        frame = _collect(
            lazy.select(columns), rows, path, max(MAX_TEXT_BYTES, size * MAX_EXPANSION)
        )
        return frame, [Remark(UNREAD_REMARK, name) for name in others]
    # Polars panics on some damaged files; its panic is not an Exception.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        first = str(error).splitlines()[0][:160]
        raise DataError(f"{path} is not a Parquet file that can be read: {first}") from None


def _collect(lazy: pl.LazyFrame, rows: int, path: Path, max_text: int) -> pl.DataFrame:
    """The table, read in parts, so that a file that expands without measure is refused early."""
    parts = [lazy.slice(0, 0).collect()]
    start, step, text_bytes = 0, FIRST_ROWS, 0
    while start < rows:
        part = lazy.slice(start, step).collect()
        text_bytes += sum(
            int(part[n].str.len_bytes().sum()) for n in part.columns if part.schema[n] == pl.String
        )
        start += step
        if text_bytes > max_text:
            raise DataError(
                f"{path} expands to over {max_text} bytes of text, which no table of results needs"
            )
        parts.append(part)
        step = min(10 * step, MAX_PART_ROWS, max(FIRST_ROWS, max_text * start // (text_bytes + 1)))
    return pl.concat(parts)


def _read_row_by_row(path: Path, text: str, layout: CsvLayout) -> tuple[pl.DataFrame, list[BadRow]]:
    """(rows, broken rows), read one by one so that every row has its line."""
    names = layout.names
    rows = iter_rows(text, layout.separator, layout.first_line)
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
