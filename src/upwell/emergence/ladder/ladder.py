"""Ladders: the values of one ability on one metric, rung by rung along one axis.

This module builds ladders from a table. Of several checkpoints of a model the last one counts, of
several token budgets or training sets of a rung the largest, of several seeds their mean. A row
without a value is counted as missing; a row without a scale is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from ...errors import DataError
from ...records import Metric, Table
from ..stats.noise import combine_se, estimate_item_se
from .effective_scale import ladder_effective_scale

Floats = npt.NDArray[np.float64]

TRAINING_AXES = ("tokens", "step")
"""Axes along which one model is evaluated during its training."""

CONDITION_AXES = ("shots", "train_rows")
"""Axes along which one model size is compared: few-shot examples, training set size."""

MIN_CHECKPOINTS = 4
"""Minimum checkpoints of a model that is a ladder by itself."""

MAX_RUNGS = 32
"""Maximum rungs of a ladder; long training curves are subsampled evenly in log scale."""

RUNG_COLUMNS = (
    "mean", "seed_sd", "values", "missing", "stderr", "items", "chance", "ceiling",
    "rung_params", "rung_tokens",
)  # fmt: skip
"""Aggregates of a rung, beside its scale."""

TEXT_COLUMNS = ("family", "model", "ability", "metric", "reason", "run", "id")
"""Columns of strings."""

RUNG_FIELDS = (
    "scale", "value", "se", "item_se", "seed_sd", "seeds", "params", "tokens", "effective_scale",
)  # fmt: skip
"""Fields of a ladder with one number per rung."""


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """One ability of one family on one metric, as arrays over rungs, smallest first."""

    family: str | None
    ability: str
    shots: int
    metric: Metric
    axis: str
    scale: Floats
    """(rungs,) positive, strictly increasing."""

    value: Floats
    """(rungs,) mean over the seeds of the rung."""

    se: Floats
    """(rungs,) standard error of `value` from items and seeds; NaN where unknown."""

    item_se: Floats
    """(rungs,) standard error of `value` from items alone; NaN where unknown."""

    seed_sd: Floats
    """(rungs,) standard deviation between the seeds of a rung; NaN for a single seed."""

    seeds: Floats
    """(rungs,) number of values behind each mean."""

    params: Floats
    """(rungs,) parameters; NaN where unknown."""

    tokens: Floats
    """(rungs,) training tokens; NaN where unknown."""

    effective_scale: Floats
    """(rungs,) see `ladder_effective_scale`."""

    has_model_scale: bool
    """Whether `effective_scale` comes from parameters and tokens instead of the axis."""

    items: int | None
    """Smallest number of items per value; None if unknown."""

    chance: float | None
    ceiling: float | None
    models: int
    missing: int

    @property
    def sign(self) -> float:
        """+1 if a larger value is better, else -1."""
        return 1.0 if self.metric.higher_is_better else -1.0

    @property
    def offset(self) -> float:
        """Number added to the axis so that its logarithm exists: shots count from 0."""
        return 1.0 if self.axis == "shots" else 0.0

    @property
    def unit(self) -> float:
        """Unit of a jump: distance from chance to ceiling, or else the range of the values."""
        if self.metric.low is not None and self.metric.high is not None:
            top = self.metric.high if self.ceiling is None else self.ceiling
            floor = self.metric.low if self.chance is None else self.chance
            if self.metric.higher_is_better and top > floor:
                return top - floor
        # At least a hundredth of the largest value, so that rounding noise is not the unit.
        return float(max(np.ptp(self.value), 0.01 * np.abs(self.value).max(), 1e-9))

    def subsample(self, max_rungs: int) -> Ladder:
        """At most that many rungs, evenly spaced in the logarithm of the scale."""
        if self.scale.size <= max_rungs:
            return self
        log_scale = np.log(self.scale)
        targets = np.linspace(log_scale[0], log_scale[-1], max_rungs)
        indices = np.unique(np.abs(log_scale[None, :] - targets[:, None]).argmin(axis=1))
        return replace(self, **{name: getattr(self, name)[indices] for name in RUNG_FIELDS})


def build_ladders(
    table: Table, axis: str, metrics: list[str] | None = None, max_rungs: int = MAX_RUNGS
) -> list[Ladder]:
    """Ladders of all known metrics, sorted by family, ability, shots and metric.

    Ladders with more than `max_rungs` rungs are subsampled; the first and the last rung stay.
    Raises DataError if the axis is no numeric column of the table.
    """
    frame = select_rows(table, axis, metrics)
    if frame.is_empty():
        return []
    key = _key_columns(axis)
    rungs = _aggregate_rungs(frame, axis, key)
    names = rungs.select(key).rows()
    starts = [i for i in range(len(names)) if i == 0 or names[i] != names[i - 1]]
    columns = {name: _to_floats(rungs[name]) for name in (axis, *RUNG_COLUMNS)}
    return [
        _build_ladder(
            dict(zip(key, names[start], strict=True)), columns, slice(start, end), axis, table
        ).subsample(max_rungs)
        for start, end in zip(starts, [*starts[1:], len(names)], strict=True)
    ]


def select_rows(table: Table, axis: str, metrics: list[str] | None = None) -> pl.DataFrame:
    """Rows that ladders are built from: known metrics, a scale, one budget per rung and seed.

    Rows without a value are among them; NaN becomes null. Raises DataError if the axis is no
    numeric column of the table.
    """
    known = _keep_known_metrics(table, metrics)
    frame = _check_axis(_cast_untyped(known.frame), axis)
    return frame if frame.is_empty() else _keep_last_budget(frame, axis, _key_columns(axis))


def _key_columns(axis: str) -> list[str]:
    """Columns that identify a ladder."""
    return [name for name in ("family", "ability", "shots", "metric") if name != axis]


def _cast_untyped(frame: pl.DataFrame) -> pl.DataFrame:
    """Give a type to columns that are all null; arithmetic needs one."""
    untyped = [name for name, dtype in frame.schema.items() if dtype == pl.Null]
    text_columns = [name for name in untyped if name in TEXT_COLUMNS]
    number_columns = [name for name in untyped if name not in TEXT_COLUMNS]
    return frame.with_columns(
        pl.col(text_columns).cast(pl.String), pl.col(number_columns).cast(pl.Float64)
    )


def _check_axis(frame: pl.DataFrame, axis: str) -> pl.DataFrame:
    numeric = [name for name, dtype in frame.schema.items() if dtype.is_numeric()]
    if axis not in numeric:
        raise DataError(
            f"the axis must be a numeric column of the table, found {axis!r}; "
            f"choose one of {', '.join(numeric)}"
        )
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    clean = frame.with_columns(pl.col(floats).fill_nan(None))
    return clean.filter(pl.col(axis) > 0) if axis != "shots" else clean.filter(pl.col(axis) >= 0)


def _keep_known_metrics(table: Table, metrics: list[str] | None) -> Table:
    present = table.frame["metric"].unique().to_list()
    requested = present if metrics is None else [name for name in present if name in metrics]
    known = [name for name in requested if table.get_metric(name)]
    return table.with_frame(table.frame.filter(pl.col("metric").is_in(known)))


def _keep_last_budget(frame: pl.DataFrame, axis: str, key: list[str]) -> pl.DataFrame:
    """One budget per rung and seed; see the module docstring."""
    budget = [name for name in ("tokens", "step") if name in frame.columns and name != axis]
    if axis != "train_rows" and "train_rows" in frame.columns:
        # Checkpoints of one model share their training set.
        rung = ["params"] if axis in TRAINING_AXES or axis == "params" else ["params", axis]
        frame = _keep_latest(frame, [*key, *rung, "seed"], ["train_rows"])
    if axis in TRAINING_AXES or axis in CONDITION_AXES:
        largest = pl.col("params").fill_null(-1)
        frame = frame.filter((largest == largest.max()).over(key))
        if axis in TRAINING_AXES:
            return _keep_longest_run(frame, axis, key)
        return _keep_latest(frame, [*key, axis, "seed"], budget)
    final = _keep_latest(frame, [*key, "model", "seed"], budget)
    if axis in ("flops", "loss"):
        return final
    return _keep_latest(final, [*key, axis, "seed"], budget)


def _keep_longest_run(frame: pl.DataFrame, axis: str, key: list[str]) -> pl.DataFrame:
    """Rows of the longest run; all rows if no model has several checkpoints.

    Runs that are annealed at different times would make steps if they were mixed.
    """
    run = [*key, "model"]
    is_followed = pl.col(axis).n_unique().over(run) >= MIN_CHECKPOINTS
    end = pl.when(is_followed).then(pl.col(axis).max().over(run)).otherwise(-1.0)
    return frame.filter((end == end.max().over(key)) | ~is_followed.any().over(key))


def _keep_latest(frame: pl.DataFrame, group: list[str], budget: Sequence[str]) -> pl.DataFrame:
    for name in budget:
        rank = pl.col(name).cast(pl.Float64).fill_null(-1)
        frame = frame.filter((rank == rank.max()).over(group))
    return frame


def _aggregate_rungs(frame: pl.DataFrame, axis: str, key: list[str]) -> pl.DataFrame:
    """One row per (key, scale): mean, standard deviation over seeds, item noise, counts."""
    has_value = pl.col("value").is_not_null()
    return (
        frame.group_by([*key, axis])
        .agg(
            pl.col("value").mean().alias("mean"),
            pl.col("value").std().alias("seed_sd"),
            has_value.sum().alias("values"),
            (~has_value).sum().alias("missing"),
            pl.col("stderr").filter(has_value).pow(2).mean().sqrt().alias("stderr"),
            pl.col("items").filter(has_value & (pl.col("items") > 0)).min().alias("items"),
            pl.col("chance").mean(),
            pl.col("ceiling").mean(),
            pl.col("params").mean().alias("rung_params"),
            pl.col("tokens").mean().alias("rung_tokens"),
        )
        .sort([*key, axis], nulls_last=False)
    )


def _build_ladder(
    names: dict[str, object], columns: dict[str, Floats], rows: slice, axis: str, table: Table
) -> Ladder:
    metric = table.get_metric(str(names["metric"]))
    assert metric is not None
    rung_columns = {name: column[rows] for name, column in columns.items()}
    has_value = rung_columns["values"] > 0
    observed = {name: column[has_value] for name, column in rung_columns.items()}
    # Shots count from 0, and the logarithm of a scale must exist.
    scale = observed[axis] + (1.0 if axis == "shots" else 0.0)
    effective_scale, has_model_scale = ladder_effective_scale(
        axis, scale, observed["rung_params"], observed["rung_tokens"]
    )
    items = observed["items"][~np.isnan(observed["items"])]
    is_proportion = not metric.continuous and (metric.low, metric.high) == (0, 1)
    item_se = estimate_item_se(
        observed["mean"], observed["items"], observed["stderr"], is_proportion
    )
    return Ladder(
        family=None if names["family"] is None else str(names["family"]),
        ability=str(names["ability"]),
        shots=0 if names.get("shots") is None else int(float(str(names["shots"]))),
        metric=metric,
        axis=axis,
        scale=scale,
        value=observed["mean"],
        se=combine_se(item_se, observed["seed_sd"], observed["values"]),
        item_se=item_se,
        seed_sd=observed["seed_sd"],
        seeds=observed["values"],
        params=observed["rung_params"],
        tokens=observed["rung_tokens"],
        effective_scale=effective_scale,
        has_model_scale=has_model_scale,
        items=int(items.min()) if items.size else None,
        chance=_first_known(rung_columns["chance"]),
        ceiling=_first_known(rung_columns["ceiling"]),
        models=int(rung_columns["values"].sum()),
        missing=int(rung_columns["missing"].sum()),
    )


def _to_floats(column: pl.Series) -> Floats:
    """Column as an array; null becomes NaN."""
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


def _first_known(column: Floats) -> float | None:
    known = column[~np.isnan(column)]
    return float(known[0]) if known.size else None
