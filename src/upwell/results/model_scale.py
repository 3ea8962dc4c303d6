"""Parameters, tokens and FLOPs of models, from a file or an option and never guessed.

They come from the result file, a `models.csv` beside it, or `--scale name=params,tokens`. A later
source wins over an earlier one. A model is named as in its results, or by the part after the last
slash where that is unique.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..errors import DataError
from .strict_json import decode_utf8, read_bytes

MODELS_FILE = "models.csv"

NUMBER_SUFFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}

NUMBER_PATTERN = re.compile(r"(\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?)([kmbgt]?)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ModelScale:
    """The scale of one model; None where it is unknown."""

    model: str
    params: float | None = None
    tokens: float | None = None
    flops: float | None = None


def parse_number(text: str) -> float:
    """The positive number in "1.4e9", "1.4b", "300B" or "70m"; DataError otherwise."""
    parsed = NUMBER_PATTERN.fullmatch(text.strip().replace("_", ""))
    number = float(parsed[1]) * NUMBER_SUFFIXES[parsed[2].lower()] if parsed else 0.0
    if not 0 < number < math.inf:
        raise DataError(f"expected a positive number such as 1.4e9, 1.4b or 70m, found {text!r}")
    return number


def parse_scale(text: str) -> ModelScale:
    """The scale in "name=params" or "name=params,tokens"; DataError otherwise."""
    name, sign, sizes = text.rpartition("=")
    numbers = [parse_number(part) for part in sizes.split(",")] if sign else []
    if not name or not 1 <= len(numbers) <= 2:
        raise DataError(f"expected name=params,tokens such as pythia-70m=70m,300b, found {text!r}")
    return ModelScale(model=name, params=numbers[0], tokens=numbers[1] if numbers[1:] else None)


def read_models_file(path: Path) -> pl.DataFrame:
    """The rows of a models.csv: one for each model, or model and step if it has that column.

    Raises DataError with the line that cannot be parsed.
    """
    text = decode_utf8(read_bytes(path, 2**26), str(path))
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{path} cannot be read: {str(error).splitlines()[0][:160]}") from None
    frame = frame.rename({name: name.strip() for name in frame.columns})
    if "model" not in frame.columns or len(frame.columns) < 2:
        raise DataError(
            f"{path} must have a column 'model' and at least one of params, tokens, flops, family; "
            f"found {', '.join(frame.columns)}"
        )
    scale_frame = frame.select(_clean_cell(name).alias(name) for name in frame.columns)
    numbers = [name for name in scale_frame.columns if name not in ("model", "family")]
    scale_frame = scale_frame.with_columns(
        _parse_column(scale_frame[name], path) for name in numbers
    )
    if "step" in scale_frame.columns:
        scale_frame = scale_frame.with_columns(pl.col("step").cast(pl.Int64))
    return _check_unique(scale_frame.filter(pl.col("model").is_not_null()), path)


def scale_table(scales: Iterable[ModelScale]) -> pl.DataFrame:
    """A table of scales in the format of a models.csv."""
    rows = [(s.model, s.params, s.tokens, s.flops) for s in scales]
    kinds = {"model": pl.String, "params": pl.Float64, "tokens": pl.Float64, "flops": pl.Float64}
    return _check_unique(pl.DataFrame(rows, schema=kinds, orient="row"), Path("--scale"))


def join_scales(frame: pl.DataFrame, scale_frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the values of `scale_frame` in place of those of the file."""
    scale_frame = _expand_names(scale_frame, frame["model"].unique().to_list())
    if "step" not in scale_frame.columns:
        return _join_on(frame, scale_frame, ["model"])
    any_step = scale_frame.filter(pl.col("step").is_null()).drop("step")
    return _join_on(
        _join_on(frame, any_step, ["model"]), scale_frame.drop_nulls("step"), ["model", "step"]
    )


def find_unmatched(scale_frame: pl.DataFrame, models: list[str]) -> list[str]:
    """Names in `scale_frame` that no model has."""
    known = {*models, *map(_short_name, models)}
    return [name for name in scale_frame["model"].to_list() if name not in known]


def _short_name(model: str) -> str:
    return model.rstrip("/").rpartition("/")[2]


def _expand_names(scale_frame: pl.DataFrame, models: list[str]) -> pl.DataFrame:
    """The scales under full model names. Raises DataError for a short name of several models."""
    by_short_name: dict[str, list[str]] = {}
    for model in models:
        by_short_name.setdefault(_short_name(model), []).append(model)
    names: dict[str, str] = {}
    for name in scale_frame["model"].unique().to_list():
        matches = [name] if name in models else by_short_name.get(name, [name])
        if len(matches) > 1:
            raise DataError(
                f"the model {name!r} could be {' or '.join(map(repr, sorted(matches)[:4]))}; "
                "write the whole name"
            )
        names[name] = matches[0]
    return scale_frame.with_columns(pl.col("model").replace(names))


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


def _clean_cell(name: str) -> pl.Expr:
    cell = pl.col(name).str.strip_chars()
    return pl.when(cell != "").then(cell)


def _parse_column(column: pl.Series, path: Path) -> pl.Series:
    """The column as numbers if it is a known one or all cells are numbers, else as text."""
    is_required = column.name in ("params", "tokens", "flops", "step")
    values: list[float | None] = []
    for line, text in enumerate(column.to_list(), start=2):
        try:
            values.append(None if text is None else _parse_zero_or_number(text))
        except DataError as error:
            if not is_required:
                return column
            raise DataError(f"{path}, line {line}, column {column.name}: {error}") from None
    return pl.Series(column.name, values, dtype=pl.Float64)


def _parse_zero_or_number(text: str) -> float:
    return 0.0 if text in ("0", "0.0") else parse_number(text)


def _check_unique(scale_frame: pl.DataFrame, source: Path) -> pl.DataFrame:
    key = [name for name in ("model", "step") if name in scale_frame.columns]
    duplicates = scale_frame.filter(scale_frame.select(key).is_duplicated())
    if len(duplicates):
        raise DataError(f"{source} has the model {duplicates['model'][0]!r} twice")
    return scale_frame
