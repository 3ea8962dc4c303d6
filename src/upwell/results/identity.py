"""Which rows are the same measurement: one key, and one rule for what happens to repeats.

A measurement is known by `KEY_COLUMNS` and the axis. Rows that share them are

- ways of asking, each an ability of its own, if another column of the file tells them apart;
- seeds, if a column such as "run" or "trial" does;
- otherwise the same measurement: the fullest is kept (without a limit before with one, then more
  items), of equally full ones the latest, and the first read where no date tells.

Nothing is averaged here, and every row that is left out is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from ..records.evaluation import TABLE_COLUMNS
from .remarks import Remark
from .repeats import TIME_COLUMNS, drop_repeats
from .schema import FILE_COLUMN, SOURCE_COLUMNS, BadRow

RESULT_COLUMNS = ("value", "reason", "stderr", "items", "missing", "chance", "ceiling")
"""Columns with the outcome of a measurement."""

KEY_COLUMNS = ("family", "model", "params", "tokens", "step", "seed", "ability", "shots", "metric")

CONDITION_COLUMNS = ("train_rows",)
"""Columns that a ladder handles by itself."""

SEED_COLUMNS = (
    "random_seed", "fewshot_seed", "run", "run_id", "trial", "repeat", "repetition", "replicate",
    "replication", "rep",
)  # fmt: skip
"""Columns that number repeated runs of one measurement; `seed` itself needs no mention."""

ASKING_COLUMNS = (
    "chat_template", "apply_chat_template", "system_prompt", "system_instruction", "multiturn",
    "fewshot_as_multiturn", "gen_kwargs",
)  # fmt: skip
"""Ways of asking that are not mixed in one ladder, even where no model has both."""

UNSET_IS_A_WAY = (*ASKING_COLUMNS, "model_arguments")
"""Columns in which null stands for the usual way, also in another file."""

MIN_RECURRENCE = 2.0
"""Keys per value of a numeric column from which it is a condition; a run time does not recur."""

FACT_COLUMNS = ("limit", "is_group", "revision")
"""Columns that never tell a measurement apart by themselves."""

PASSING_COLUMNS = (*ASKING_COLUMNS, "chat_template_sha", "model_arguments", "fewshot_seed", "limit",
    "task_version", "revision", "is_group", "evaluation_time",
)  # fmt: skip
"""Columns of harnesses, which are dropped at the end where they are empty."""

ORIGINAL_ABILITY = "upwell ability"
"""Column with the ability's name before a way of asking was added to it."""

SEED_REMARK = "rows that differ only in this column are repeated runs, averaged as seeds"
VARIANT_REMARK = "measurements that differ in a column are kept apart as abilities of their own"


@dataclass(frozen=True, kw_only=True)
class DistinctRows:
    """One row for each measurement, and what was done with the others."""

    frame: pl.DataFrame
    bad_rows: tuple[BadRow, ...]
    duplicates: int
    """Rows that repeat a kept row exactly."""

    remarks: tuple[Remark, ...]


def tell_apart(frame: pl.DataFrame, axis: str | None) -> DistinctRows:
    """One row for each measurement; see the module docstring for the rule."""
    frame = frame.with_columns(pl.col("ability").alias(ORIGINAL_ABILITY))
    key = [
        name
        for name in dict.fromkeys((*KEY_COLUMNS, *CONDITION_COLUMNS, axis))
        if name in frame.columns
    ]
    frame, variant_remarks = _name_variants(frame, key)
    frame, seed_remarks = _number_seeds(frame, key)
    frame, bad_rows, duplicates, repeat_remarks = drop_repeats(frame, key)
    return DistinctRows(
        frame=frame.drop(_empty_columns(frame)),
        bad_rows=bad_rows,
        duplicates=duplicates,
        remarks=(*variant_remarks, *seed_remarks, *repeat_remarks),
    )


def select_outcomes(
    outcomes: Iterable[tuple[str, pl.DataFrame]], measurements: pl.DataFrame
) -> pl.DataFrame | None:
    """The outcomes of the kept measurements, under their names; None without any.

    `outcomes` has those of each file, with the file that they belong to.
    """
    key = ["model", "step", "ability", "shots", "metric"]
    frames = []
    for file, frame in outcomes:
        rows = measurements.filter(pl.col(FILE_COLUMN) == file).select(
            "model", "step", "shots", "metric",
            pl.col(ORIGINAL_ABILITY).alias("ability"), pl.col("ability").alias("new ability"),
        ).unique()  # fmt: skip
        joined = frame.join(rows, on=key, how="inner", nulls_equal=True, maintain_order="left")
        frames.append(joined.with_columns(ability="new ability").select(frame.columns))
    return pl.concat(frames) if frames else None


