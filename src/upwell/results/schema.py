"""Validation of rows: every format gives typed rows, and the rows that could not be used.

The same rules hold for a CSV and for the JSON of a harness. A wrong row is left out and never
repaired. Whether values lie on the scale of their metric is decided for whole groups of rows, in
`metric_bounds`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ..errors import DataError
from ..records.evaluation import TABLE_COLUMNS
from .cells import (
    INTEGER_COLUMNS,
    PERCENT_COLUMNS,
    CellStyle,
    clean_text,
    parse_extra_column,
    parse_numbers,
)
from .metric_names import parse_metric_name
from .remarks import Remark

TEXT_COLUMNS = ("family", "model", "ability", "metric", "reason")
NUMERIC_COLUMNS = (
    "params",
    "tokens",
    "flops",
    "loss",
    "value",
    "stderr",
    "chance",
    "ceiling",
    *INTEGER_COLUMNS,
)
REQUIRED_COLUMNS = ("model", "ability", "metric")
POSITIVE_COLUMNS = ("params",)
NON_NEGATIVE_COLUMNS = ("tokens", "flops", "step", "shots", "items", "missing", "stderr")

MAX_INTEGER = 2.0**53
"""Largest whole number in a table; a larger one would not be exact."""

LINE_COLUMN = "upwell line"
"""Column with the line of a row, or its number in a file without lines."""

LOCATION_COLUMN = "upwell location"
"""Column with the keys that lead to a row in a JSON document; "" in a file with lines."""

FILE_COLUMN = "upwell file"
"""Column with the file of a row."""

SOURCE_COLUMNS = (FILE_COLUMN, LINE_COLUMN, LOCATION_COLUMN)

OUTCOME_SCHEMA = {
    "model": pl.String,
    "step": pl.Int64,
    "ability": pl.String,
    "shots": pl.Int64,
    "metric": pl.String,
    "item": pl.String,
    "value": pl.Float64,
}
"""Columns of per-item outcomes: one row for each item of a measurement."""


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that was left out."""

    file: str
    line: int | None
    """Line in a text file, row in a Parquet file; None in a JSON document."""

    reason: str
    """One sentence; in a JSON document it begins with the keys that lead to the row."""


@dataclass(frozen=True, kw_only=True)
class ParsedFile:
    """The parsed contents of one file."""

    rows: pl.DataFrame
    """`TABLE_COLUMNS`, other columns of the file, and `SOURCE_COLUMNS`."""

    bad_rows: tuple[BadRow, ...] = ()
    outcomes: pl.DataFrame | None = None
    """Columns `OUTCOME_SCHEMA`; None if the file has none."""

    remarks: tuple[Remark, ...] = ()
    """What the reader named or chose."""


def parse_rows(
    rows: Iterable[Mapping[str, Any]], file: str, outcomes: pl.DataFrame | None
) -> ParsedFile:
    """Validate the rows of a JSON document, which have their location under `LOCATION_COLUMN`."""
    row_list = list(rows)
    if not row_list:
        raise DataError(f"{file} has no results")
    names = list(dict.fromkeys(name for row in row_list for name in row))
    columns = {name: [row.get(name) for row in row_list] for name in names}
    kinds = {name: _json_dtype(name, cells) for name, cells in columns.items()}
    frame = pl.DataFrame(columns, schema=kinds, strict=False)
    return validate(
        frame.with_columns(pl.lit(None, dtype=pl.Int64).alias(LINE_COLUMN)), file, outcomes
    )


def _json_dtype(name: str, cells: list[Any]) -> type[pl.DataType]:
    """Text for a column of text, and for another column of the document with text in it."""
    is_text = name in (*TEXT_COLUMNS, LOCATION_COLUMN)
    has_text = name not in NUMERIC_COLUMNS and any(isinstance(cell, str) for cell in cells)
    return pl.String if is_text or has_text else pl.Float64


def validate(
    frame: pl.DataFrame,
    file: str,
    outcomes: pl.DataFrame | None = None,
    style: CellStyle = CellStyle(),  # noqa: B008
) -> ParsedFile:
    """Validate raw rows, in which every cell may be text.

    Raises DataError where a required column is missing.
    """
    absent = [name for name in ("ability", "metric", "value") if name not in frame.columns]
    if absent or "model" not in frame.columns:
        raise DataError(
            f"{file} is not a table of results: it has no column "
            f"{', '.join(repr(n) for n in absent or ['model'])} "
            f"(found {', '.join(repr(n[:40]) for n in _data_columns(frame)[:12]) or 'none'})"
        )
    frame, faults = _cast_columns(_add_source_columns(frame, file), style)
    frame = _name_metrics(frame)
    frame = frame.with_columns(pl.coalesce([*faults, *_row_faults()]).alias("why"))
    bad_rows = _collect_bad_rows(frame.filter(pl.col("why").is_not_null()))
    valid = frame.filter(pl.col("why").is_null()).drop("why")
    return ParsedFile(
        rows=_cast_integers(_fill_reason(valid)), bad_rows=bad_rows, outcomes=outcomes
    )


def _data_columns(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if name not in SOURCE_COLUMNS]


