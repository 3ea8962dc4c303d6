"""Per-item outcomes in Parquet: a string of 0 and 1 for every model and ability.

Columns: model, task (or ability), labels, and any column of a table (family, params, shots, chance,
...). The n-th character of two rows of one ability is the same item. The mean of a string is the
accuracy. The strings allow paired comparisons.
"""

from __future__ import annotations

import polars as pl

from ..errors import DataError
from .schema import LINE_COLUMN, OUTCOME_SCHEMA, ParsedFile, validate

LABELS_COLUMN = "labels"


def matches(columns: list[str]) -> bool:
    """Whether a Parquet file with these columns holds outcomes."""
    return {"model", LABELS_COLUMN} <= set(columns) and bool({"task", "ability"} & set(columns))


def parse_frame(frame: pl.DataFrame, file: str) -> ParsedFile:
    """The accuracies, and the outcomes of which they are the means."""
    frame = frame.rename({"task": "ability"}) if "ability" not in frame.columns else frame
    labels = pl.col(LABELS_COLUMN).cast(pl.String)
    if not frame.select((labels.str.contains("^[01]*$") | labels.is_null()).all()).item():
        raise DataError(f"{file}: the column {LABELS_COLUMN!r} must hold strings of 0 and 1")
    rows = frame.with_columns(
        metric=pl.lit("accuracy"),
        items=labels.str.len_chars(),
        value=labels.str.count_matches("1") / labels.str.len_chars(),
    ).drop(LABELS_COLUMN, "n", strict=False)
    return validate(rows.with_row_index(LINE_COLUMN, offset=1), file, _items(frame, labels))


def _items(frame: pl.DataFrame, labels: pl.Expr) -> pl.DataFrame:
    known = {name: pl.col(name) for name in OUTCOME_SCHEMA if name in frame.columns}
    columns = {n: known.get(n, pl.lit(None)).cast(kind) for n, kind in OUTCOME_SCHEMA.items()}
    columns["metric"] = pl.lit("accuracy")
    columns["value"] = labels.str.split("").list.eval(pl.element().filter(pl.element() != ""))
    lists = frame.select(**columns).with_columns(item=pl.int_ranges(pl.col("value").list.len()))
    return lists.explode("item", "value").select(
        pl.col(name).cast(kind) for name, kind in OUTCOME_SCHEMA.items()
    )
