"""Matching of the measurements of two tables.

Two tables of one model each are matched whatever the names. Several models are matched by name, or
by size if no name is shared. Of several checkpoints the last one counts. A measurement that only
one side has is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ...errors import DataError
from ...records import Metric, Table
from ..stats.noise import binomial_se

Floats = npt.NDArray[np.float64]

KEY_COLUMNS = ("ability", "shots", "metric")

FLOAT_TOLERANCE = 1e-12
"""Differences below this are rounding errors."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One measurement of one side, for each seed."""

    value: Floats
    """(seeds,) in the order of `seeds`."""

    seeds: tuple[int | None, ...]
    item_se: float | None
    """Standard error of the mean over seeds from items; None if unknown."""

    items: int | None


@dataclass(frozen=True, kw_only=True)
class MeasurementPair:
    """The same measurement of both sides."""

    rung: str | None
    """Name or size of the model if there are several."""

    ability: str
    shots: int | None
    metric: Metric
    a: Side
    b: Side
    items: Floats | None
    """(items,) B less A per item, positive is better; None if items cannot be matched."""

    is_group: bool = False
    """Whether the ability is the mean of others in the same results, such as MMLU of its parts."""

    @property
    def sign(self) -> float:
        """+1 if a larger value is better, else -1."""
        return 1.0 if self.metric.higher_is_better else -1.0


@dataclass(frozen=True, kw_only=True)
class MatchedMeasurements:
    """Matched measurements, and the number of unmatched ones."""

    pairs: tuple[MeasurementPair, ...]
    unmatched: int


def match_measurements(
    a: Table,
    b: Table,
    outcomes_a: pl.DataFrame | None = None,
    outcomes_b: pl.DataFrame | None = None,
) -> MatchedMeasurements:
    """Match all measurements of known metrics.

    Outcomes have the columns model, step, ability, shots, metric, item and value. Raises DataError
    if nothing matches.
    """
    model_column = _model_column(a.frame, b.frame)
    groups_a, groups_b = (_group_rows(_keep_last_checkpoint(t), model_column) for t in (a, b))
    shared = [key for key in groups_a if key in groups_b]
    if not shared:
        raise DataError(
            "the two tables have no ability, shots and metric in common; nothing to compare"
        )
    items_a, items_b = (
        _mean_item_outcomes(outcomes_a, groups_a, model_column),
        _mean_item_outcomes(outcomes_b, groups_b, model_column),
    )
    matched_pairs = [
        _build_pair(
            key,
            a.get_metric(key[-1]) or b.get_metric(key[-1]),
            (groups_a[key], groups_b[key]),
            (items_a.get(key, {}), items_b.get(key, {})),
        )
        for key in shared
    ]
    return MatchedMeasurements(
        pairs=tuple(matched_pairs), unmatched=len(groups_a) + len(groups_b) - 2 * len(shared)
    )


_MeasurementKey = tuple[str | None, str, int | None, str]


def _model_column(a: pl.DataFrame, b: pl.DataFrame) -> str | None:
    """Column to match models by; None if each side has one model."""
    sides = [set(side["model"].drop_nulls()) for side in (a, b)]
    if max(map(len, sides)) == 1:
        return None
    for column in ("model", "params"):
        in_a, in_b = (set(side[column].drop_nulls()) for side in (a, b))
        if in_a & in_b:
            return column
    raise DataError(
        f"one side has the models {', '.join(sorted(sides[0])[:4])}, the other "
        f"{', '.join(sorted(sides[1])[:4])}: no name and no size is in both; "
        "compare one model with one model"
    )


def _keep_last_checkpoint(table: Table) -> pl.DataFrame:
    """Rows of the last checkpoint of every model and seed, with a known metric and a value."""
    names = [name for name in table.frame["metric"].unique() if table.get_metric(name)]
    frame = table.frame.filter(pl.col("metric").is_in(names), pl.col("value").is_not_null())
    for budget in ("tokens", "step"):
        rank = pl.col(budget).cast(pl.Float64).fill_null(-1)
        frame = frame.filter((rank == rank.max()).over("model", "seed", *KEY_COLUMNS))
    return frame


