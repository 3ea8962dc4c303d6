"""Rows of CSV, TSV, JSON and Parquet files: values by column, with the line of each row.

`read_table` reads a whole file and refuses it at the first line that is wrong. `iter_records` reads
a file line by line, so that its caller can count the lines that it cannot use.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DataError, convert_errors
from ..formatting import pluralize
from ..plugins import quoted_list
from .formula_cells import has_escaped_cells, unescape_cell
from .json_values import REPLACEMENT, SURROGATE, parse_json
from .separated import parse_separated
from .text_files import DecodedText, iter_lines, read_text, uncompressed_suffix

FORMATS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet")
STREAMED_FORMATS = (".tsv", ".jsonl")
"""Formats in which a line is a record."""

MAX_FILE_BYTES = 1 << 31
MAX_PARQUET_CELLS = 50_000_000
MAX_PARQUET_BYTES = 400 << 20
"""A Parquet file of a few bytes can hold gigabytes."""

LIST_KEYS = ("data", "rows", "train", "examples", "instances")
"""Keys under which a JSON object holds its list of rows."""


@dataclass(frozen=True)
class TableRecord:
    """One record of a file."""

    number: int
    """Line at which it begins, counted from 1; the number of the row in Parquet and JSON files."""

    values: dict[str, Any]
    """The value of each column."""

    file: str = ""
    """Name of the file, for messages."""

    @property
    def location(self) -> str:
        """File and number, as messages name the record."""
        return f"{self.file}:{self.number}"

    def text(self, column: str, *, strip: bool = True) -> str:
        """The value of a column as text, without blanks around it; "" where there is none.

        Raises DataError for a list or an object.
        """
        value = self.values.get(column)
        if isinstance(value, list | dict):
            kind = "a list" if isinstance(value, list) else "an object"
            raise DataError(f"{self.location}: {column!r} is {kind}, expected a text")
        text = "" if value is None else str(value)
        return text.strip() if strip else text


@dataclass(frozen=True)
class TabularFile:
    """All records of a file."""

    column_names: tuple[str, ...]
    records: tuple[TableRecord, ...]
    notes: tuple[str, ...] = ()
    """What was recognized, guessed or left out."""

    features: Mapping[str, Any] = field(default_factory=dict)
    """The features that `datasets` wrote into a Parquet file; empty for other files."""


def read_table(
    path: Path, header_names: Iterable[str] = (), requested: Iterable[str] = ()
) -> TabularFile:
    """All records of a file.

    A first line of CSV or TSV is a header if one of its cells is among `header_names` or
    `requested`, or if it differs in kind from the lines below. Without a header, columns are called
    "1", "2" and so on.

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
    decoded = read_text(path)
    if suffix in (".csv", ".tsv", ".txt"):
        return _parse_separated(path, decoded, header_names, requested)
    parse = _parse_json_list if suffix == ".json" else _parse_json_lines
    records, notes = parse(path, decoded.text)
    if not records:
        raise DataError(f"{path.name} is empty; give a file with rows")
    names = dict.fromkeys(name for record in records for name in record.values)
    return TabularFile(tuple(names), tuple(records), (*decoded.notes, *notes))


def _parse_separated(
    path: Path, decoded: DecodedText, header_names: Iterable[str], requested: Iterable[str]
) -> TabularFile:
    suffix = ".csv" if path.suffix.lower() == ".csv" else ".tsv"
    rows = parse_separated(path.name, decoded.text, suffix, header_names, tuple(requested))
    names = rows.names
    restore: Callable[[str], str] = _keep_cell
    if has_escaped_cells(names):
        names, restore = tuple(map(unescape_cell, names)), unescape_cell
    named = tuple(
        TableRecord(number, dict(zip(names, map(restore, fields), strict=True)), path.name)
        for number, fields in rows.records
    )
    return TabularFile(names, named, (*decoded.notes, *rows.notes))


def _keep_cell(cell: str) -> str:
    return cell


def iter_records(path: Path) -> Iterator[TableRecord]:
    """The record of each line of a TSV or JSON lines file, perhaps compressed.

    The columns of TSV are called "1", "2", ...; a line that is not a JSON object has no values.
    Raises DataError, with the line, for what cannot be read as UTF-8.
    """
    parse = _parse_tsv_line if uncompressed_suffix(path) == ".tsv" else _parse_json_line
    for number, line in enumerate(iter_lines(path), start=1):
        yield TableRecord(number, parse(line))


def _parse_tsv_line(line: str) -> dict[str, Any]:
    return {str(index): cell for index, cell in enumerate(line.split("\t"), start=1)}


def _parse_json_line(line: str) -> dict[str, Any]:
    try:
        values = parse_json(line, "the line")
    except DataError:
        return {}
    return values if isinstance(values, dict) else {}


