"""Files of rows as they are: CSV, TSV, JSON lines and Parquet to values by column, with lines.

Nothing is guessed about the encoding: a file is UTF-8, or is refused with the line at which it is
not and the command that converts it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...naming import listed
from .heads import KNOWN

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")
MOST_BYTES = 1 << 31
MOST_LETTERS = 1 << 20
"""In one field of a CSV file; more is a quote that was never closed."""

OTHERS = ("gb18030", "utf-16", "big5", "shift_jis", "cp1252")
"""Encodings that a file which is no UTF-8 is tried with, in this order."""

HIGH = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True)
class Line:
    """One record of a file."""

    number: int
    """Where it begins, counted from 1; the row's number in a Parquet file."""

    values: dict[str, Any]


@dataclass(frozen=True)
class File:
    """All records of a file."""

    names: tuple[str, ...]
    lines: tuple[Line, ...]


def opened(path: Path, columns: Sequence[str] = ()) -> File:
    """The records of a file; `columns` are names that the user gave, which a header holds.

    Raises DataError for a file that is missing, of another format, empty or damaged.
    """
    if not path.is_file():
        raise DataError(f"{path} is no file; give a file of rows")
    if path.suffix.lower() not in FORMATS:
        raise DataError(f"{path.name} is none of {listed(FORMATS)}; convert it to one of them")
    if path.stat().st_size > MOST_BYTES:
        raise DataError(f"{path.name} has over {MOST_BYTES >> 30} GB; give a part of it")
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    text = decoded(path)
    if path.suffix.lower() == ".jsonl":
        return _json_lines(path, text)
    return _separated(path, text, "\t" if path.suffix.lower() == ".tsv" else ",", columns)


def decoded(path: Path) -> str:
    """The text of a file that has to be UTF-8."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        known = next((name for name in _likely(data) if _reads(data, name)), None)
        advice = f"iconv -f {known} -t utf-8" if known else "save it as UTF-8"
        raise DataError(
            f"{path.name} is not UTF-8: line {line} holds the byte 0x{data[error.start]:02x}; "
            f"convert it first ({advice})"
        ) from None


def _likely(data: bytes) -> Sequence[str]:
    """Encodings, the likeliest first: letters of Western Europe stand alone among plain ones."""
    runs = [len(run) for run in HIGH.findall(data)]
    western = b"\0" not in data and runs.count(1) > len(runs) / 2
    return ("cp1252", *OTHERS) if western else OTHERS


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _separated(path: Path, text: str, separator: str, columns: Sequence[str]) -> File:
    # Tabs part fields and quotes are letters: so TSV files of sentences are written.
    how: dict[str, Any] = {"quoting": csv.QUOTE_NONE} if separator == "\t" else {"strict": True}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, **how)
    try:
        with _long_fields():
            records = list(_numbered(reader))
    except csv.Error as error:
        raise DataError(f"{path.name}:{reader.line_num}: {error}; mend that line") from None
    if not records:
        raise DataError(f"{path.name} is empty; give a file with rows")
    first = records[0][1]
    headed = bool(
        {cell.strip().lower() for cell in first} & (KNOWN | {name.lower() for name in columns})
    )
    names = tuple(map(str.strip, first)) if headed else _numbers(len(first))
    if len(set(names)) != len(names):
        raise DataError(f"{path.name}: two columns have one name among {listed(names)}; rename one")
    return File(names, tuple(_named(path, names, records[headed:])))


@contextmanager
def _long_fields() -> Iterator[None]:
    """The csv module has one limit for the whole process: others get theirs back."""
    before = csv.field_size_limit(MOST_LETTERS)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on; blank lines are left out."""
    start = 1
    for record in reader:
        if record:
            yield start, record
        start = reader.line_num + 1


def _named(
    path: Path, names: tuple[str, ...], records: Sequence[tuple[int, list[str]]]
) -> Iterator[Line]:
    for number, record in records:
        if len(record) != len(names):
            raise DataError(
                f"{path.name}:{number} has {len(record)} fields and the first line has "
                f"{len(names)}; quote a field that holds the separator"
            )
        yield Line(number, dict(zip(names, record, strict=True)))


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(place + 1) for place in range(count))


def _json_lines(path: Path, text: str) -> File:
    lines: list[Line] = []
    names: dict[str, None] = {}
    for number, line in enumerate(io.StringIO(text), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except ValueError as error:
            raise DataError(f"{path.name}:{number} is not JSON: {error}; mend that line") from None
        if not isinstance(values, dict):
            raise DataError(f"{path.name}:{number} is no object; write one object a line")
        names.update(dict.fromkeys(values))
        lines.append(Line(number, values))
    if not lines:
        raise DataError(f"{path.name} is empty; give a file with rows")
    return File(tuple(names), tuple(lines))


def _parquet(path: Path) -> File:
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path.name} is no Parquet file that can be read: {error}") from None
    if not len(frame):
        raise DataError(f"{path.name} is empty; give a file with rows")
    rows = frame.iter_rows(named=True)
    return File(tuple(frame.columns), tuple(Line(n, row) for n, row in enumerate(rows, start=1)))
