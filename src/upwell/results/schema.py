"""Validation of rows: every format gives typed rows, and the rows that could not be used.

This is the one place that decides which rows can be used, with the same rules for a CSV and for the
JSON of a harness. A wrong row is left out and never repaired: a percentage is not divided by 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ..errors import DataError
from ..records import METRICS
from ..records.evaluation import TABLE_COLUMNS
from .metric_names import METRIC_ALIASES
from .model_scale import parse_number

SCALE_COLUMNS = ("params", "tokens", "flops")
"""Columns whose cells may be written as "70m" or "1.4t"."""

TEXT_COLUMNS = ("family", "model", "ability", "metric", "reason")
INTEGER_COLUMNS = ("step", "seed", "shots", "items", "missing")
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

NULL_STRINGS = ("", "nan", "na", "n/a", "null", "none", "-")
"""Cells, in lower case, that mean "unknown"."""

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


def parse_rows(
    rows: Iterable[Mapping[str, Any]], file: str, outcomes: pl.DataFrame | None
) -> ParsedFile:
    """Validate the rows of a JSON document, which have their location under `LOCATION_COLUMN`."""
    row_list = list(rows)
    if not row_list:
        raise DataError(f"{file} has no results")
    names = list(dict.fromkeys(name for row in row_list for name in row))
    columns = {name: [row.get(name) for row in row_list] for name in names}
    kinds = {
        n: pl.Float64
        if n in NUMERIC_COLUMNS or n not in (*TEXT_COLUMNS, LOCATION_COLUMN)
        else pl.String
        for n in names
    }
    frame = pl.DataFrame(columns, schema=kinds, strict=False)
    return validate(
        frame.with_columns(pl.lit(None, dtype=pl.Int64).alias(LINE_COLUMN)), file, outcomes
    )


def validate(frame: pl.DataFrame, file: str, outcomes: pl.DataFrame | None = None) -> ParsedFile:
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
    frame, faults = _cast_columns(_add_source_columns(frame, file))
    frame = frame.with_columns(pl.col("metric").replace(METRIC_ALIASES))
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


def _cast_columns(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.Expr]]:
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
            columns.append(_clean_text(frame[name]))
        elif name in NUMERIC_COLUMNS:
            number, invalid = _parse_numbers(frame[name])
            columns.append(number)
            faults += [] if invalid is None else [_not_a_number(name, invalid)]
        else:
            columns.append(_parse_extra_column(frame[name]))
    return pl.DataFrame([*columns, *frame.select(SOURCE_COLUMNS)]), faults


def _clean_text(column: pl.Series) -> pl.Series:
    """The text without blanks around it; null if empty."""
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text == "", None)


def _parse_numbers(column: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    """The column as numbers, null where unknown, and the cells that are not numbers as text."""
    if column.dtype.is_numeric() or column.dtype == pl.Null:
        return column.cast(pl.Float64).fill_nan(None), None
    if column.dtype != pl.String:
        raise DataError(f"the column {column.name!r} must hold numbers, found {column.dtype}")
    number = column.cast(pl.Float64, strict=False)
    if number.null_count() > column.null_count():
        cell = column.str.strip_chars()
        known = cell.set(cell.str.to_lowercase().is_in(NULL_STRINGS), None)
        number = known.cast(pl.Float64, strict=False)
        if column.name in SCALE_COLUMNS:
            number = number.fill_null(_parse_scales(known, number))
        if number.null_count() > known.null_count():
            return number.fill_nan(None), known.set(number.is_not_null(), None)
    return number.fill_nan(None), None


def _parse_scales(cells: pl.Series, number: pl.Series) -> pl.Series:
    """The cells that are written as people write scales ("70m", "1.4t") as numbers, else null."""
    texts = cells.filter(number.is_null() & cells.is_not_null()).unique().to_list()
    values = {text: _scale_or_none(text) for text in texts}
    return cells.replace_strict(values, default=None, return_dtype=pl.Float64)


def _scale_or_none(text: str) -> float | None:
    """The number; None, so that the row is reported, where the text is none or is not positive."""
    try:
        return parse_number(text)
    except DataError:
        return None


def _not_a_number(name: str, invalid: pl.Series) -> pl.Expr:
    cell = pl.lit(invalid.str.slice(0, 40))
    return _when(cell.is_not_null(), pl.format(name + " must be a number, found {}", cell))


def _parse_extra_column(column: pl.Series) -> pl.Series:
    """Another column of the file: numbers if all cells are numbers, otherwise text."""
    if column.dtype.is_numeric() or column.dtype == pl.Null:
        return _parse_numbers(column)[0]
    number, invalid = _parse_numbers(column.cast(pl.String))
    return number if invalid is None and number.null_count() < len(number) else _clean_text(column)


def _when(condition: pl.Expr, sentence: pl.Expr | str) -> pl.Expr:
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
    for name in POSITIVE_COLUMNS:
        message = pl.format(name + " must be above 0, found {}", pl.col(name))
        faults.append(_when(pl.col(name) <= 0, message))
    for name in NON_NEGATIVE_COLUMNS:
        message = pl.format(name + " must not be negative, found {}", pl.col(name))
        faults.append(_when(pl.col(name) < 0, message))
    return [*faults, _out_of_bounds()]


def _out_of_bounds() -> pl.Expr:
    """A finite value outside the bounds of its metric, such as a percentage for a proportion."""
    low = {n: float(m.low) for n, m in METRICS.items() if m.low is not None}
    high = {n: float(m.high) for n, m in METRICS.items() if m.high is not None}
    value, slack = pl.col("value"), 1e-6
    below = value < _metric_bound(low) - slack
    above = value > _metric_bound(high) + slack
    message = pl.format(
        "{} must lie in its bounds (a proportion is 0 to 1), found {}", "metric", value
    )
    return _when(value.is_finite() & (below | above), message)


def _metric_bound(bounds: dict[str, float]) -> pl.Expr:
    return pl.col("metric").replace_strict(bounds, default=None, return_dtype=pl.Float64)


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
