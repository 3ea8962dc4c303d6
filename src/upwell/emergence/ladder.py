"""A ladder: the values of one ability on one metric, rung by rung along one axis.

Everything in this room reasons about ladders. This file turns a table into them and
decides which rows count: of several checkpoints of a model the last one, of several
token budgets or training sets of a rung the largest, of several seeds their mean. It invents
no value: a row without one is counted as missing and a row without a scale is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import DataError
from ..records import Metric, Table, metric_named
from .noise import item_error, with_seeds
from .reach import along

Floats = npt.NDArray[np.float64]

TIMES = ("tokens", "step")
"""Axes along which one model is followed through its training."""

VARIED = ("shots", "rows")
"""Axes along which one model is tried: what it is shown, and how much it learns from."""

FOLLOWED = 4
"""Checkpoints from which on a model can be followed by itself."""

MOST_RUNGS = 32
"""Rungs that a ladder keeps; of a long training curve, evenly spaced in the logarithm."""

MEASURED = (
    "mean", "deviation", "values", "missing", "stderr", "items", "chance", "ceiling",
    "rung_params", "rung_tokens",
)  # fmt: skip
"""What is gathered of every rung, beside its scale."""

TEXTS = ("family", "model", "ability", "metric", "reason", "run", "id")
"""Columns that hold words."""

BY_RUNG = (
    "scale", "value", "noise", "item", "deviation", "seeds", "params", "tokens", "reach",
)  # fmt: skip
"""Fields of a ladder that have one number a rung."""


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """One ability of one family on one metric, as arrays over rungs, smallest first."""

    family: str | None
    ability: str
    shots: int
    metric: Metric
    axis: str
    scale: Floats
    """(rungs,) positive, strictly rising."""

    value: Floats
    """(rungs,) mean over the seeds of the rung."""

    noise: Floats
    """(rungs,) standard error of `value` from items and seeds; NaN where it is unknown."""

    item: Floats
    """(rungs,) the share of `noise` that items have; NaN where it is unknown."""

    deviation: Floats
    """(rungs,) standard deviation of the values of a rung's seeds; NaN where there is one."""

    seeds: Floats
    """(rungs,) values that each mean is taken over."""

    params: Floats
    """(rungs,) parameters; NaN where they are unknown."""

    tokens: Floats
    """(rungs,) training tokens; NaN where they are unknown."""

    reach: Floats
    """(rungs,) see `reach.py`."""

    modelled: bool
    """Whether `reach` is that of the models rather than the logarithm of the axis."""

    items: int | None
    """Least number of items under a value; None where it is unknown."""

    chance: float | None
    ceiling: float | None
    models: int
    missing: int

    @property
    def up(self) -> float:
        """+1 if a larger value is better, else -1."""
        return 1.0 if self.metric.better == "higher" else -1.0

    @property
    def offset(self) -> float:
        """What was added to the axis so that its logarithm exists: shots count from 0."""
        return 1.0 if self.axis == "shots" else 0.0

    @property
    def unit(self) -> float:
        """The distance that a jump is measured in: chance to ceiling, or the range seen."""
        if self.metric.low is not None and self.metric.high is not None:
            top = self.metric.high if self.ceiling is None else self.ceiling
            floor = self.metric.low if self.chance is None else self.chance
            if self.metric.better == "higher" and top > floor:
                return top - floor
        # A hundredth of the size keeps rounding noise of a constant from becoming a range.
        return float(max(np.ptp(self.value), 0.01 * np.abs(self.value).max(), 1e-9))

    def thin(self, most: int) -> Ladder:
        """At most that many rungs, evenly spaced in the logarithm of the scale."""
        if self.scale.size <= most:
            return self
        logs = np.log(self.scale)
        wanted = np.linspace(logs[0], logs[-1], most)
        keep = np.unique(np.abs(logs[None, :] - wanted[:, None]).argmin(axis=1))
        return replace(self, **{name: getattr(self, name)[keep] for name in BY_RUNG})


def ladders(
    table: Table, axis: str, metrics: list[str] | None = None, most: int = MOST_RUNGS
) -> list[Ladder]:
    """Every ladder of the table whose metric is known, in order of family, ability, shots, metric.

    Ladders of more than `most` rungs keep that many, the first and the last among them. Raises
    DataError where the axis is no numeric column of the table.
    """
    frame = counted(table, axis, metrics)
    if frame.is_empty():
        return []
    key = _subject(axis)
    rungs = _rungs(frame, axis, key)
    names = rungs.select(key).rows()
    starts = [i for i in range(len(names)) if i == 0 or names[i] != names[i - 1]]
    columns = {name: _floats(rungs[name]) for name in (axis, *MEASURED)}
    return [
        _ladder(dict(zip(key, names[start], strict=True)), columns, slice(start, end), axis).thin(
            most
        )
        for start, end in zip(starts, [*starts[1:], len(names)], strict=True)
    ]


def counted(table: Table, axis: str, metrics: list[str] | None = None) -> pl.DataFrame:
    """The rows that ladders are made of, those without a value among them: of known metrics, with
    a scale, at one budget per rung and seed (see the head of the file).

    NaN is null, as is everything in a column without a type. Raises DataError where the axis is
    no numeric column of the table.
    """
    frame = _known(_checked(_typed(table.frame), axis), metrics)
    return frame if frame.is_empty() else _last_budget(frame, axis, _subject(axis))


