"""Percentages that are marked, in a cell, a column name, a metric's name or by the user, as shares.

They are divided by 100, and this is said with the number of values and their range.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ..records import Metric
from .cells import PERCENT_COLUMNS
from .metric_info import is_percentage
from .remarks import Remark
from .schema import FILE_COLUMN

GROUP = (FILE_COLUMN, "ability", "metric")
"""Columns of a group of rows that is on one scale."""

PERCENT = 100.0
MARKED_REMARK = "marked as percentages and divided by 100"


def divide_percentages(
    frame: pl.DataFrame, user_metrics: Mapping[str, Metric], facts: Mapping[str, Metric]
) -> tuple[pl.DataFrame, list[Remark]]:
    """The rows with marked percentages as shares, and what was divided.

    `user_metrics` has facts from the user, `facts` those of all metrics. Metrics from 0 to 100 are
    not divided.
    """
    marks = {name: mark for name, mark in PERCENT_COLUMNS.items() if mark in frame.columns}
    by_user = [name for name in user_metrics if is_percentage(user_metrics, name)]
    if not marks and not by_user:
        return frame, []
    other_scales = [name for name, metric in facts.items() if not is_share(metric)]
    may_divide = ~pl.col("metric").is_in(other_scales)
    masks = {
        name: (
            (pl.col(marks[name]).fill_null(value=False) if name in marks else pl.lit(value=False))
            | pl.col("metric").is_in(by_user)
        )
        & may_divide
        for name in PERCENT_COLUMNS
    }
    # A column without a mark beside percentages is one of percentages if it cannot hold shares.
    high = pl.when(pl.col("items") > 1).then(1 / (pl.col("items") - 1).sqrt()).otherwise(0.5)
    masks["stderr"] |= masks["value"] & ((pl.col("stderr") > high).any().over(GROUP))
    for name in ("chance", "ceiling"):
        masks[name] |= masks["value"] & ((pl.col(name) > 1).any().over(GROUP))
    masked = frame.filter(masks["value"] & pl.col("value").is_not_null())
    frame = frame.with_columns(
        pl.when(mask).then(pl.col(name) / PERCENT).otherwise(pl.col(name)).alias(name)
        for name, mask in masks.items()
    ).with_columns(masks["value"].alias(PERCENT_COLUMNS["value"]))
    groups = masked.group_by(GROUP, maintain_order=True).agg(
        pl.len(), pl.col("value").min().alias("min"), pl.col("value").max().alias("max")
    )
    return frame, [
        Remark(
            MARKED_REMARK,
            f"{count} values of {metric} of {ability} in {file} ({low:g} % to {high:g} %)",
        )
        for file, ability, metric, count, low, high in groups.iter_rows()
    ]


def is_share(metric: Metric) -> bool:
    """Whether a metric is, or may be, from 0 to 1."""
    return metric.high == 1 or metric.share_or_percent