def _parse_json_lines(path: Path, text: str) -> tuple[list[TableRecord], tuple[str, ...]]:
    records: list[TableRecord] = []
    for number, line in enumerate(io.StringIO(text), start=1):
        if not line.strip():
            continue
        if not records and line.lstrip().startswith("["):
            # A list of objects under the name of JSON lines.
            return _parse_json_list(path, text)
        values = parse_json(line, f"{path.name}:{number}")
        if not isinstance(values, dict):
            raise DataError(f"{path.name}:{number} is not an object; write one object a line")
        records.append(TableRecord(number, values, path.name))
    return records, _note_replaced(records, text)


def _parse_json_list(path: Path, text: str) -> tuple[list[TableRecord], tuple[str, ...]]:
    """The objects of a JSON list, which may stand under one of `LIST_KEYS`."""
    first_line, _, rest = text.lstrip().partition("\n")
    if first_line.startswith("{") and first_line.rstrip().endswith("}") and rest.strip():
        # JSON lines under the name of JSON.
        return _parse_json_lines(path, text)
    values = parse_json(text, path.name)
    notes: tuple[str, ...] = ()
    if isinstance(values, dict):
        key = next((name for name in LIST_KEYS if _is_list_of_objects(values.get(name))), None)
        notes = (f"rows under {key!r}",) if key else ()
        values = values[key] if key else _transpose(values)
    if not isinstance(values, list):
        raise DataError(f"{path.name} is not a list of objects; write one object a row")
    for number, each in enumerate(values, start=1):
        if not isinstance(each, dict):
            raise DataError(f"{path.name}: row {number} is not an object; write one object a row")
    records = [TableRecord(n, each, path.name) for n, each in enumerate(values, start=1)]
    return records, (*notes, *_note_replaced(records, text))


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _transpose(values: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of an object: one, or those of columns as pandas writes them."""
    columns = list(values.values())
    if columns and all(isinstance(each, dict) for each in columns):
        keys = list(columns[0])
        if all(list(each) == keys for each in columns):
            return [{name: values[name][key] for name in values} for key in keys]
    is_columns = len(columns) > 1 and all(isinstance(each, list) for each in columns)
    if is_columns and len({len(each) for each in columns}) == 1:
        return [dict(zip(values, row, strict=True)) for row in zip(*columns, strict=True)]
    return [values]


def _note_replaced(records: list[TableRecord], text: str) -> tuple[str, ...]:
    if not SURROGATE.search(text):
        return ()
    count = sum(REPLACEMENT in repr(each.values) for each in records)
    return (f"{pluralize(count, 'row')} with half of a character, read as U+FFFD",) if count else ()


def _read_parquet(path: Path) -> TabularFile:
    import polars as pl

    with (
        _without_panic_output(),
        convert_errors(DataError, f"{path.name} is not a readable Parquet file", "write it again"),
    ):
        schema = pl.read_parquet_schema(path)
        metadata = pl.read_parquet_metadata(path)
        count = pl.scan_parquet(path).select(pl.len()).collect().item()
        if count * len(schema) > MAX_PARQUET_CELLS:
            raise DataError(f"{path.name} has {count:,} rows; give a part of it")
        _check_parquet_size(path, schema)
        rows = list(pl.read_parquet(path).iter_rows(named=True))
    if not rows:
        raise DataError(f"{path.name} is empty; give a file with rows")
    records = tuple(TableRecord(n, row, path.name) for n, row in enumerate(rows, start=1))
    return TabularFile(tuple(schema), records, features=_parse_features(metadata))


@contextmanager
def _without_panic_output() -> Iterator[None]:
    """Drops what Rust writes to standard error when a damaged file makes polars panic."""
    try:
        saved = os.dup(2)
    except OSError:
        yield
        return
    with Path(os.devnull).open("wb") as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def _check_parquet_size(path: Path, schema: Mapping[str, Any]) -> None:
    """Raises DataError for a file whose texts and lists would take too much memory."""
    import polars as pl

    lists = [name for name, kind in schema.items() if isinstance(kind, pl.List)]
    texts = [name for name, kind in schema.items() if kind in (pl.String, pl.Binary)]
    sizes = [
        *(pl.col(name).cast(pl.Binary).bin.size().sum().cast(pl.Int64) for name in texts),
        *((pl.col(name).list.len().sum().cast(pl.Int64) * 8) for name in lists),
    ]
    if not sizes:
        return
    total = sum(pl.scan_parquet(path).select(sizes).collect(engine="streaming").row(0), 0)
    if total > MAX_PARQUET_BYTES:
        raise DataError(
            f"{path.name} holds {total >> 20:,} MB of text; give a part of at most "
            f"{MAX_PARQUET_BYTES >> 20} MB"
        )


def _parse_features(metadata: Mapping[str, str]) -> Mapping[str, Any]:
    """The features in the metadata that `datasets` writes; empty where there are none."""
    if "huggingface" not in metadata:
        return {}
    try:
        features = parse_json(metadata["huggingface"], "features")["info"]["features"]
    except (DataError, KeyError, TypeError):
        return {}
    return features if isinstance(features, dict) else {}
