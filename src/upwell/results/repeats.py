"""Repeats of one measurement: which one counts, and what is said of the others.

The fullest is kept: without a limit before with one, then more items. Of equally full ones the
latest is kept, and the first read where no date tells.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from .remarks import Remark
from .schema import FILE_COLUMN, LINE_COLUMN, BadRow

LIMIT_COLUMN = "limit"
"""Column with the number of items that an evaluation was limited to; null for all."""

TIME_COLUMNS = ("evaluation_time", "evaluated_at", "evaluation_date", "date", "timestamp", "time")
"""Columns with the time of an evaluation."""

TIME_FORMATS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d")

FULLER_REMARK = "measured again on fewer items; the fuller measurement is kept"
LATEST_REMARK = "measured again with another value; the latest by date is kept"
FIRST_REMARK = "measured again with another value and no date; the first is kept"


def drop_repeats(
    frame: pl.DataFrame, key: Sequence[str]
) -> tuple[pl.DataFrame, tuple[BadRow, ...], int, list[Remark]]:
    """The fullest and latest row of every key, what contradicts it, and the number of repeats."""
    if not frame.select(key).is_duplicated().any():
        return frame, (), 0, []
    frame = frame.with_row_index("upwell order").with_columns(
        pl.lit(None).alias(LIMIT_COLUMN) if LIMIT_COLUMN not in frame.columns else LIMIT_COLUMN,
        _time(frame).alias("upwell time"),
    )
    ranked = frame.sort(
        pl.col(LIMIT_COLUMN).is_not_null(),
        pl.col("items"),
        pl.col("upwell time"),
        "upwell order",
        descending=[False, True, True, False],
        nulls_last=True,
    )
    best = ranked.unique(key, keep="first", maintain_order=True)
    facts = ["value", "items", LIMIT_COLUMN, "upwell time", "upwell order"]
    others = ranked.join(
        best.select(*key, *(pl.col(name).alias(f"kept {name}") for name in facts)),
        on=list(key), how="left", nulls_equal=True,
    ).filter(pl.col("upwell order") != pl.col("kept upwell order"))  # fmt: skip
    is_same_count = (pl.col("items") == pl.col("kept items")).fill_null(True)
    repeats = others.filter(pl.col("value").eq_missing(pl.col("kept value")) & is_same_count)
    contradictions = others.join(repeats.select("upwell order"), on="upwell order", how="anti")
    reports = [_report(row) for row in contradictions.sort("upwell order").iter_rows(named=True)]
    best = best.sort("upwell order").drop("upwell order", "upwell time")
    return (
        best,
        tuple(bad_row for bad_row, _ in reports),
        len(repeats),
        [remark for _, remark in reports],
    )


def _report(row: dict[str, object]) -> tuple[BadRow, Remark]:
    """The row that is left out, with both counts of items, and why."""
    name = f"{row['model']}, {row['ability']}, {row['metric']}"
    items, best_items = row["items"], row["kept items"]
    is_limited = row[LIMIT_COLUMN] is not None and row[f"kept {LIMIT_COLUMN}"] is None
    is_fewer = isinstance(items, int) and isinstance(best_items, int) and items < best_items
    values = _values(row)
    if is_limited or is_fewer:
        values = f"{_count(items)} beside {_count(best_items)}"
        limit = f" (limit {str(row[LIMIT_COLUMN]).removesuffix('.0')})" if is_limited else ""
        text, rule = (
            FULLER_REMARK,
            f"on {_count(items)}{limit}; the one on {_count(best_items)} is kept",
        )
    elif row["upwell time"] != row["kept upwell time"]:
        text, rule = LATEST_REMARK, f"with another value, {values} (the latest is kept)"
    else:
        text, rule = FIRST_REMARK, f"with another value, {values} (the first is kept)"
    bad_row = BadRow(
        file=str(row[FILE_COLUMN]),
        line=None if row[LINE_COLUMN] is None else int(str(row[LINE_COLUMN])),
        reason=f"{name} is measured again {rule}",
    )
    return bad_row, Remark(text, f"{name} ({values})")


def _values(row: dict[str, object]) -> str:
    return " beside ".join(
        "none" if value is None else f"{value:g}" for value in (row["value"], row["kept value"])
    )


def _count(items: object) -> str:
    return f"{items:,} items" if isinstance(items, int) else "unknown items"


def _time(frame: pl.DataFrame) -> pl.Expr:
    """The first known time of an evaluation in seconds; null without one."""
    times = [
        pl.col(name).cast(pl.Float64)
        if frame.schema[name].is_numeric()
        else pl.coalesce(
            pl.col(name).cast(pl.String).str.strptime(pl.Datetime, form, strict=False)
            for form in TIME_FORMATS
        ).dt.epoch("s").cast(pl.Float64)
        for name in TIME_COLUMNS
        if name in frame.columns
    ]  # fmt: skip
    return pl.coalesce(*times) if times else pl.lit(None, dtype=pl.Float64)
