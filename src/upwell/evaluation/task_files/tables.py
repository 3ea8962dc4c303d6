"""Tables of rows from CSV, JSON and Parquet, typed as `datasets.load_dataset` types them.

The lm-evaluation-harness reads rows with `datasets`, which reads CSV with pandas and JSON and
Parquet with Arrow. These decide whether an empty cell is None and whether "2020-01-01" is a time,
and with that the text of a prompt. So the same libraries read here, in the same portions: each
portion is typed by itself. Checked against datasets 5.2.0.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import DataError, MissingDependencyError
from .mixed_fields import FieldPath, changed_field, encode_fields, find_mixed_fields

try:
    import pandas
    import pyarrow
    import pyarrow.json
    import pyarrow.parquet
    from pandas.io.json import ujson_dumps, ujson_loads
except ImportError as error:
    raise MissingDependencyError(
        "task files need pandas and pyarrow: pip install pandas pyarrow"
    ) from error

CSV_ROWS = 10_000
"""Rows of a portion of CSV."""

JSON_BYTES = 10 << 20
"""Bytes of a portion of JSON lines."""

MAX_BYTES = 100_000_000
"""Most bytes of a table in memory."""

MAX_CELLS = 5_000_000
"""Most values of a file."""

MAX_COLUMNS = 10_000
MAX_DEPTH = 50
"""Deepest nesting of a value."""

CSV_OPTIONS = (
    "sep", "delimiter", "header", "names", "column_names", "usecols", "true_values",
    "false_values", "skipinitialspace", "skiprows", "nrows", "na_values", "keep_default_na",
    "na_filter", "skip_blank_lines", "thousands", "decimal", "lineterminator", "quotechar",
    "quoting", "escapechar", "comment", "encoding", "doublequote", "encoding_errors",
)  # fmt: skip
JSON_OPTIONS = ("field", "encoding")
OPTIONS: Mapping[str, Sequence[str]] = {
    "csv": CSV_OPTIONS, "json": JSON_OPTIONS, "parquet": ("columns",)
}  # fmt: skip
"""Keys of `dataset_kwargs` by reader, besides `data_files`."""


@dataclass(frozen=True)
class DataTable:
    """A portion of a file."""

    table: Any
    """pyarrow.Table"""

    json_paths: tuple[FieldPath, ...] = ()
    """Fields whose values have several types; in the table they are JSON texts."""


def read_tables(
    reader: str, data: bytes, path: Path, options: Mapping[str, Any], known: DataTable | None
) -> Iterator[DataTable]:
    """The portions of a file. `known` is the first portion of all files, if there is one.

    Raises DataError, with the file and where there is one the line.
    """
    read = {"csv": _read_csv, "json": _read_json, "parquet": _read_parquet}[reader]
    cells = 0
    try:
        for portion in read(data, path, options, known):
            cells += portion.table.num_rows * max(1, portion.table.num_columns)
            if cells > MAX_CELLS or portion.table.num_columns > MAX_COLUMNS:
                raise DataError(
                    f"{path} has more than {MAX_CELLS} values or {MAX_COLUMNS} columns; "
                    "split it into smaller files"
                )
            yield portion
    except DataError:
        raise
    # What pandas and Arrow raise for a damaged file has no common base.
    except Exception as error:
        raise DataError(f"{path} cannot be read as {reader}: {_one_line(error)}") from None


def _read_csv(
    data: bytes, path: Path, options: Mapping[str, Any], known: DataTable | None
) -> Iterator[DataTable]:
    options = dict(options)
    separator = options.pop("delimiter", options.pop("sep", None))
    if separator is None:
        separator = "\t" if ".tsv" in path.suffixes else ","
    if "column_names" in options:
        options["names"] = options.pop("column_names")
    for frame in pandas.read_csv(
        io.BytesIO(data), sep=separator, chunksize=CSV_ROWS, engine="c", **options
    ):
        yield DataTable(pyarrow.Table.from_pandas(frame))


def _read_parquet(
    data: bytes, path: Path, options: Mapping[str, Any], known: DataTable | None
) -> Iterator[DataTable]:
    file = pyarrow.parquet.ParquetFile(io.BytesIO(data))
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    columns = [group.column(index) for group in groups for index in range(group.num_columns)]
    if (
        sum(column.num_values for column in columns) > MAX_CELLS
        or sum(column.total_uncompressed_size for column in columns) > MAX_BYTES
    ):
        raise DataError(f"{path} has more than {MAX_CELLS} values or {MAX_BYTES} bytes")
    decoded = 0
    for batch in file.iter_batches(batch_size=256, columns=options.get("columns")):
        decoded += batch.nbytes
        if decoded > MAX_BYTES:
            raise DataError(f"{path} has more than {MAX_BYTES} bytes after decompression")
        yield DataTable(pyarrow.Table.from_batches([batch]))


def _read_json(
    data: bytes, path: Path, options: Mapping[str, Any], known: DataTable | None
) -> Iterator[DataTable]:
    encoding = options.get("encoding") or "utf-8"
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        data = data.decode(encoding).encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    data.decode("utf-8")
    if (field := options.get("field")) is not None:
        yield _read_field(data, field, path)
    elif data.startswith(b"["):
        yield from _read_lines(_list_to_lines(data, path), known)
    elif _is_one_object(data):
        _parse(data.decode(), str(path))
        yield from _read_lines(data, known)
    else:
        _check_lines(data, path)
        for portion in _split_lines(data):
            for table in _read_lines(portion, known):
                known = known or table
                yield table


def _split_lines(data: bytes) -> Iterator[bytes]:
    """Portions of whole lines."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + JSON_BYTES - 1)
        end = len(data) if start + JSON_BYTES >= len(data) or end < 0 else end + 1
        yield data[start:end]
        start = end