def _add_source_columns(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    location = [] if LOCATION_COLUMN in frame.columns else [pl.lit("").alias(LOCATION_COLUMN)]
    return frame.with_columns(
        pl.lit(file).alias(FILE_COLUMN), pl.col(LINE_COLUMN).cast(pl.Int64), *location
    )


def _cast_columns(frame: pl.DataFrame, style: CellStyle) -> tuple[pl.DataFrame, list[pl.Expr]]:
    """The frame with typed columns, and expressions with the reason for each wrong cell."""
    columns: list[pl.Series] = []
    faults: list[pl.Expr] = []
    for name in (
        *TABLE_COLUMNS,
        *(extra for extra in _data_columns(frame) if extra not in TABLE_COLUMNS),
    ):
        if name not in frame.columns:
            kind = pl.String if name in TEXT_COLUMNS else pl.Float64
            columns.append(pl.Series(name, [None], dtype=kind).new_from_index(0, len(frame)))
        elif name in TEXT_COLUMNS:
            columns.append(clean_text(frame[name]))
        elif name in NUMERIC_COLUMNS:
            parsed = parse_numbers(frame[name], style)
            columns.append(parsed.numbers)
            faults += [] if parsed.invalid is None else [_not_a_number(name, parsed.invalid)]
            if parsed.percents is not None:
                columns.append(parsed.percents.alias(PERCENT_COLUMNS[name]))
        else:
            columns.append(parse_extra_column(frame[name], style))
    return pl.DataFrame([*columns, *frame.select(SOURCE_COLUMNS)]), faults


def _name_metrics(frame: pl.DataFrame) -> pl.DataFrame:
    """Upwell's names of metrics; their filter goes to the ability, their percent sign to a mark."""
    parsed = {name: parse_metric_name(name) for name in frame["metric"].unique().drop_nulls()}
    filters = {name: f"/{m.filter_name}" for name, m in parsed.items() if m.filter_name}
    percents = [name for name, metric in parsed.items() if metric.is_percent]
    metric, mark = pl.col("metric"), PERCENT_COLUMNS["value"]
    if filters:
        suffix = metric.replace_strict(filters, default="", return_dtype=pl.String)
        frame = frame.with_columns(ability=pl.col("ability") + suffix)
    if percents:
        marked = pl.col(mark) if mark in frame.columns else pl.lit(value=False)
        frame = frame.with_columns((marked | metric.is_in(percents)).alias(mark))
    names = {name: m.name for name, m in parsed.items() if m.name != name}
    return frame.with_columns(metric.replace(names)) if names else frame


def _not_a_number(name: str, invalid: pl.Series) -> pl.Expr:
    cell = pl.lit(invalid.str.slice(0, 40))
    hint = _when(cell.str.contains(r"\d,\d{3}"), " (1,234 may be 1234 or 1.234)").otherwise(
        pl.lit("")
    )
    message = pl.format(name + " must be a number, found {}{}", cell, hint)
    return _when(cell.is_not_null(), message)


def _when(condition: pl.Expr, sentence: pl.Expr | str) -> Any:
    text = pl.lit(sentence) if isinstance(sentence, str) else sentence
    return pl.when(condition).then(text)


def _row_faults() -> list[pl.Expr]:
    """Reasons why a typed row cannot be used, the most serious first."""
    faults = [_when(pl.col(name).is_null(), f"there is no {name}") for name in REQUIRED_COLUMNS]
    for name in NUMERIC_COLUMNS:
        if name != "value":
            message = pl.format(name + " must be finite, found {}", pl.col(name))
            faults.append(_when(pl.col(name).is_infinite(), message))
    for name in INTEGER_COLUMNS:
        message = pl.format(name + " must be a whole number, found {}", pl.col(name))
        faults.append(_when(pl.col(name) != pl.col(name).round(), message))
        message = pl.format(name + " is too large a number: {}", pl.col(name))
        faults.append(_when(pl.col(name).abs() > MAX_INTEGER, message))
    for name in POSITIVE_COLUMNS:
        message = pl.format(name + " must be above 0, found {}", pl.col(name))
        faults.append(_when(pl.col(name) <= 0, message))
    for name in NON_NEGATIVE_COLUMNS:
        message = pl.format(name + " must not be negative, found {}", pl.col(name))
        faults.append(_when(pl.col(name) < 0, message))
    return faults


def _fill_reason(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the reason to rows without a value; a row never has both."""
    value = pl.col("value")
    reason = pl.coalesce(
        _when(value.is_infinite(), "the value is not finite"),
        _when(value.is_null(), pl.coalesce("reason", pl.lit("the file gives no value"))),
    )
    return frame.with_columns(reason=reason, value=pl.when(value.is_finite()).then(value))


def _cast_integers(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(INTEGER_COLUMNS).cast(pl.Int64))


def _collect_bad_rows(frame: pl.DataFrame) -> tuple[BadRow, ...]:
    return tuple(
        BadRow(file=file, line=line, reason=f"{location}: {reason}" if location else reason)
        for file, line, location, reason in frame.select(*SOURCE_COLUMNS, "why").iter_rows()
    )