def _empty_columns(frame: pl.DataFrame) -> list[str]:
    return [n for n in PASSING_COLUMNS if n in frame.columns and _is_null(frame[n])]


def _ambiguous(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Rows whose key is that of another row."""
    return frame.filter(frame.select(key).is_duplicated())


def _varies(ambiguous: pl.DataFrame, key: Sequence[str], name: str) -> bool:
    """Whether rows of one key differ; a column that another file lacks makes no difference."""
    within = list(key) if name in UNSET_IS_A_WAY else [*key, FILE_COLUMN]
    in_files = ambiguous.group_by(within).agg(pl.col(name).n_unique())[name]
    across = ambiguous.group_by(key).agg(pl.col(name).drop_nulls().n_unique())[name]
    return bool((in_files > 1).any() or (across > 1).any())


# Ways of asking.


def _name_variants(frame: pl.DataFrame, key: Sequence[str]) -> tuple[pl.DataFrame, list[Remark]]:
    """Add to the ability's name what tells rows of one key apart, column by column."""
    ladder = ["family", "ability", "shots", "metric"]
    remarks: list[Remark] = []
    names = [
        name
        for name in frame.columns
        if name not in (*TABLE_COLUMNS, *SOURCE_COLUMNS, *key, *SEED_COLUMNS, *TIME_COLUMNS)
        and name not in (*FACT_COLUMNS, ORIGINAL_ABILITY)
    ]
    for name in sorted(names, key=lambda name: name not in ASKING_COLUMNS):
        if name in ASKING_COLUMNS:
            has_both = pl.col(name).n_unique().over(ladder) > 1
            is_split = frame.select(has_both).to_series()
        else:
            ambiguous = _ambiguous(frame, key)
            if ambiguous.is_empty() or not _is_condition(ambiguous, key, name):
                continue
            is_split = pl.Series([True]).new_from_index(0, len(frame))
        if is_split.any():
            label = pl.format("{}/{}", "ability", _label(frame[name]))
            variant = pl.when(is_split).then(label)
            frame = frame.with_columns(pl.coalesce(variant, "ability").alias("ability"))
            axis = f" (or judge along it: --axis {name})" if frame.schema[name].is_numeric() else ""
            remarks.append(Remark(VARIANT_REMARK, f"{name!r}{axis}"))
    return frame, remarks


def _label(column: pl.Series) -> pl.Expr:
    """The text of a column, or "name=value" where the value alone says little."""
    if column.dtype == pl.String and not column.str.to_lowercase().is_in(["true", "false"]).any():
        return pl.col(column.name)
    text = pl.col(column.name).cast(pl.String).str.strip_suffix(".0")
    return pl.format(f"{column.name}={{}}", text)


def _is_condition(ambiguous: pl.DataFrame, key: Sequence[str], name: str) -> bool:
    """Whether a column tells rows of a key apart; numbers only if they recur under other keys."""
    if not _varies(ambiguous, key, name):
        return False
    if not ambiguous.schema[name].is_numeric():
        return True
    pairs = ambiguous.select(*key, name).unique().height
    is_one_key = ambiguous.select(key).n_unique() == 1
    return is_one_key or pairs >= MIN_RECURRENCE * ambiguous[name].n_unique()


# Seeds.


def _number_seeds(frame: pl.DataFrame, key: Sequence[str]) -> tuple[pl.DataFrame, list[Remark]]:
    """The column `seed` also from a column of repeated runs that tells rows apart."""
    remarks: list[Remark] = []
    for name in SEED_COLUMNS:
        ambiguous = _ambiguous(frame, key)
        if ambiguous.is_empty():
            break
        if name in frame.columns and name not in key and _varies(ambiguous, key, name):
            seeds = pl.struct("seed", name).rank("dense").cast(pl.Int64) - 1
            number = (
                pl.when(pl.col(name).is_null()).then("seed").otherwise(_seed_number(frame, name))
            )
            frame = frame.with_columns(seed=number if _is_null(frame["seed"]) else seeds)
            remarks.append(Remark(SEED_REMARK, repr(name)))
    return frame, remarks


def _seed_number(frame: pl.DataFrame, name: str) -> pl.Expr:
    column = frame[name]
    if column.dtype.is_numeric() and (column.drop_nulls() % 1 == 0).all():
        return pl.col(name).cast(pl.Int64)
    return pl.col(name).rank("dense").cast(pl.Int64) - 1


def _is_null(column: pl.Series) -> bool:
    return column.null_count() == len(column)
