"""From paths to one table: find the files, read each by its format, join the scales.

The same measurement is counted once, a model whose scale is not known is listed and left
out, and whatever could not be read is part of what comes back.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..errors import DataError
from ..records import Table
from ..records.asking import TABLE_COLUMNS
from . import big_bench, lm_eval, lm_eval_old, long
from .documents import read_json
from .names import unknown
from .rows import FILE, LINE, MARKS, BadRow, Part
from .scale import MODELS, Scale, attach, models_file, told_by, unmatched

MOST_FILES = 100_000

RESULTS = ("value", "reason", "stderr", "items", "missing", "chance", "ceiling")
"""Columns that say what came out."""

MEASURED = (*RESULTS, "loss", "flops")
"""Columns that do not say what was measured; rows that agree in all others are the same."""

SAME = ("family", "model", "params", "tokens", "step", "seed", "ability", "shots", "metric")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the files hold, and what of them could not be used."""

    table: Table
    left_out: tuple[str, ...]
    """Models whose place on the axis is not known; they are not in the table."""

    bad: tuple[BadRow, ...]
    files: tuple[str, ...]
    """Files that gave rows."""

    repeated: int = 0
    """Rows that say again what another row says, to the last digit; counted once."""

    unknown_metrics: tuple[str, ...] = ()
    """Metrics in the table whose facts are not known, so that they cannot be judged."""

    outcomes: pl.DataFrame | None = None
    """Per-item outcomes (model, step, ability, shots, metric, item, value) where a file has
    them; the same item has the same name for every model."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    path: Path
    models: Path | None
    """The models.csv that speaks of this file."""

    asked: bool
    """Whether the file itself was named, rather than a folder that holds it."""


def read(
    paths: Iterable[str | Path],
    scale: Iterable[Scale] | None = None,
    axis: str | None = "params",
) -> Reading:
    """Every result in the files and folders, as one table of models placed on `axis`.

    Without an axis no model is left out. DataError where a path is missing, a named file
    is no table, the axis is no numeric column, or nothing is left to judge.
    """
    parts, bad = _parts(list(_find([Path(path) for path in paths])))
    frame = pl.concat([rows for rows, _ in parts], how="diagonal_relaxed")
    files = tuple(frame[FILE].unique(maintain_order=True).to_list())
    frame = _scaled(_told(frame, list(scale or ())))
    frame, again, repeated = _once(frame)
    bad = (*bad, *again)
    frame, left_out = _placed(_named_by_way(frame), axis) if axis else (_named_by_way(frame), ())
    if frame.is_empty():
        raise DataError(_nothing(files, bad, left_out, axis))
    found = [outcomes for _, outcomes in parts if outcomes is not None]
    return Reading(
        table=Table(_ordered(frame)),
        left_out=left_out,
        bad=bad,
        files=files,
        repeated=repeated,
        unknown_metrics=unknown(frame["metric"].unique().to_list()),
        outcomes=pl.concat(found) if found else None,
    )


# Files.


def _find(paths: list[Path]) -> Iterator[_Found]:
    """Every file to read, once; models.csv files are for their neighbours."""
    for path in paths:
        if not path.exists():
            raise DataError(f"{path} does not exist")
    named = [path for path in paths if path.name == MODELS]
    seen: set[Path] = set()
    for path in paths:
        for file, models in _under(path) if path.is_dir() else [(path, _beside(path))]:
            if file.resolve() not in seen and file.name != MODELS:
                seen.add(file.resolve())
                yield _Found(
                    path=file, models=models or next(iter(named), None), asked=not path.is_dir()
                )
            if len(seen) > MOST_FILES:
                raise DataError(f"{path} holds over {MOST_FILES} files of results; name fewer")


def _beside(path: Path) -> Path | None:
    models = path.with_name(MODELS)
    return models if models.is_file() else None


def _under(root: Path) -> Iterator[tuple[Path, Path | None]]:
    """(file, its models.csv) of everything below that may be results, in order of name."""
    known: dict[Path, Path | None] = {}
    for folder, inner, files in os.walk(root):
        inner.sort()
        here = Path(folder)
        models = here / MODELS if MODELS in files else known.get(here.parent)
        known[here] = models
        for name in sorted(files):
            if Path(name).suffix.lower() in READERS:
                yield here / name, models


def _json(path: Path) -> Part:
    document = read_json(path)
    if lm_eval.is_mine(document):
        return lm_eval.read(document, path)
    for shape in (lm_eval_old, big_bench):
        if shape.is_mine(document):
            return shape.read(document, str(path))
    raise DataError(
        f"{path} is no table of results: expected the JSON of lm-eval-harness or BIG-bench"
    )


READERS = {
    ".json": _json,
    ".csv": long.read_text,
    ".tsv": long.read_text,
    ".parquet": long.read_parquet,
}


def _read(found: _Found) -> Part:
    reader = READERS.get(found.path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{found.path} is no table of results: expected one of {', '.join(READERS)} "
            "(sample logs are read with the result file beside them)"
        )
    part = reader(found.path)
    if found.models is None:
        return part
    rows = attach(part.rows, models_file(found.models))
    return Part(rows=rows, bad=part.bad, outcomes=part.outcomes)


def _parts(
    files: list[_Found],
) -> tuple[list[tuple[pl.DataFrame, pl.DataFrame | None]], tuple[BadRow, ...]]:
    """What the files give; a file that nobody named and that is no table is a bad row."""
    parts, bad = [], []
    for found in files:
        try:
            part = _read(found)
        except DataError as error:
            if found.asked:
                raise
            bad.append(BadRow(file=str(found.path), line=None, why=str(error)))
            continue
        parts.append((part.rows, part.outcomes))
        bad += part.bad
    if not parts:
        why = f" ({bad[0].why})" if bad else ""
        raise DataError(
            f"there are no results in the given folders{why}; they should hold JSON of "
            "lm-eval-harness or BIG-bench, CSV or Parquet"
        )
    return parts, tuple(bad)


# Scales.


def _told(frame: pl.DataFrame, scales: list[Scale]) -> pl.DataFrame:
    told = told_by(scales)
    models = frame["model"].unique().sort().to_list()
    if strange := unmatched(told, models):
        raise DataError(
            f"--scale speaks of {strange[0]!r}, and no model has that name; "
            f"found {', '.join(models[:8])}{', ...' if models[8:] else ''}"
        )
    return attach(frame, told)


def _scaled(frame: pl.DataFrame) -> pl.DataFrame:
    """Training compute by the usual count, 6 x params x tokens (Kaplan et al. 2020, arXiv
    2001.08361), where both are known and nobody says better."""
    return frame.with_columns(pl.coalesce("flops", 6 * pl.col("params") * pl.col("tokens")))


def _placed(frame: pl.DataFrame, axis: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The rows with a place on the axis, and the models of the others."""
    own = [name for name in frame.columns if name not in (*MARKS, *RESULTS)]
    numeric = [name for name in own if frame.schema[name].is_numeric()]
    if axis not in numeric:
        raise DataError(
            f"the axis must be a numeric column of the results, found {axis!r}; "
            f"choose one of {', '.join(numeric)}"
        )
    lacking = frame.filter(pl.col(axis).is_null())["model"].unique().sort().to_list()
    return frame.filter(pl.col(axis).is_not_null()), tuple(lacking)