def _is_one_object(data: bytes) -> bool:
    """Whether the file is one JSON object over several lines: one row."""
    first = data.split(b"\n", 1)[0]
    try:
        json.loads(first or b"{}")
    except (ValueError, RecursionError):
        return data.lstrip()[:1] == b"{" and data.rstrip()[-1:] == b"}" and _is_object(data)
    return False


def _is_object(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _check_lines(data: bytes, path: Path) -> None:
    """Raises DataError for the first line that is not a JSON object."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip() and not isinstance(_parse(line.decode(), f"{path}, line {number}"), dict):
            raise DataError(f"{path}, line {number}: every row must be a JSON object; one is not")


def _parse(text: str, location: str) -> Any:
    try:
        value = json.loads(text)
        text.encode()
        ujson_dumps(value).encode()
    except (ValueError, RecursionError, OverflowError) as error:
        raise DataError(f"{location} is not JSON: {_one_line(error)}") from None
    if _depth(value) > MAX_DEPTH:
        raise DataError(f"{location} has more than {MAX_DEPTH} levels of lists and objects")
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _list_to_lines(data: bytes, path: Path) -> bytes:
    """The elements of a JSON list, one a line; a text is a row with the column `text`."""
    _parse(data.decode(), str(path))
    is_objects = b"{" in data[:100].split(b'"', 1)[0]
    values = ujson_loads(data)
    if not all(isinstance(value, dict if is_objects else str) for value in values):
        raise DataError(f"{path}: every row must be a JSON object; one is not")
    rows = values if is_objects else [{"text": value} for value in values]
    return "\n".join(ujson_dumps(row) for row in rows).encode()


def _read_field(data: bytes, field: str, path: Path) -> DataTable:
    """The rows under one key of a JSON object."""
    _parse(data.decode(), str(path))
    document = ujson_loads(data)
    if not isinstance(document, dict) or field not in document:
        keys = ", ".join(document) if isinstance(document, dict) else "no keys"
        raise DataError(f"{path} has no field {field!r}; there are {keys}")
    return DataTable(_from_pandas(ujson_dumps(document[field])))


def _from_pandas(text: str) -> Any:
    frame = pandas.read_json(io.StringIO(text), dtype_backend="pyarrow")
    if frame.columns.tolist() == [0]:
        frame.columns = ["text"]
    return pyarrow.Table.from_pandas(frame, preserve_index=False)


def _read_lines(batch: bytes, known: DataTable | None) -> Iterator[DataTable]:
    """One portion of JSON lines; fields with several types are kept as JSON texts."""
    paths = list(known.json_paths) if known else find_mixed_fields(batch)
    # Each new attempt keeps at least one more field as JSON.
    while True:
        encoded = encode_fields(batch, paths) if paths else batch
        try:
            table = pyarrow.json.read_json(
                io.BytesIO(encoded),
                read_options=pyarrow.json.ReadOptions(block_size=max(len(encoded), 1 << 16)),
            )
            table.validate()
        except pyarrow.ArrowInvalid as error:
            path = changed_field(str(error), batch)
            if path is None or any(path[: len(each)] == each for each in paths):
                raise
            paths = [each for each in paths if each[: len(path)] != path] + [path]
        else:
            yield DataTable(table, tuple(paths))
            return


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
