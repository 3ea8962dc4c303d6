"""Rows of CSV and TSV text: which character separates the fields, and whether there is a header.

The separator is the one with which every row has as many fields as the first. A first line is a
header if one of its cells is a usual name, or if its cells differ in kind from those below. Where
neither a header nor a row is certain, the file is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeAlias

from ..errors import DataError
from ..plugins import quoted_list

MAX_FIELD_CHARS = 1 << 20
"""A longer field of a CSV file is a quote that was never closed."""

SAMPLE_CHARS = 1 << 18
"""Characters from which the separator is recognized."""

MAX_INSPECTED_ROWS = 2000
"""Rows that a first line is compared with."""

MAX_HEADER_CHARS = 200
MAX_NAME_CHARS = 40
MAX_NAME_WORDS = 4
"""Longest name of a column that the reader does not know."""

SEPARATOR_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?\s*%?\s*", re.IGNORECASE)
QUOTED_FIELD = re.compile(r'"(?:[^"]|"")*"')

NumberedRecord: TypeAlias = tuple[int, list[str]]
"""The line at which a record begins, and its fields."""


@dataclass(frozen=True)
class Dialect:
    """How the fields of a row are separated."""

    separator: str
    quoted: bool
    """Whether a field in quotes may hold the separator; else quotes are letters."""

    def parse(self, text: str) -> Iterator[NumberedRecord]:
        """Each record with the line at which it begins, without blank lines."""
        options: dict[str, Any] = {"strict": True} if self.quoted else {"quoting": csv.QUOTE_NONE}
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.separator, **options)
        start = 1
        for record in _iter_long_fields(reader):
            if record:
                yield start, record
            start = reader.line_num + 1


COMMAS, TABS = Dialect(",", True), Dialect("\t", False)
QUOTED_TABS = Dialect("\t", True)
DIALECTS = {
    ".csv": (COMMAS, Dialect(";", True), QUOTED_TABS, Dialect("|", True)),
    ".tsv": (TABS, QUOTED_TABS, COMMAS, Dialect(";", True)),
}
"""The dialects of a suffix; the first is the usual one."""


@dataclass(frozen=True)
class SeparatedRows:
    """The rows of a file, by its columns."""

    names: tuple[str, ...]
    records: tuple[NumberedRecord, ...]
    notes: tuple[str, ...] = field(default=())
    """What was recognized or left out."""


def parse_separated(
    name: str, text: str, suffix: str, header_names: Iterable[str], requested: Iterable[str] = ()
) -> SeparatedRows:
    """The rows of a text.

    A first line is a header if it has one of `header_names` or `requested`, whatever the case. It
    is a row if all `requested` names are numbers of columns. Without a header the columns are
    called "1", "2", ... Raises DataError, with the line, for what cannot be parsed or told apart.
    """
    known = {each.casefold() for each in (*header_names, *requested)}
    dialect, notes = _detect_dialect(name, text, suffix, known)
    line = 1
    records: list[NumberedRecord] = []
    try:
        for line, fields in dialect.parse(text):
            records.append((line, fields))
    except csv.Error as error:
        raise DataError(f"{name}:{line + bool(records)}: {error}; correct that line") from None
    if not records:
        raise DataError(f"{name} is empty; give a file with rows")
    has_header = _has_header(name, records, known, tuple(requested))
    names = tuple(map(str.strip, records[0][1])) if has_header else _numbers(len(records[0][1]))
    if not has_header and len(names) > 1:
        notes += (f"without a header: the first line is a row, the columns are 1 to {len(names)}",)
    long = next((each for each in names if len(each) > MAX_HEADER_CHARS), None)
    if long is not None:
        raise DataError(
            f"{name}: the name of a column has {len(long):,} characters, {long[:40]!r} and so on; "
            "is a quote or a line end missing?"
        )
    body = records[has_header:]
    _check_widths(name, body, len(names))
    repeats = [each for each in body if has_header and each[1] == records[0][1]]
    if repeats:
        body = [each for each in body if each[1] != records[0][1]]
        notes += (f"{len(repeats)} more header line{'s' * (len(repeats) > 1)}, left out",)
    names, body = _drop_unnamed(names, body)
    if len(set(names)) != len(names):
        raise DataError(f"{name}: two columns have one name among {quoted_list(names)}; rename one")
    return SeparatedRows(names, tuple(body), notes)


def is_number(cell: str) -> bool:
    """Whether a cell is a number, with a decimal point or comma."""
    return NUMBER.fullmatch(cell) is not None


def _detect_dialect(
    name: str, text: str, suffix: str, known: set[str]
) -> tuple[Dialect, tuple[str, ...]]:
    """The dialect of a text, with a note if it is not the usual one."""
    sample = text
    if len(text) > SAMPLE_CHARS:
        sample = text[: text.rfind("\n", 0, SAMPLE_CHARS) + 1] or text[:SAMPLE_CHARS]
    candidates = DIALECTS[suffix]
    scores = [_score_dialect(each, sample, known, len(sample) < len(text)) for each in candidates]
    best = max(range(len(candidates)), key=lambda index: (scores[index], -index))
    dialect = candidates[best]
    if not scores[best][2]:
        return candidates[0], ()
    if dialect.separator == "\t" and scores[best][0] and suffix == ".tsv":
        dialect = QUOTED_TABS if _has_quoted_fields(sample, scores) else TABS
    rivals = [
        each
        for each, score in zip(candidates, scores, strict=True)
        if score == scores[best] and score[0] and each.separator != dialect.separator
    ]
    if rivals:
        raise DataError(
            f"{name} may be separated by {SEPARATOR_NAMES[dialect.separator]} or by "
            f"{SEPARATOR_NAMES[rivals[0].separator]}; add a header with the columns 'text' and "
            "'label'"
        )
    if dialect.separator == candidates[0].separator:
        return dialect, (("quotes around fields are removed",) if dialect == QUOTED_TABS else ())
    return dialect, (f"separated by {SEPARATOR_NAMES[dialect.separator]}",)


def _score_dialect(
    dialect: Dialect, sample: str, known: set[str], is_cut: bool
) -> tuple[bool, bool, float]:
    """(every row has as many fields as the first, a field is a known name, share of such rows)."""
    records = []
    try:
        for _, fields in dialect.parse(sample):
            records.append(fields)
    except csv.Error:
        if not is_cut or len(records) < 2:
            return False, False, 0.0
    if is_cut:
        records = records[:-1]
    if not records or len(records[0]) < 2:
        return False, False, 0.0
    width = len(records[0])
    share = sum(len(each) == width for each in records) / len(records)
    return share == 1.0, any(cell.strip().casefold() in known for cell in records[0]), share


def _has_quoted_fields(sample: str, scores: Sequence[tuple[bool, bool, float]]) -> bool:
    """Whether quotes in a TSV text stand around fields, as a spreadsheet writes them.

    They do if every field with a quote is quoted as a whole, and one of them has to be.
    """
    if not scores[1][0]:
        return False
    if not scores[0][0]:
        return True
    fields = [
        cell.rstrip("\r")
        for line in sample.split("\n")
        for cell in line.split("\t")
        if cell.strip()
    ]
    with_quotes = [cell for cell in fields if '"' in cell]
    if not with_quotes or not all(QUOTED_FIELD.fullmatch(cell) for cell in with_quotes):
        return False
    return len(with_quotes) == len(fields) or any('""' in cell[1:-1] for cell in with_quotes)


def _has_header(
    name: str, records: Sequence[NumberedRecord], known: set[str], requested: Sequence[str]
) -> bool:
    """Whether the first line names the columns. Raises DataError where that is not certain."""
    first = [cell.strip() for cell in records[0][1]]
    if any(each in first for each in requested):
        return True
    if requested and all(each.isdecimal() and 1 <= int(each) <= len(first) for each in requested):
        return False
    others = [
        fields
        for _, fields in records[1 : MAX_INSPECTED_ROWS + 1]
        if len(fields) == len(first) and fields != records[0][1]
    ]
    columns = [[row[index].strip() for row in others] for index in range(len(first))]
    repeated = [cell in values for cell, values in zip(first, columns, strict=True)]
    if any(
        cell.casefold() in known and not again for cell, again in zip(first, repeated, strict=True)
    ):
        return True
    if len(first) == 1:
        return False
    if any(repeated) or any(map(is_number, first)) or not others:
        return False
    if _are_names(first) and any(map(_differ, first, columns)):
        return True
    raise DataError(
        f"{name}: its first line {quoted_list(first)} may be a header or a row; name the columns "
        "with --text-column and --label-column, by their names, or by their numbers without a "
        "header"
    )


def _are_names(cells: Sequence[str]) -> bool:
    """Whether cells may be the names of columns; the first may be empty, as that of an index is."""
    filled = cells if cells[0] else cells[1:]
    return len(set(filled)) == len(filled) and all(
        0 < len(cell) <= MAX_NAME_CHARS and len(cell.split()) <= MAX_NAME_WORDS for cell in filled
    )


def _differ(cell: str, values: Sequence[str]) -> bool:
    """Whether a cell differs in kind from those below it: numbers, long texts, or a few values."""
    filled = [each for each in values if each]
    if not filled:
        return False
    if all(map(is_number, filled)) or _is_repetitive(filled):
        return True
    return median(map(len, filled)) >= max(20, 2 * len(cell))


def _is_repetitive(values: Sequence[str]) -> bool:
    return len(values) >= 4 and len(set(values)) <= len(values) / 2


def _check_widths(name: str, records: Sequence[NumberedRecord], width: int) -> None:
    for number, fields in records:
        if len(fields) != width:
            raise DataError(
                f"{name}:{number} has {len(fields)} fields and the first line has {width}; quote "
                "a field that holds the separator"
            )


def _drop_unnamed(
    names: tuple[str, ...], records: list[NumberedRecord]
) -> tuple[tuple[str, ...], list[NumberedRecord]]:
    """The rows without columns that have neither a name nor a value, as spreadsheets add them."""
    empty = [
        index
        for index, name in enumerate(names)
        if not name and not any(fields[index].strip() for _, fields in records)
    ]
    if not empty:
        return names, records
    remaining = [index for index in range(len(names)) if index not in empty]
    return tuple(names[i] for i in remaining), [
        (n, [fields[i] for i in remaining]) for n, fields in records
    ]


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(index + 1) for index in range(count))


def _iter_long_fields(reader: Any) -> Iterator[list[str]]:
    """The records of a reader that allows long fields; the limit of the process is restored."""
    while True:
        with _allow_long_fields():
            try:
                record = next(reader)
            except StopIteration:
                return
        yield record


@contextmanager
def _allow_long_fields() -> Iterator[None]:
    """The csv module has one limit for the whole process, which is restored."""
    previous_limit = csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        yield
    finally:
        csv.field_size_limit(previous_limit)
