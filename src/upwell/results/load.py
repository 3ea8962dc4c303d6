"""Loading of results: find the files, parse each by its format, join the model scales.

The same measurement counts once. A model of unknown scale is listed and left out. What could not be
read is part of the result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from ..errors import DataError
from ..records import Metric, Table
from ..records.evaluation import TABLE_COLUMNS
from . import big_bench, csv_parquet, lm_eval, lm_eval_old
from .checkpoints import read_revisions
from .file_search import ResultFile, find_files, find_lost_logs
from .identity import ORIGINAL_ABILITY, RESULT_COLUMNS, select_outcomes, tell_apart
from .lm_eval_common import FILE_NAME_REMARK
from .metric_bounds import keep_in_bounds
from .metric_info import is_percentage
from .metric_names import unknown_metrics
from .model_scale import ModelScale, find_unmatched, join_models_file, join_scales, scale_table
from .models_csv import read_models_file
from .name_scale import read_sizes
from .remarks import Remark, to_notes
from .schema import FILE_COLUMN, SOURCE_COLUMNS, BadRow, ParsedFile
from .strict_json import read_json


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

    notes: tuple[str, ...] = ()
    """What was named, chosen or left out; each is a short sentence."""


def read(
    paths: Iterable[str | Path],
    scale: Iterable[ModelScale] | None = None,
    axis: str | None = "params",
    metric_info: Mapping[str, Metric] | None = None,
    sizes_from_names: bool = False,
) -> LoadedResults:
    """Load every result in the files and folders as one table of models with a value on `axis`.

    `scale` overrides what the files and their models.csv say. Without an axis no model is left out.
    `metric_info` has facts of metrics that Upwell does not know, or of percentages. With
    `sizes_from_names`, models without parameters get those that their names state.
    Raises DataError where a path is missing, a named file is not a table, the axis is not a numeric
    column, or no row is left.
    """
    result_files = list(find_files([Path(path) for path in paths], tuple(READERS)))
    user_metrics = dict(metric_info or {})
    facts = {n: m for n, m in user_metrics.items() if not is_percentage(user_metrics, n)}
    for models in {file.models for file in result_files if file.models}:
        read_models_file(models)
    parts, bad_rows = _read_files(result_files, user_metrics)
    frame, unmatched = _join_models(result_files, parts)
    files = tuple(frame[FILE_COLUMN].unique(maintain_order=True).to_list())
    bounded = keep_in_bounds(frame, user_metrics)
    frame = _apply_scales(bounded.frame, list(scale or ()))
    frame, named = read_sizes(frame) if sizes_from_names else (frame, [])
    distinct = tell_apart(_add_flops(frame), axis)
    bad_rows = (*bad_rows, *bounded.bad_rows, *distinct.bad_rows)
    frame, unplaced_models = _filter_axis(distinct.frame, axis) if axis else (distinct.frame, ())
    if frame.is_empty():
        unnamed = [r for part in parts for r in part.remarks if r.text == FILE_NAME_REMARK]
        reason = _describe_empty(files, bad_rows, unplaced_models, axis)
        raise DataError("; ".join((reason, *to_notes(unnamed))))
    remarks = [*find_lost_logs(result_files), *(r for part in parts for r in part.remarks)]
    remarks += [*unmatched, *bounded.remarks, *named]
    outcomes = [
        (str(part.rows[FILE_COLUMN][0]), part.outcomes)
        for part in parts
        if part.outcomes is not None and len(part.rows)
    ]
    return LoadedResults(
        table=Table(_order_columns(frame), facts),
        unplaced_models=unplaced_models,
        bad_rows=bad_rows,
        files=files,
        duplicates=distinct.duplicates,
        unknown_metrics=unknown_metrics(frame["metric"].unique().to_list(), user_metrics),
        outcomes=select_outcomes(outcomes, distinct.frame),
        notes=to_notes([*remarks, *distinct.remarks]),
    )


# Files.


def _read_json_results(path: Path, user_metrics: Collection[str] = ()) -> ParsedFile:
    document = read_json(path)
    if lm_eval.matches(document):
        return lm_eval.read(document, path)
    if lm_eval_old.matches(document):
        return lm_eval_old.read(document, path)
    if big_bench.matches(document):
        return big_bench.read(document, str(path))
    raise DataError(
        f"{path} is not a table of results: expected the JSON of lm-eval-harness or BIG-bench, "
        f"found {_describe_json(document)}"
    )


def _describe_json(document: object) -> str:
    """What a document holds: its keys, and those one level below."""
    if not isinstance(document, dict):
        return "a list" if isinstance(document, list) else f"{document!r:.40}"
    keys = [
        f"{key} ({', '.join(map(str, list(value)[:4]))}{', ...' if len(value) > 4 else ''})"
        if isinstance(value, dict) and value
        else str(key)
        for key, value in list(document.items())[:8]
    ]
    more = ", ..." if len(document) > 8 else ""
    return f"the keys {', '.join(keys)[:300]}{more}" if keys else "an empty object"


READERS = {
    ".json": _read_json_results,
    ".csv": csv_parquet.read_text,
    ".tsv": csv_parquet.read_text,
    ".parquet": csv_parquet.read_parquet,
}


SPREADSHEET_SUFFIXES = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
COMPRESSED_SUFFIXES = (".gz", ".xz", ".bz2", ".zst", ".zip")


def _read_file(result_file: ResultFile, user_metrics: Collection[str]) -> ParsedFile:
    reader = READERS.get(result_file.path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{result_file.path} is not a table of results: expected one of {', '.join(READERS)} "
            f"({_describe_other_file(result_file.path.suffix.lower())})"
        )
    part = reader(result_file.path, user_metrics)
    rows, remarks = read_revisions(part.rows)
    return replace(part, rows=rows, remarks=(*part.remarks, *remarks))


def _describe_other_file(suffix: str) -> str:
    """What to do with a file that is not read."""
    if suffix in SPREADSHEET_SUFFIXES:
        return "save the sheet as CSV"
    if suffix in COMPRESSED_SUFFIXES:
        return "unpack it first"
    return "sample logs are read with the result file beside them"


def _read_files(
    files: list[ResultFile], user_metrics: Collection[str]
) -> tuple[list[ParsedFile], tuple[BadRow, ...]]:
    """The contents of each file, and bad rows; an unreadable file in a folder is one."""
    parts: list[ParsedFile] = []
    bad_rows: list[BadRow] = []
    for result_file in files:
        try:
            part = _read_file(result_file, user_metrics)
        except DataError as error:
            if result_file.is_named:
                raise
            bad_rows.append(BadRow(file=str(result_file.path), line=None, reason=str(error)))
            continue
        parts.append(part)
        bad_rows += part.bad_rows
    if not parts:
        reason = f" ({bad_rows[0].reason})" if bad_rows else ""
        raise DataError(
            f"there are no results in the given folders{reason}; they should have JSON of "
            "lm-eval-harness or BIG-bench, CSV or Parquet"
        )
    return parts, tuple(bad_rows)


# Scales.


def _join_models(
    files: list[ResultFile], parts: list[ParsedFile]
) -> tuple[pl.DataFrame, list[Remark]]:
    """The rows of all files with what their models.csv says, and its lines that fit no model."""
    models_of = {_name_in_column(file.path): file.models for file in files}
    groups: dict[Path | None, list[pl.DataFrame]] = {}
    for part in parts:
        models = models_of[str(part.rows[FILE_COLUMN][0])] if len(part.rows) else None
        groups.setdefault(models, []).append(part.rows)
    frames, remarks = [], []
    for models, rows in groups.items():
        frame = pl.concat(rows, how="diagonal_relaxed")
        if models is not None:
            frame, unmatched = join_models_file(frame, read_models_file(models))
            remarks += unmatched
        frames.append(frame)
    return pl.concat(frames, how="diagonal_relaxed"), remarks


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


def _order_columns(frame: pl.DataFrame) -> pl.DataFrame:
    hidden = (*TABLE_COLUMNS, *SOURCE_COLUMNS, ORIGINAL_ABILITY, "evaluation_time")
    extra_columns = [name for name in frame.columns if name not in hidden]
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


def _name_in_column(path: Path) -> str:
    """The name of a file as a column holds it, also where its bytes are no text."""
    name = str(path)
    try:
        name.encode()
    except UnicodeEncodeError:
        name = str(pl.select(pl.lit(name)).item())
    return name
