"""Loading of results: find the files, parse each by its format, join the model scales.

The same measurement counts once. A model of unknown scale is listed and left out. What could not be
read is part of the result.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..errors import DataError
from ..records import Table
from ..records.evaluation import TABLE_COLUMNS
from . import big_bench, csv_parquet, lm_eval, lm_eval_old
from .metric_names import unknown_metrics
from .model_scale import (
    MODELS_FILE,
    ModelScale,
    find_unmatched,
    join_scales,
    read_models_file,
    scale_table,
)
from .schema import FILE_COLUMN, LINE_COLUMN, SOURCE_COLUMNS, BadRow, ParsedFile
from .strict_json import read_json

MAX_FILES = 100_000

RESULT_COLUMNS = ("value", "reason", "stderr", "items", "missing", "chance", "ceiling")
"""Columns with the outcome of a measurement."""

OUTPUT_COLUMNS = (*RESULT_COLUMNS, "loss", "flops")
"""Columns that do not identify a measurement; rows equal in all others are the same one."""

KEY_COLUMNS = ("family", "model", "params", "tokens", "step", "seed", "ability", "shots", "metric")


@dataclass(frozen=True, kw_only=True)
class LoadedResults:
    """The results of some files, and what could not be used."""

    table: Table
    unplaced_models: tuple[str, ...]
    """Models without a value on the axis; they are not in the table."""

    bad_rows: tuple[BadRow, ...]
    files: tuple[str, ...]
    """Files that gave rows."""

    duplicates: int = 0
    """Rows that repeat another row exactly; counted once."""

    unknown_metrics: tuple[str, ...] = ()
    """Metrics in the table that Upwell does not know and cannot judge."""

    outcomes: pl.DataFrame | None = None
    """Per-item outcomes with the columns `OUTCOME_SCHEMA`; None if no file has them.

    The same item has the same name for every model.
    """


@dataclass(frozen=True, kw_only=True)
class _ResultFile:
    path: Path
    models: Path | None
    """The models.csv for this file."""

    is_named: bool
    """Whether the file itself is among the paths, and not only its folder."""


def read(
    paths: Iterable[str | Path],
    scale: Iterable[ModelScale] | None = None,
    axis: str | None = "params",
) -> LoadedResults:
    """Load every result in the files and folders as one table of models with a value on `axis`.

    `scale` overrides what the files and their models.csv say. Without an axis no model is left out.
    Raises DataError where a path is missing, a named file is not a table, the axis is not a numeric
    column, or no row is left.
    """
    parts, bad_rows = _read_files(list(_find_files([Path(path) for path in paths])))
    frame = pl.concat([rows for rows, _ in parts], how="diagonal_relaxed")
    files = tuple(frame[FILE_COLUMN].unique(maintain_order=True).to_list())
    frame = _add_flops(_apply_scales(frame, list(scale or ())))
    frame, contradictions, duplicates = _deduplicate(frame)
    bad_rows = (*bad_rows, *contradictions)
    frame, unplaced_models = (
        _filter_axis(_name_by_variant(frame), axis) if axis else (_name_by_variant(frame), ())
    )
    if frame.is_empty():
        raise DataError(_describe_empty(files, bad_rows, unplaced_models, axis))
    item_frames = [outcomes for _, outcomes in parts if outcomes is not None]
    return LoadedResults(
        table=Table(_order_columns(frame)),
        unplaced_models=unplaced_models,
        bad_rows=bad_rows,
        files=files,
        duplicates=duplicates,
        unknown_metrics=unknown_metrics(frame["metric"].unique().to_list()),
        outcomes=pl.concat(item_frames) if item_frames else None,
    )


# Files.


def _find_files(paths: list[Path]) -> Iterator[_ResultFile]:
    """Every file to read, once; a models.csv is for the files beside it."""
    for path in paths:
        if not path.exists():
            raise DataError(f"{path} does not exist")
    named_models_files = [path for path in paths if path.name == MODELS_FILE]
    visited: set[Path] = set()
    for path in paths:
        for file, models in _walk(path) if path.is_dir() else [(path, _find_models_file(path))]:
            if file.resolve() not in visited and file.name != MODELS_FILE:
                visited.add(file.resolve())
                yield _ResultFile(
                    path=file,
                    models=models or next(iter(named_models_files), None),
                    is_named=not path.is_dir(),
                )
            if len(visited) > MAX_FILES:
                raise DataError(f"{path} has over {MAX_FILES} files of results; name fewer")


def _find_models_file(path: Path) -> Path | None:
    models = path.with_name(MODELS_FILE)
    return models if models.is_file() else None


def _walk(root: Path) -> Iterator[tuple[Path, Path | None]]:
    """(file, its models.csv) of every file below that may be results, in order of name."""
    known: dict[Path, Path | None] = {}
    for folder, inner, files in os.walk(root):
        inner.sort()
        directory = Path(folder)
        models = directory / MODELS_FILE if MODELS_FILE in files else known.get(directory.parent)
        known[directory] = models
        for name in sorted(files):
            if Path(name).suffix.lower() in READERS:
                yield directory / name, models


def _read_json_results(path: Path) -> ParsedFile:
    document = read_json(path)
    if lm_eval.matches(document):
        return lm_eval.read(document, path)
    for format_module in (lm_eval_old, big_bench):
        if format_module.matches(document):
            return format_module.read(document, str(path))
    raise DataError(
        f"{path} is not a table of results: expected the JSON of lm-eval-harness or BIG-bench"
    )


READERS = {
    ".json": _read_json_results,
    ".csv": csv_parquet.read_text,
    ".tsv": csv_parquet.read_text,
    ".parquet": csv_parquet.read_parquet,
}


def _read_file(result_file: _ResultFile) -> ParsedFile:
    reader = READERS.get(result_file.path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{result_file.path} is not a table of results: expected one of {', '.join(READERS)} "
            "(sample logs are read with the result file beside them)"
        )
    part = reader(result_file.path)
    if result_file.models is None:
        return part
    rows = join_scales(part.rows, read_models_file(result_file.models))
    return ParsedFile(rows=rows, bad_rows=part.bad_rows, outcomes=part.outcomes)


def _read_files(
    files: list[_ResultFile],
) -> tuple[list[tuple[pl.DataFrame, pl.DataFrame | None]], tuple[BadRow, ...]]:
    """(rows, outcomes) of each file, and bad rows; an unreadable file in a folder is one."""
    parts, bad_rows = [], []
    for result_file in files:
        try:
            part = _read_file(result_file)
        except DataError as error:
            if result_file.is_named:
                raise
            bad_rows.append(BadRow(file=str(result_file.path), line=None, reason=str(error)))
            continue
        parts.append((part.rows, part.outcomes))
        bad_rows += part.bad_rows
    if not parts:
        reason = f" ({bad_rows[0].reason})" if bad_rows else ""
        raise DataError(
            f"there are no results in the given folders{reason}; they should have JSON of "
            "lm-eval-harness or BIG-bench, CSV or Parquet"
        )
    return parts, tuple(bad_rows)


# Scales.


def _apply_scales(frame: pl.DataFrame, scales: list[ModelScale]) -> pl.DataFrame:
    scale_frame = scale_table(scales)
    models = frame["model"].unique().sort().to_list()
    if unmatched_names := find_unmatched(scale_frame, models):
        raise DataError(
            f"--scale names the model {unmatched_names[0]!r}, which is not in the results; "
            f"found {', '.join(models[:8])}{', ...' if models[8:] else ''}"
        )
    return join_scales(frame, scale_frame)


def _add_flops(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill in training FLOPs as 6 x params x tokens (Kaplan et al. 2020, arXiv 2001.08361)."""
    return frame.with_columns(pl.coalesce("flops", 6 * pl.col("params") * pl.col("tokens")))


