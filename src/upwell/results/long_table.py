"""Tables of any layout as long ones: a row for each measurement, with our column names.

Three layouts are read. In a long table each row has a task, a metric and a value. In a table with a
column for each metric, each row has a task. In a wide table each row is a model and each column a
task, as on leaderboards. What was read as what is said.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from ..errors import DataError
from ..records import METRICS
from .columns import (
    COLUMN_ALIASES,
    UNIT_COLUMNS,
    ColumnMap,
    is_percent_unit,
    map_columns,
    normalize_name,
    split_unit,
)
from .metric_names import MetricName, parse_metric_name
from .numbers import is_percent, parse_cell
from .remarks import Remark, list_examples
from .schema import LINE_COLUMN

SCORE_NAMES = ("score", "scores", "result", "performance", "measurement")
"""Columns with a value that do not say of which metric."""

SCORE_METRIC = "score"
"""The metric of a column that names only a task; Upwell does not know its facts."""

AVERAGE_NAMES = ("average", "avg", "mean", "overall", "total", "平均", "平均分")
"""Columns of a wide table that sum up others."""

MAX_SHARE_SCORE = 100.0
SAMPLE_ROWS = 1000
SEPARATORS = "_ /:-|."

WIDE_REMARK = "each row is read as a model, and each of these columns as a task"
COLUMN_REMARK = "numbers that are no scores, kept as further columns"
UNIT_REMARK = "units were read from the names of columns"


@dataclass(frozen=True)
class LongTable:
    """A table with a row for each measurement, whose cells may be text."""

    frame: pl.DataFrame
    factors: Mapping[str, float] = field(default_factory=dict)
    """Our column to the unit of its cells."""

    percents: frozenset[str] = frozenset()
    """Our columns that are percentages by their names."""

    remarks: tuple[Remark, ...] = ()


def to_long(frame: pl.DataFrame, file: str, user_metrics: Container[str] = ()) -> LongTable:
    """The table as a long one. `user_metrics` are metrics whose facts the user gave.

    Raises DataError, with the columns and what to do, for a layout that could mean several things.
    """
    columns = _map_columns(frame)
    clash = [n for n in columns.rename.values() if n in frame.columns and n not in columns.rename]
    frame = frame.rename({**{n: f"{n} (other)" for n in clash}, **columns.rename})
    remarks = tuple(
        Remark(UNIT_REMARK, f"{header} is {name} times {columns.factors[name]:g}")
        for header, name in columns.rename.items()
        if name in columns.factors
    )
    table = LongTable(frame, columns.factors, columns.percents, remarks)
    names = set(frame.columns)
    if "model" not in names and "ability" in names:
        raise DataError(
            f"{file} is not a table of results: it has no column 'model'; each row names its "
            "model, and a column for each model is not read"
        )
    if {"ability", "metric", "value"} <= names or "model" not in names:
        return table
    if "metric" in names and "value" not in names:
        return _use_score_column(table)
    if "ability" in names and "value" not in names:
        return _melt_metrics(table, file, user_metrics)
    if "ability" not in names and not {"metric", "value"} & names:
        return _melt_tasks(table, file, user_metrics)
    return table


def _map_columns(frame: pl.DataFrame) -> ColumnMap:
    """Our columns; another name for a column of numbers counts only if it holds numbers."""
    columns = map_columns(frame.columns)
    rename = {
        header: name
        for header, name in columns.rename.items()
        if header == name or _fits(frame[header], header, name in columns.factors)
    }
    return replace(columns, rename=rename)


def _fits(column: pl.Series, header: str, has_unit: bool) -> bool:
    base = normalize_name(split_unit(header)[0])
    needs_unit = base in UNIT_COLUMNS and not has_unit
    canonical = next((n for n, names in COLUMN_ALIASES.items() if base in (n, *names)), "")
    if canonical in ("model", "family", "ability", "metric", "reason", "revision"):
        return column.dtype == pl.String or column.dtype == pl.Categorical
    if column.dtype != pl.String:
        return not needs_unit
    cells = column.drop_nulls().head(SAMPLE_ROWS).to_list()
    return any(
        parse_cell(cell) is not None and (not needs_unit or cell.strip()[-1:].isalpha())
        for cell in cells
    )


def _use_score_column(table: LongTable) -> LongTable:
    """A table with metrics whose column of values is named "score"."""
    scores = [n for n in table.frame.columns if normalize_name(split_unit(n)[0]) in SCORE_NAMES]
    if len(scores) != 1:
        return table
    marked = is_percent_unit(split_unit(scores[0])[1])
    percents = table.percents | {"value"} if marked else table.percents
    return replace(table, frame=table.frame.rename({scores[0]: "value"}), percents=percents)


# A column for each metric.


def _melt_metrics(table: LongTable, file: str, user_metrics: Container[str]) -> LongTable:
    metrics = {
        header: parse_metric_name(header, user_metrics)
        for header in table.frame.columns
        if header not in COLUMN_ALIASES and header != LINE_COLUMN
    }
    known = {h: m for h, m in metrics.items() if m.name in METRICS or m.name in user_metrics}
    if not known and "loss" in table.frame.columns:
        known = {"loss": MetricName("loss")}
    scores = [h for h in metrics if normalize_name(split_unit(h)[0]) in SCORE_NAMES]
    if not known and len(scores) == 1:
        marked = is_percent_unit(split_unit(scores[0])[1])
        known = {scores[0]: MetricName(SCORE_METRIC, is_percent=marked)}
    if not known:
        raise DataError(
            f"{file} is not a table of results: it has no column 'metric', 'value', and none of "
            f"its columns is a metric that Upwell knows (found "
            f"{list_examples([repr(h[:40]) for h in table.frame.columns], 12)}); --metric-info "
            "NAME=higher,0,1 tells the facts of a metric"
        )
    return _melt(table, {h: ("", metric) for h, metric in known.items()})


# A column for each task.


def _melt_tasks(table: LongTable, file: str, user_metrics: Container[str]) -> LongTable:
    frame = table.frame
    others = [h for h in frame.columns if h not in COLUMN_ALIASES and h != LINE_COLUMN]
    errors = [_find_stderr(header, others) for header in others]
    candidates = [header for header in others if header not in errors]
    numbers = {header: cells for header in candidates if (cells := _number_cells(frame[header]))}
    named = {
        header: task
        for header in numbers
        if (task := _split_task(header, user_metrics)) is not None
    }
    scores = {
        header: _score_task(header)
        for header, cells in numbers.items()
        if header not in named
        and not _is_metric(parse_metric_name(header, user_metrics), user_metrics)
        and _is_score_column(header, cells)
    }
    tasks = {
        header: {**named, **scores}[header] for header in others if header in {**named, **scores}
    }
    if not tasks:
        raise DataError(
            f"{file} is not a table of results: it has no column 'ability', 'metric', 'value', and "
            f"no column is clearly the scores of a task (found "
            f"{list_examples([repr(h[:40]) for h in frame.columns], 12)}); write a row for each "
            "measurement with the columns model, task, metric, value"
        )
    others = [header for header in numbers if header not in tasks]
    remarks = [Remark(WIDE_REMARK, header) for header in tasks]
    remarks += [Remark(COLUMN_REMARK, header) for header in others]
    return _melt(replace(table, remarks=(*table.remarks, *remarks)), tasks)


def _number_cells(column: pl.Series) -> list[tuple[float, bool]]:
    """(number, has a percent sign) of cells; empty if the column is not one of numbers."""
    if column.dtype.is_numeric():
        return [(float(v), False) for v in column.drop_nulls().head(SAMPLE_ROWS) if v == v]
    if column.dtype != pl.String:
        return []
    cells = [cell for cell in column.drop_nulls().head(SAMPLE_ROWS).to_list() if cell.strip()]
    parsed = [(parse_cell(c, decimal_comma="," in c, units=False), is_percent(c)) for c in cells]
    numbers = [(number, marked) for number, marked in parsed if number is not None]
    return numbers if 2 * len(numbers) > len(cells) else []


def _score_task(header: str) -> tuple[str, MetricName]:
    """The task of a column that names no metric."""
    task, unit = split_unit(header)
    return task.strip(), MetricName(SCORE_METRIC, is_percent=is_percent_unit(unit))


def _is_score_column(header: str, cells: Sequence[tuple[float, bool]]) -> bool:
    """Whether numbers are scores of a task and not counts, widths, years or averages of others."""
    name, unit = split_unit(header)
    if normalize_name(name).rstrip("_⬆️↑") in AVERAGE_NAMES:
        return False
    inside = all(-1 <= number <= MAX_SHARE_SCORE for number, _ in cells)
    has_fractions = any(number % 1 or is_marked for number, is_marked in cells)
    return is_percent_unit(unit) or (inside and has_fractions)


def _split_task(header: str, user_metrics: Container[str]) -> tuple[str, MetricName] | None:
    """("arc_easy", acc) of "arc_easy_acc", "arc_easy (acc)" or "arc_easy/acc"; None if unclear."""
    text = header.strip()
    if text.endswith(")") and "(" in text:
        base, _, inner = text[:-1].rpartition("(")
        metric = parse_metric_name(inner.strip(), user_metrics)
        return (base.strip(), metric) if base.strip() and _is_metric(metric, user_metrics) else None
    for i, letter in enumerate(text):
        if letter in SEPARATORS and 0 < i < len(text) - 1:
            metric = parse_metric_name(text[i + 1 :].strip(), user_metrics)
            if _is_metric(metric, user_metrics) and not metric.name.isdigit():
                return text[:i].strip(SEPARATORS), metric
    return None


def _is_metric(metric: MetricName, user_metrics: Container[str]) -> bool:
    return metric.name in METRICS or metric.name in user_metrics


def _melt(table: LongTable, measures: Mapping[str, tuple[str, MetricName]]) -> LongTable:
    """A row for each row and measured column; its standard error is in a column beside it."""
    frame = table.frame
    errors = {h: e for h in measures if (e := _find_stderr(h, frame.columns)) is not None}
    ids = [name for name in frame.columns if name not in (*measures, *errors.values())]
    parts = []
    for header, (task, metric) in measures.items():
        mark = " (%)" if metric.is_percent else ""
        suffix = f"/{metric.filter_name}" if metric.filter_name else ""
        ability = pl.lit(task) if task else pl.col("ability").cast(pl.String)
        columns = [
            (ability + suffix).alias("ability"),
            pl.lit(metric.name + mark).alias("metric"),
            pl.col(header).alias("value"),
        ]
        if errors:
            stderr = pl.col(errors[header]) if header in errors else pl.lit(None)
            columns.append(stderr.alias("stderr"))
        own = [name for name in ids if name not in ("ability", "metric", "value", "stderr")]
        part = frame.select(*own, *columns)
        parts.append(part.filter(pl.col("value").is_not_null()))
    return replace(table, frame=pl.concat(parts, how="vertical_relaxed"))


def _find_stderr(header: str, headers: Sequence[str]) -> str | None:
    """The column with the standard error of a column: "acc_stderr", "acc,none" apart."""
    name, comma, filter_name = header.partition(",")
    candidates = (f"{name}_stderr{comma}{filter_name}", f"{name}_stderr", f"{name}_se")
    normalized = {normalize_name(each): each for each in headers}
    return next((normalized[n] for c in candidates if (n := normalize_name(c)) in normalized), None)
