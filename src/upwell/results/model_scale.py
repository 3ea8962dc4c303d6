"""Parameters, tokens and FLOPs of models, from a file or an option and never guessed.

They come from the result file, a `models.csv` beside it, or `--scale name=params,tokens`. A later
source wins over an earlier one. A model is named as in its results, or by the part after the last
slash where that is unique.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from ..errors import DataError
from .checkpoints import parse_checkpoint, split_checkpoint
from .models_csv import LINE, ModelsFile, check_unique, describe_unmatched
from .remarks import Remark
from .scale_points import parse_point

MAIN_REVISION = "main"
"""The usual revision, which results do not state."""

KIND_PATTERN = re.compile(r" \([^()]*\)$")
"""The arguments at the end of a name that make another model of the same size."""


@dataclass(frozen=True, kw_only=True)
class ModelScale:
    """The scale of one model; None where it is unknown."""

    model: str
    params: float | None = None
    tokens: float | None = None
    flops: float | None = None


def parse_scale(text: str) -> ModelScale:
    """The scale in "name=params,tokens" or as `scale_points` reads it; DataError otherwise."""
    point = parse_point(text)
    if point.model is None:
        raise DataError(f"a scale names its model, as in pythia-70m=70m,300b; found {text!r}")
    return ModelScale(model=point.model, **point.coordinates)


def scale_table(scales: Iterable[ModelScale]) -> pl.DataFrame:
    """A table of scales in the format of a models.csv."""
    rows = [(s.model, s.params, s.tokens, s.flops) for s in scales]
    kinds = {"model": pl.String, "params": pl.Float64, "tokens": pl.Float64, "flops": pl.Float64}
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    check_unique(frame, "--scale")
    return frame


def join_models_file(
    frame: pl.DataFrame, models_file: ModelsFile
) -> tuple[pl.DataFrame, list[Remark]]:
    """The rows with what a models.csv says, and its lines that fit no row."""
    joined, unmatched = _join_scales(frame, models_file.scales, str(models_file.path))
    models = frame["model"].unique().to_list()
    remarks = [describe_unmatched(models_file.path, line, name, models) for line, name in unmatched]
    return joined, remarks


def join_scales(frame: pl.DataFrame, scale_frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the values of `scale_frame` in place of those of the file."""
    return _join_scales(frame, scale_frame)[0]


def _join_scales(
    frame: pl.DataFrame, scale_frame: pl.DataFrame, source: str = "--scale"
) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """(rows with the values, lines that fit no row).

    A line with a revision is about that revision. A step chooses among the checkpoints of a model
    whose results state their steps, and is filled in for the other models.
    """
    if LINE not in scale_frame.columns:
        scale_frame = scale_frame.with_row_index(LINE, offset=1)
    names = dict(scale_frame.select(LINE, "model").iter_rows())
    models = frame["model"].unique().to_list()
    scale_frame = _name_revisions(scale_frame, frame)
    scale_frame = _split_checkpoints(scale_frame, models)
    scale_frame = _expand_names(scale_frame, models)
    matched: set[int] = set()
    for key, lines in _group_by_key(scale_frame, frame):
        fitting = lines.join(frame.select(key).unique(), on=key, how="semi")
        matched.update(fitting[LINE])
        _check_one_line(fitting, key, source)
        unknown = [n for n in lines.columns if n not in key and lines[n].null_count() == len(lines)]
        frame = _join_on(frame, fitting.drop(LINE, *unknown), key)
    return frame, [(line, name) for line, name in names.items() if line not in matched]