def _filter_axis(frame: pl.DataFrame, axis: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The rows with a value on the axis, and the models of the others."""
    candidates = [name for name in frame.columns if name not in (*SOURCE_COLUMNS, *RESULT_COLUMNS)]
    numeric = [name for name in candidates if frame.schema[name].is_numeric()]
    if axis not in numeric:
        raise DataError(
            f"the axis must be a numeric column of the results, found {axis!r}; "
            f"choose one of {', '.join(numeric)}"
        )
    missing = frame.filter(pl.col(axis).is_null())["model"].unique().sort().to_list()
    return frame.filter(pl.col(axis).is_not_null()), tuple(missing)


# Rows.


def _deduplicate(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[BadRow, ...], int]:
    """The first row of every measurement, the rows that contradict it, the number of repeats."""
    key = [name for name in frame.columns if name not in (*OUTPUT_COLUMNS, *SOURCE_COLUMNS)]
    if not frame.select(key).is_duplicated().any():
        return frame, (), 0
    first = pl.struct(key).is_first_distinct()
    distinct = pl.struct([*key, "value"]).is_first_distinct()
    frame = frame.with_columns(first.alias("first"), distinct.alias("distinct"))
    conflicting = frame.filter(pl.col("distinct") & ~pl.col("first"))
    bad_rows = tuple(
        BadRow(
            file=file,
            line=line,
            reason=f"{model}, {ability}, {metric} is measured again, with another value "
            "(the first is kept)",
        )
        for file, line, model, ability, metric in conflicting.select(
            FILE_COLUMN, LINE_COLUMN, "model", "ability", "metric"
        ).iter_rows()
    )
    unique = frame.filter("first").drop("first", "distinct")
    return unique, bad_rows, len(frame) - len(unique) - len(bad_rows)


def _name_by_variant(frame: pl.DataFrame) -> pl.DataFrame:
    """Add to the ability's name the text column in which rows of one measurement differ.

    Such rows have the same model, ability and metric, and were evaluated in different ways.
    """
    ambiguous = frame.filter(frame.select(KEY_COLUMNS).is_duplicated())
    texts = [n for n in frame.columns if n not in (*TABLE_COLUMNS, *SOURCE_COLUMNS)]
    for name in texts:
        if len(ambiguous) and frame.schema[name] == pl.String:
            varies = ambiguous.group_by(KEY_COLUMNS).agg(pl.col(name).n_unique() > 1)[name].any()
            variant = pl.format("{}/{}", "ability", name) if varies else pl.col("ability")
            frame = frame.with_columns(pl.coalesce(variant, "ability").alias("ability"))
    return frame


def _order_columns(frame: pl.DataFrame) -> pl.DataFrame:
    extra_columns = [
        name for name in frame.columns if name not in (*TABLE_COLUMNS, *SOURCE_COLUMNS)
    ]
    return frame.select(*TABLE_COLUMNS, *extra_columns)


def _describe_empty(
    files: tuple[str, ...],
    bad_rows: tuple[BadRow, ...],
    unplaced_models: tuple[str, ...],
    axis: str | None,
) -> str:
    reasons = [f"{len(bad_rows)} bad rows, the first: {bad_rows[0].reason}"] if bad_rows else []
    if unplaced_models:
        models = f"{', '.join(unplaced_models[:4])}{', ...' if unplaced_models[4:] else ''}"
        reasons.append(f"no {axis} known of {models} (give it with models.csv or --scale)")
    source = f"{files[0]}{' and others' if files[1:] else ''}" if files else "the given files"
    return f"no row of {source} can be used: {'; '.join(reasons) or 'there are none'}"


def select_axis(table: Table, axis: str | None) -> tuple[Table, tuple[str, ...]]:
    """The rows of a table with a value on the axis, and the models of the others.

    All rows without an axis. Raises DataError where the axis is not a numeric column or no row is
    left.
    """
    frame, unplaced_models = _filter_axis(table.frame, axis) if axis else (table.frame, ())
    if frame.is_empty():
        raise DataError(_describe_empty((), (), unplaced_models, axis))
    return Table(frame), unplaced_models
