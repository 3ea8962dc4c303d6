"""Cells of a table as typed columns: numbers however they are written, and text without blanks.

A cell that is no number is not an error here: it is returned as text, so that its row is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from ..errors import DataError
from .numbers import has_decimal_commas, is_percent, parse_cell

SCALE_COLUMNS = ("params", "tokens", "flops")
INTEGER_COLUMNS = ("step", "seed", "shots", "items", "missing")

PERCENT_COLUMNS = {
    name: f"upwell percent {name}" for name in ("value", "stderr", "chance", "ceiling")
}
"""Column that says of which cells of another column a percent sign was read."""

NULL_STRINGS = ("", "nan", "na", "n/a", "#n/a", "null", "none", "-", "–", "—")
"""Cells, in lower case, that mean "unknown"."""

MAX_STYLE_CELLS = 100_000
"""Different cells of a column that are looked at to tell what a comma means."""


@dataclass(frozen=True)
class CellStyle:
    """How the numbers of a file are written."""

    decimal_comma: bool = False
    factors: Mapping[str, float] = field(default_factory=dict)
    """Column to the unit that its header names."""

    percents: frozenset[str] = frozenset()
    """Columns whose header says percent."""


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers."""

    numbers: pl.Series
    """Null where unknown."""

    invalid: pl.Series | None = None
    """The cells that are not numbers, as text; None if there are none."""

    percents: pl.Series | None = None
    """Whether a cell is marked as a percentage; None if none is."""


def find_decimal_comma(columns: list[pl.Series]) -> bool:
    """Whether a cell of these columns can only be read with a decimal comma."""
    for column in columns:
        if column.dtype == pl.String:
            cells = column.filter(column.str.contains(",", literal=True)).head(MAX_STYLE_CELLS)
            if has_decimal_commas(cells.unique().to_list()):
                return True
    return False


def clean_text(column: pl.Series) -> pl.Series:
    """The text without blanks around it; null if empty."""
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text == "", None)


def parse_numbers(column: pl.Series, style: CellStyle) -> NumberColumn:
    """The column as numbers. Raises DataError for a column of lists or dates."""
    name = column.name
    factor = style.factors.get(name, 1.0)
    if column.dtype == pl.Categorical:
        column = column.cast(pl.String)
    if column.dtype.is_numeric() or column.dtype == pl.Null:
        numbers = column.cast(pl.Float64).fill_nan(None) * factor
        return NumberColumn(numbers.alias(name), None, _mark_all(name, numbers, style))
    if column.dtype != pl.String:
        raise DataError(f"the column {name!r} must hold numbers, found {column.dtype}")
    number = column.cast(pl.Float64, strict=False)
    if not style.decimal_comma and number.null_count() == column.null_count():
        numbers = (number.fill_nan(None) * factor).alias(name)
        return NumberColumn(numbers, None, _mark_all(name, numbers, style))
    return _parse_texts(column, style, factor)


def parse_extra_column(column: pl.Series, style: CellStyle) -> pl.Series:
    """Another column of the file: numbers if all cells are numbers, otherwise text."""
    if not (column.dtype.is_numeric() or column.dtype == pl.Null):
        parsed = parse_numbers(column.cast(pl.String), style)
        is_text = parsed.invalid is not None or parsed.numbers.null_count() == len(column)
        return clean_text(column) if is_text else parsed.numbers
    return parse_numbers(column, style).numbers


def _parse_texts(column: pl.Series, style: CellStyle, factor: float) -> NumberColumn:
    """The column by its different cells."""
    name = column.name
    cells = column.str.strip_chars()
    known = cells.set(cells.str.to_lowercase().is_in(NULL_STRINGS), None)
    texts = known.unique().drop_nulls().to_list()
    values = {text: _parse_one(text, name, style, factor) for text in texts}
    numbers = known.replace_strict(values, default=None, return_dtype=pl.Float64)
    numbers = numbers.fill_nan(None).alias(name)
    # A cell such as "nan" in another spelling is a number without a value.
    without_value = [text for text, value in values.items() if value is not None]
    invalid = known.set(known.is_in(without_value), None)
    marked = [text for text in texts if name in PERCENT_COLUMNS and is_percent(text)]
    percents = _mark_all(name, numbers, style)
    if percents is None and marked:
        percents = known.is_in(marked).fill_null(value=False)
    return NumberColumn(
        numbers, None if invalid.null_count() == len(invalid) else invalid, percents
    )


def _parse_one(text: str, name: str, style: CellStyle, factor: float) -> float | None:
    counts = name in (*SCALE_COLUMNS, *INTEGER_COLUMNS)
    if not (style.decimal_comma and "." in text):
        try:
            return (
                float(text) * factor
                if "_" not in text
                else _parse_scaled(text, style, counts, factor)
            )
        except ValueError:
            pass
    return _parse_scaled(text, style, counts, factor)


def _parse_scaled(text: str, style: CellStyle, counts: bool, factor: float) -> float | None:
    """The number; a cell with a unit of its own is not multiplied by that of the header."""
    whole = counts and factor == 1
    number = parse_cell(text, decimal_comma=style.decimal_comma, units=False, whole=whole)
    if number is not None:
        return number * factor
    return parse_cell(text, decimal_comma=style.decimal_comma, whole=whole) if counts else None


def _mark_all(name: str, numbers: pl.Series, style: CellStyle) -> pl.Series | None:
    if name not in style.percents or name not in PERCENT_COLUMNS:
        return None
    return pl.Series(name, [True], dtype=pl.Boolean).new_from_index(0, len(numbers))