def _name_revisions(scale_frame: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """The lines about a revision, with the model and the revision as the results name them.

    Results name a revision in the model ("name@v2"), or in a column beside it.
    """
    models = frame["model"].unique().to_list()
    known = {alias: model for model in models for alias in model_aliases(model)}
    pairs = set()
    if "revision" in frame.columns:
        pairs = set(frame.select("model", "revision").unique().drop_nulls().iter_rows())
    named_revisions = (
        scale_frame["revision"].to_list()
        if "revision" in scale_frame.columns
        else [None] * len(scale_frame)
    )
    names: list[str] = []
    revisions: list[str | None] = []
    for name, revision in zip(scale_frame["model"].to_list(), named_revisions, strict=True):
        if revision is not None and f"{name}@{revision}" in known:
            name, revision = f"{name}@{revision}", None
        base, _, stated = name.rpartition("@")
        if revision is None and (known.get(base), stated) in pairs:
            name, revision = base, stated
        elif revision == MAIN_REVISION and (known.get(name), revision) not in pairs:
            revision = None
        names.append(name)
        revisions.append(revision)
    return scale_frame.with_columns(
        pl.Series("model", names, dtype=pl.String),
        pl.Series("revision", revisions, dtype=pl.String),
    )


def _group_by_key(
    scale_frame: pl.DataFrame, frame: pl.DataFrame
) -> list[tuple[list[str], pl.DataFrame]]:
    """(columns to join by, lines), the general ones first."""
    groups: dict[tuple[str, ...], list[int]] = {}
    optional = [n for n in ("revision", "step") if n in scale_frame.columns and n in frame.columns]
    stated = {name: set(frame.filter(pl.col(name).is_not_null())["model"]) for name in optional}
    for i, row in enumerate(scale_frame.iter_rows(named=True)):
        if row["revision"] is not None and row["model"] not in stated.get("revision", ()):
            continue
        more = [n for n in optional if row[n] is not None and row["model"] in stated[n]]
        groups.setdefault(("model", *more), []).append(i)
    return [(list(key), scale_frame[rows]) for key, rows in sorted(groups.items(), key=_key_size)]


def _key_size(group: tuple[tuple[str, ...], list[int]]) -> int:
    return len(group[0])


def _check_one_line(lines: pl.DataFrame, key: list[str], source: str) -> None:
    """Raise DataError where two lines are about the same rows."""
    twice = lines.filter(lines.select(key).is_duplicated())
    if len(twice):
        first, second = twice[LINE][:2]
        raise DataError(
            f"{source}: lines {first} and {second} are both about {twice['model'][0]!r}, and its "
            "results do not state the revision or step that tells them apart"
        )


def _split_checkpoints(scale_frame: pl.DataFrame, models: list[str]) -> pl.DataFrame:
    """The lines named "model@step1000" as lines of that model and step."""
    known = {alias for model in models for alias in model_aliases(model)}
    names = scale_frame["model"].to_list()
    checkpoints = {n: split_checkpoint(n) for n in names if n not in known}
    stated = {
        name: checkpoint
        for name, checkpoint in checkpoints.items()
        if checkpoint is not None and checkpoint[0] in known and not _states_tokens(name)
    }
    if not stated:
        return scale_frame
    step = pl.col("model").replace_strict(
        {name: step for name, (_, step) in stated.items()}, default=None, return_dtype=pl.Int64
    )
    steps = [pl.col("step")] if "step" in scale_frame.columns else []
    return scale_frame.with_columns(
        step=pl.coalesce(step, *steps),
        model=pl.col("model").replace({name: model for name, (model, _) in stated.items()}),
    )


def _states_tokens(name: str) -> bool:
    """Whether a name ends in a revision with tokens, which says more than its step."""
    checkpoint = parse_checkpoint(name.rpartition("@")[2])
    return checkpoint is not None and checkpoint.tokens is not None


def find_unmatched(scale_frame: pl.DataFrame, models: list[str]) -> list[str]:
    """Names in `scale_frame` that no model has."""
    known = {alias for model in models for alias in model_aliases(model)}
    names = scale_frame["model"].to_list()
    return [name for name in names if name not in known and _checkpoint_model(name) not in known]


def model_aliases(model: str) -> tuple[str, ...]:
    """Names under which a model may be given, the most exact first.

    An adapter or a quantization ("org/name (load_in_4bit=True)") has the size of its model. A
    subfolder is a checkpoint, whose tokens may be others.
    """
    base = model if "subfolder=" in model else KIND_PATTERN.sub("", model)
    return tuple(dict.fromkeys((model, _short_name(model), base, _short_name(base))))


def _short_name(model: str) -> str:
    base, *kind = model.rstrip("/").split(" (", 1)
    return " (".join([base.rstrip("/").rpartition("/")[2], *kind])


def _checkpoint_model(name: str) -> str | None:
    """The model in "model@step1000", whose rows have the model and the step."""
    checkpoint = split_checkpoint(name)
    return None if checkpoint is None else checkpoint[0]


def _expand_names(scale_frame: pl.DataFrame, models: list[str]) -> pl.DataFrame:
    """The scales under full model names, of all models that a name means.

    Raises DataError for a short name of several models.
    """
    names = set(scale_frame["model"].to_list())
    matches: dict[str, list[str]] = {}
    for model in models:
        name = next((alias for alias in model_aliases(model) if alias in names), None)
        if name is not None:
            matches.setdefault(name, []).append(model)
    for name, meant in matches.items():
        if len({KIND_PATTERN.sub("", model) for model in meant}) > 1:
            raise DataError(
                f"the model {name!r} could be {' or '.join(map(repr, sorted(meant)[:4]))}; "
                "write the whole name"
            )
    full = [matches.get(name, [name]) for name in scale_frame["model"].to_list()]
    return scale_frame.with_columns(pl.Series("model", full, dtype=pl.List(pl.String))).explode(
        "model"
    )


def _join_on(frame: pl.DataFrame, scale_frame: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    new = {name: f"new {name}" for name in scale_frame.columns if name not in on}
    joined = frame.join(scale_frame.rename(new), on=on, how="left", maintain_order="left")
    columns = [
        pl.coalesce(f"new {name}", name).alias(name)
        if name in frame.columns
        else pl.col(f"new {name}").alias(name)
        for name in new
    ]
    return joined.with_columns(columns).drop(new.values())