# Rows.


def _once(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[BadRow, ...], int]:
    """The first row of every measurement, the rows that contradict it, and how many repeat it."""
    key = [name for name in frame.columns if name not in (*MEASURED, *MARKS)]
    if not frame.select(key).is_duplicated().any():
        return frame, (), 0
    first = pl.struct(key).is_first_distinct()
    distinct = pl.struct([*key, "value"]).is_first_distinct()
    frame = frame.with_columns(first.alias("first"), distinct.alias("distinct"))
    other = frame.filter(pl.col("distinct") & ~pl.col("first"))
    bad = tuple(
        BadRow(
            file=file,
            line=line,
            why=f"{model}, {ability}, {metric} is measured again, with another value "
            "(the first is kept)",
        )
        for file, line, model, ability, metric in other.select(
            FILE, LINE, "model", "ability", "metric"
        ).iter_rows()
    )
    kept = frame.filter("first").drop("first", "distinct")
    return kept, bad, len(frame) - len(kept) - len(bad)


def _named_by_way(frame: pl.DataFrame) -> pl.DataFrame:
    """Two rows of one model, ability and metric that only a text column of the file's own
    tells apart were asked in two ways: the way becomes part of the ability's name."""
    same = frame.filter(frame.select(SAME).is_duplicated())
    texts = [n for n in frame.columns if n not in (*TABLE_COLUMNS, *MARKS)]
    for name in texts:
        if len(same) and frame.schema[name] == pl.String:
            varies = same.group_by(SAME).agg(pl.col(name).n_unique() > 1)[name].any()
            way = pl.format("{}/{}", "ability", name) if varies else pl.col("ability")
            frame = frame.with_columns(pl.coalesce(way, "ability").alias("ability"))
    return frame


def _ordered(frame: pl.DataFrame) -> pl.DataFrame:
    own = [name for name in frame.columns if name not in (*TABLE_COLUMNS, *MARKS)]
    return frame.select(*TABLE_COLUMNS, *own)


def _nothing(
    files: tuple[str, ...], bad: tuple[BadRow, ...], left_out: tuple[str, ...], axis: str | None
) -> str:
    why = [f"{len(bad)} bad rows, the first: {bad[0].why}"] if bad else []
    if left_out:
        models = f"{', '.join(left_out[:4])}{', ...' if left_out[4:] else ''}"
        why.append(f"no {axis} known of {models} (tell it with models.csv or --scale)")
    source = f"{files[0]}{' and others' if files[1:] else ''}" if files else "the given files"
    return f"no row of {source} can be used: {'; '.join(why) or 'there are none'}"


def place(table: Table, axis: str | None) -> tuple[Table, tuple[str, ...]]:
    """The rows of a table with a place on the axis, and the models of the others; DataError
    where the axis is no numeric column or no row is left. Without an axis, all rows."""
    frame, left_out = _placed(table.frame, axis) if axis else (table.frame, ())
    if frame.is_empty():
        raise DataError(_nothing((), (), left_out, axis))
    return Table(frame), left_out
