"""How a CSV is laid out: its separator, where its header is, and the names of its columns.

Spreadsheets in Europe write semicolons, some write a first line `sep=;`, and Chinese ones may write
full-width commas. The separator is the one under which the first line names our columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError
from .columns import map_columns

MAX_COLUMNS = 1000
SEPARATORS = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "bars",
    "，": "full-width commas",
}
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
SEPARATOR_REMARK = "fields parted by {}"


@dataclass(frozen=True)
class CsvLayout:
    """Where the table of a CSV begins, and how it is divided."""

    separator: str
    names: tuple[str, ...]
    start: int = 0
    """Characters before the header."""

    first_line: int = 1
    """Line of the first character of the table."""

    remark: str | None = None
    """What was read otherwise than the suffix of the file says."""


def find_layout(path: Path, text: str) -> CsvLayout:
    """The layout of a table. Raises DataError where the first line names no columns."""
    usual = "\t" if path.suffix.lower() == ".tsv" else ","
    separator_line = SEPARATOR_LINE.match(text)
    start = separator_line.end() if separator_line else 0
    head = _head(text, start)
    candidates = (
        [separator_line[1]] if separator_line else list(dict.fromkeys((usual, *SEPARATORS)))
    )
    headers = {each: _parse_header(head, each) for each in candidates}
    separator = max(candidates, key=lambda each: _count_known(headers[each]))
    names = _check_names(path, headers[separator])
    kind = SEPARATORS.get(separator, repr(separator))
    return CsvLayout(
        separator=separator,
        names=names,
        start=start,
        first_line=2 if separator_line else 1,
        remark=None if separator == usual else SEPARATOR_REMARK.format(kind),
    )


def iter_rows(
    text: str, separator: str, first_line: int = 1
) -> Iterator[tuple[int, list[str] | str]]:
    """(first line, fields) of every row that is not blank.

    The reason is in place of the fields where a row cannot be separated from its neighbors.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + first_line
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"the row cannot be read: {error}"
            continue
        if row:
            yield line, row


def _head(text: str, start: int) -> str:
    """The beginning of the table, up to a line that holds more than blanks."""
    end = start
    while end < len(text):
        newline = text.find("\n", end)
        line_end = len(text) if newline < 0 else newline + 1
        if text[end:line_end].strip():
            # A quoted name may go on in the next lines.
            return text[start : line_end + 100_000]
        end = line_end
    return text[start:end]


def _parse_header(head: str, separator: str) -> list[str] | None:
    """The names of the columns; None if the first row is not one of names."""
    if separator == '"' or separator in "\r\n":
        return None
    _, row = next(iter_rows(head, separator), (1, "it is empty"))
    return None if isinstance(row, str) else [name.strip() for name in row]


def _count_known(names: list[str] | None) -> int:
    return -1 if names is None else len(map_columns(names).rename) if len(names) > 1 else 0


def _check_names(path: Path, names: list[str] | None) -> tuple[str, ...]:
    fault = ""
    if names is None or not any(names):
        fault = "names no columns"
    elif len(names) > MAX_COLUMNS:
        fault = f"has over {MAX_COLUMNS} columns"
    elif duplicates := [name for name in names if names.count(name) > 1]:
        fault = f"names {duplicates[0][:40]!r} twice"
    if fault or names is None:
        raise DataError(f"{path} is not a table of results: its first line {fault}")
    return tuple(names)