def _subject(axis: str) -> list[str]:
    """The columns that set one ladder apart from another."""
    return [name for name in ("family", "ability", "shots", "metric") if name != axis]


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """A column that is null all along has no type, and arithmetic needs one."""
    untyped = [name for name, kind in frame.schema.items() if kind == pl.Null]
    texts = [name for name in untyped if name in TEXTS]
    numbers = [name for name in untyped if name not in TEXTS]
    return frame.with_columns(pl.col(texts).cast(pl.String), pl.col(numbers).cast(pl.Float64))


def _checked(frame: pl.DataFrame, axis: str) -> pl.DataFrame:
    numeric = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    if axis not in numeric:
        raise DataError(
            f"the axis must be a numeric column of the table, found {axis!r}; "
            f"choose one of {', '.join(numeric)}"
        )
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    clean = frame.with_columns(pl.col(floats).fill_nan(None))
    return clean.filter(pl.col(axis) > 0) if axis != "shots" else clean.filter(pl.col(axis) >= 0)


def _known(frame: pl.DataFrame, metrics: list[str] | None) -> pl.DataFrame:
    present = frame["metric"].unique().to_list()
    asked = present if metrics is None else [name for name in present if name in metrics]
    return frame.filter(pl.col("metric").is_in([name for name in asked if metric_named(name)]))


def _last_budget(frame: pl.DataFrame, axis: str, key: list[str]) -> pl.DataFrame:
    """One budget per rung and seed: see the head of the file."""
    budget = [name for name in ("tokens", "step") if name in frame.columns and name != axis]
    if axis != "rows" and "rows" in frame.columns:
        # Followed through its training, a model keeps to one training set.
        rung = ["params"] if axis in TIMES or axis == "params" else ["params", axis]
        frame = _latest(frame, [*key, *rung, "seed"], ["rows"])
    if axis in TIMES or axis in VARIED:
        largest = pl.col("params").fill_null(-1)
        frame = frame.filter((largest == largest.max()).over(key))
        if axis in TIMES:
            return _longest_run(frame, axis, key)
        return _latest(frame, [*key, axis, "seed"], budget)
    final = _latest(frame, [*key, "model", "seed"], budget)
    if axis in ("flops", "loss"):
        return final
    return _latest(final, [*key, axis, "seed"], budget)


def _longest_run(frame: pl.DataFrame, axis: str, key: list[str]) -> pl.DataFrame:
    """The run that went furthest, where runs can be told: checkpoints of runs that were annealed
    at different times make steps when they are mixed. All rows where no model has several."""
    run = [*key, "model"]
    own = pl.col(axis).n_unique().over(run) >= FOLLOWED
    end = pl.when(own).then(pl.col(axis).max().over(run)).otherwise(-1.0)
    return frame.filter((end == end.max().over(key)) | ~own.any().over(key))


def _latest(frame: pl.DataFrame, group: list[str], budget: Sequence[str]) -> pl.DataFrame:
    for name in budget:
        rank = pl.col(name).cast(pl.Float64).fill_null(-1)
        frame = frame.filter((rank == rank.max()).over(group))
    return frame


def _rungs(frame: pl.DataFrame, axis: str, key: list[str]) -> pl.DataFrame:
    """One row per (key, scale): mean, deviation over seeds, mean item variance, counts."""
    seen = pl.col("value").is_not_null()
    return (
        frame.group_by([*key, axis])
        .agg(
            pl.col("value").mean().alias("mean"),
            pl.col("value").std().alias("deviation"),
            seen.sum().alias("values"),
            (~seen).sum().alias("missing"),
            pl.col("stderr").filter(seen).pow(2).mean().sqrt().alias("stderr"),
            pl.col("items").filter(seen & (pl.col("items") > 0)).min().alias("items"),
            pl.col("chance").mean(),
            pl.col("ceiling").mean(),
            pl.col("params").mean().alias("rung_params"),
            pl.col("tokens").mean().alias("rung_tokens"),
        )
        .sort([*key, axis], nulls_last=False)
    )


def _ladder(named: dict[str, object], columns: dict[str, Floats], rows: slice, axis: str) -> Ladder:
    metric = metric_named(str(named["metric"]))
    assert metric is not None
    every = {name: column[rows] for name, column in columns.items()}
    there = every["values"] > 0
    seen = {name: column[there] for name, column in every.items()}
    # Shots count from 0, and the logarithm of a scale must exist.
    scale = seen[axis] + (1.0 if axis == "shots" else 0.0)
    reach, modelled = along(axis, scale, seen["rung_params"], seen["rung_tokens"])
    items = seen["items"][~np.isnan(seen["items"])]
    share = not metric.continuous and metric.high == 1
    item = item_error(seen["mean"], seen["items"], seen["stderr"], share)
    return Ladder(
        family=None if named["family"] is None else str(named["family"]),
        ability=str(named["ability"]),
        shots=0 if named.get("shots") is None else int(float(str(named["shots"]))),
        metric=metric,
        axis=axis,
        scale=scale,
        value=seen["mean"],
        noise=with_seeds(item, seen["deviation"], seen["values"]),
        item=item,
        deviation=seen["deviation"],
        seeds=seen["values"],
        params=seen["rung_params"],
        tokens=seen["rung_tokens"],
        reach=reach,
        modelled=modelled,
        items=int(items.min()) if items.size else None,
        chance=_first(every["chance"]),
        ceiling=_first(every["ceiling"]),
        models=int(every["values"].sum()),
        missing=int(every["missing"].sum()),
    )


def _floats(column: pl.Series) -> Floats:
    """As an array; unknown becomes NaN, which stays inside this room."""
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


def _first(column: Floats) -> float | None:
    known = column[~np.isnan(column)]
    return float(known[0]) if known.size else None
