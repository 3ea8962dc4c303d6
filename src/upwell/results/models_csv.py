"""The `models.csv` beside results: parameters, tokens, family and more of each model.

It is read as leniently as a table of results: any separator, capitals, units, decimal commas. What
cannot be read is an error of this file, with its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from ..errors import DataError
from .cells import INTEGER_COLUMNS, NULL_STRINGS, SCALE_COLUMNS, CellStyle, find_decimal_comma
from .columns import map_columns
from .csv_layout import find_layout, iter_rows
from .numbers import parse_cell
from .remarks import Remark
from .strict_json import read_bytes
from .text_encoding import decode_table

MODELS_FILE = "models.csv"
MAX_MODELS_BYTES = 2**26

LINE = "upwell line"
"""Column with the line of a row."""

TEXT_COLUMNS = ("model", "family", "revision")
NUMBER_COLUMNS = (*SCALE_COLUMNS, *INTEGER_COLUMNS)

UNMATCHED_REMARK = "lines that fit no model of the results"


@dataclass(frozen=True)
class ModelsFile:
    """The contents of a models.csv."""

    path: Path
    scales: pl.DataFrame
    """Column model, others of the file, and `LINE`."""


def read_models_file(path: Path) -> ModelsFile:
    """The rows: one for each model, or for each model and step or revision.

    Raises DataError with the line that cannot be parsed.
    """
    text, _ = decode_table(read_bytes(path, MAX_MODELS_BYTES), str(path))
    layout = find_layout(path, text)
    columns = map_columns(layout.names)
    names = [columns.rename.get(name, name) for name in layout.names]
    if "model" not in names or len(names) < 2:
        raise DataError(
            f"{path} must have a column 'model' and at least one of params, tokens, flops, step, "
            f"family; found {', '.join(layout.names)}"
        )
    rows = list(iter_rows(text[layout.start :], layout.separator, layout.first_line))[1:]
    lines: list[int] = []
    cells: dict[str, list[str | None]] = {name: [] for name in names}
    for line, row in rows:
        if isinstance(row, str) or len(row) != len(names):
            fault = row if isinstance(row, str) else f"found {len(row)}"
            raise DataError(f"{path}, line {line}: expected {len(names)} fields, {fault}")
        lines.append(line)
        for name, cell in zip(names, row, strict=True):
            text_cell = cell.strip()
            cells[name].append(None if text_cell.lower() in NULL_STRINGS else text_cell)
    texts = [pl.Series(name, column, dtype=pl.String) for name, column in cells.items()]
    numbers = [column for column in texts if column.name not in TEXT_COLUMNS]
    style = CellStyle(decimal_comma=find_decimal_comma(numbers), factors=columns.factors)
    typed = [_parse_column(column, path, lines, style) for column in texts]
    scales = pl.DataFrame([*typed, pl.Series(LINE, lines, dtype=pl.Int64)])
    if "step" in scales.columns:
        scales = scales.with_columns(pl.col("step").cast(pl.Int64))
    scales = scales.filter(pl.col("model").is_not_null())
    check_unique(scales, str(path))
    return ModelsFile(path, scales)


def check_unique(scales: pl.DataFrame, source: str) -> None:
    """Raise DataError for two lines about the same model, revision and step."""
    key = [name for name in ("model", "revision", "step") if name in scales.columns]
    duplicates = scales.filter(scales.select(key).is_duplicated())
    if len(duplicates):
        line = f", line {duplicates[LINE][1]}" if LINE in scales.columns else ""
        raise DataError(f"{source}{line} has the model {duplicates['model'][0]!r} twice")


def describe_unmatched(path: Path, line: int, name: str, models: list[str]) -> Remark:
    """A line that fits no model, with the model that may be meant."""
    folded = {
        model.casefold(): model for short in models for model in (short, short.rpartition("/")[2])
    }
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.8)
    hint = f", did you mean {folded[close[0]]!r}?" if close else ""
    return Remark(f"{UNMATCHED_REMARK} in {path}", f"line {line} {name!r}{hint}")


def _parse_column(column: pl.Series, path: Path, lines: list[int], style: CellStyle) -> pl.Series:
    """The column as numbers if it is a known one or all cells are numbers, else as text."""
    name = column.name
    if name in TEXT_COLUMNS:
        return column
    factor = style.factors.get(name, 1.0)
    values: list[float | None] = []
    for line, text in zip(lines, column, strict=True):
        value = None if text is None else _parse_number(text, style, factor)
        if text is not None and value is None:
            if name not in NUMBER_COLUMNS:
                return column
            raise DataError(
                f"{path}, line {line}, column {name}: expected a number such as 1.4e9 or 70m, "
                f"found {text[:40]!r}"
            )
        values.append(value)
    return pl.Series(name, values, dtype=pl.Float64)


def _parse_number(text: str, style: CellStyle, factor: float) -> float | None:
    """The number, not below 0; a cell with a unit of its own is not multiplied."""
    plain = parse_cell(text, decimal_comma=style.decimal_comma, units=False, whole=factor == 1)
    value = parse_cell(text, decimal_comma=style.decimal_comma) if plain is None else plain * factor
    return value if value is not None and value >= 0 else None