def _group_rows(
    frame: pl.DataFrame, model_column: str | None
) -> dict[_MeasurementKey, pl.DataFrame]:
    rung = (
        pl.lit(None, dtype=pl.String)
        if model_column is None
        else pl.col(model_column).cast(pl.String)
    )
    frame = frame.with_columns(rung.alias("rung")).sort("seed", maintain_order=True)
    groups = frame.partition_by("rung", *KEY_COLUMNS, as_dict=True, maintain_order=True)
    return {_parse_key(names): rows for names, rows in groups.items()}


def _parse_key(names: tuple[object, ...]) -> _MeasurementKey:
    rung, ability, shots, metric = names
    return (
        None if rung is None else str(rung),
        str(ability),
        None if shots is None else int(str(shots)),
        str(metric),
    )


def _mean_item_outcomes(
    outcomes: pl.DataFrame | None,
    rows: dict[_MeasurementKey, pl.DataFrame],
    model_column: str | None,
) -> dict[_MeasurementKey, dict[str, float]]:
    """Mean outcome of every item over the models of a rung."""
    if outcomes is None or model_column not in (None, "model"):
        return {}
    if not rows:
        return {}
    models = pl.concat([frame.select("model", "step") for frame in rows.values()]).unique()
    rung = pl.lit(None, dtype=pl.String) if model_column is None else pl.col("model")
    means = (
        outcomes.filter(pl.col("value").is_not_null())
        .with_columns(pl.col("step").cast(models.schema["step"]))
        .join(models, on=["model", "step"], how="semi", nulls_equal=True)
        .with_columns(rung.alias("rung"))
        .group_by("rung", *KEY_COLUMNS, "item")
        .agg(pl.col("value").mean())
    )
    return {
        _parse_key(names): dict(zip(group["item"], group["value"], strict=True))
        for names, group in means.partition_by("rung", *KEY_COLUMNS, as_dict=True).items()
    }


def _build_pair(
    key: _MeasurementKey,
    metric: Metric | None,
    rows: tuple[pl.DataFrame, pl.DataFrame],
    items: tuple[dict[str, float], dict[str, float]],
) -> MeasurementPair:
    rung, ability, shots, _ = key
    (a, b), (items_a, items_b) = rows, items
    assert metric is not None
    item_differences = None
    if _is_item_mean(items_a, a) and _is_item_mean(items_b, b) and items_a.keys() == items_b.keys():
        sign = 1.0 if metric.higher_is_better else -1.0
        item_differences = np.array(
            [sign * (items_b[item] - value) for item, value in items_a.items()]
        )
        item_differences[np.abs(item_differences) < FLOAT_TOLERANCE] = 0.0
    return MeasurementPair(
        rung=rung,
        ability=ability,
        shots=shots,
        metric=metric,
        a=_build_side(a, metric),
        b=_build_side(b, metric),
        items=item_differences,
        is_group=any("is_group" in s.columns and s["is_group"].drop_nulls().len() for s in (a, b)),
    )


def _is_item_mean(items: dict[str, float], rows: pl.DataFrame) -> bool:
    """Whether the measured value is the mean over items; some metrics are not."""
    mean = float(rows["value"].to_numpy().mean())
    return bool(items) and bool(
        np.isclose(np.mean(list(items.values())), mean, rtol=1e-6, atol=1e-9)
    )


def _build_side(rows: pl.DataFrame, metric: Metric) -> Side:
    value = rows["value"].to_numpy().astype(np.float64)
    items = rows["items"].drop_nulls()
    min_items = int(str(items.min())) if len(items) else None
    return Side(
        value=value,
        seeds=tuple(rows["seed"]),
        item_se=_item_se(rows, metric, float(value.mean()), min_items),
        items=min_items,
    )


def _item_se(rows: pl.DataFrame, metric: Metric, mean: float, items: int | None) -> float | None:
    """Standard error from items. Seeds share their items, so more seeds do not lower it."""
    if items and not metric.continuous and (metric.low, metric.high) == (0, 1):
        return float(binomial_se(np.array([mean]), np.array([float(items)]))[0])
    known = rows["stderr"].drop_nulls()
    return float(np.sqrt(np.mean(known.to_numpy() ** 2))) if len(known) else None
