"""Whether values lie on the scale of their metric, decided for whole groups of rows.

A group is one metric of one ability in one file. A percentage below 1 looks like a share, so one
value out of bounds leaves out its whole group, and groups that may be on the same wrong scale: the
same metric of other abilities in the file, and the same ability in other files. Such a group is
kept only if its numbers of items or its standard errors show that it holds shares.

Percentages that are marked, in a cell, a column name, the metric's name or by the user, are divided
by 100. Everything that is changed or left out is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ..records import METRICS, Metric
from .cells import PERCENT_COLUMNS
from .metric_info import is_percentage
from .percentages import GROUP, PERCENT, divide_percentages, is_share
from .remarks import Remark
from .schema import FILE_COLUMN, SOURCE_COLUMNS, BadRow
from .share_evidence import shows_shares

SLACK = 1e-6

MIN_SHARES = 3
MIN_GAP = 10.0
"""Different values in one file, and how far they lie below the percentages of another."""

STDERR_REMARK = "standard errors too large for the metric (percentages?), ignored"
CHANCE_REMARK = "chance or ceiling outside the bounds of the metric, ignored"
SHARES_REMARK = "kept as shares, though another file has percentages"
SMALL_REMARK = (
    "no value is above 1, though the metric is from 0 to 100 (--metric-info tells shares)"
)


@dataclass(frozen=True)
class BoundedRows:
    """Rows on the scales of their metrics."""

    frame: pl.DataFrame
    bad_rows: tuple[BadRow, ...] = ()
    remarks: tuple[Remark, ...] = ()


def keep_in_bounds(frame: pl.DataFrame, user_metrics: Mapping[str, Metric]) -> BoundedRows:
    """The rows whose groups are on the scale of their metric, and what was changed or left out.

    `user_metrics` has facts that the user gave; they win over those that Upwell knows.
    """
    facts = {
        **METRICS,
        **{n: m for n, m in user_metrics.items() if not is_percentage(user_metrics, n)},
    }
    frame, marked = divide_percentages(frame, user_metrics, facts)
    frame = frame.with_columns(
        pl.col("metric").replace_strict(_bounds(facts, side), default=None, return_dtype=pl.Float64)
        .alias(f"upwell {side}")
        for side in ("low", "high")
    )  # fmt: skip
    frame, ignored = _ignore_impossible(frame)
    reasons, uncertain = _find_wrong_scales(frame, facts)
    bad_rows: tuple[BadRow, ...] = ()
    if reasons:
        keys = pl.DataFrame(
            [(*k, why) for k, why in reasons.items()], [*GROUP, "why"], orient="row"
        )
        wrong = frame.join(keys, on=GROUP, how="inner", maintain_order="left")
        bad_rows = tuple(
            BadRow(file=file, line=line, reason=f"{location}: {why}" if location else why)
            for file, line, location, why in wrong.select(*SOURCE_COLUMNS, "why").iter_rows()
        )
        frame = frame.join(keys, on=GROUP, how="anti", maintain_order="left")
    frame = frame.drop("upwell low", "upwell high", *PERCENT_COLUMNS.values(), strict=False)
    return BoundedRows(frame, bad_rows, (*marked, *ignored, *uncertain))


def _bounds(facts: Mapping[str, Metric], side: str) -> dict[str, float]:
    bounds = {name: getattr(metric, side) for name, metric in facts.items()}
    return {name: float(bound) for name, bound in bounds.items() if bound is not None}


# Noise and bounds that cannot be.


def _ignore_impossible(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Remark]]:
    """Standard errors, chance levels and ceilings that the bounds of the metric rule out."""
    low, high = pl.col("upwell low"), pl.col("upwell high")
    items = pl.col("items").cast(pl.Float64)
    divisor = pl.when(items > 1).then((items - 1).sqrt()).otherwise(2.0)
    tests = {
        "stderr": pl.col("stderr") > (high - low) / divisor + SLACK,
        "chance": (pl.col("chance") < low - SLACK) | (pl.col("chance") > high + SLACK),
        "ceiling": (pl.col("ceiling") < low - SLACK) | (pl.col("ceiling") > high + SLACK),
    }
    remarks = []
    for name, test in tests.items():
        wrong = frame.filter(test).group_by(GROUP, maintain_order=True).agg(pl.col(name).first())
        if len(wrong):
            text = STDERR_REMARK if name == "stderr" else CHANCE_REMARK
            remarks += [
                Remark(text, f"{name} {number:g} of {metric} of {ability} in {file}")
                for file, ability, metric, number in wrong.iter_rows()
            ]
            is_wrong = test.fill_null(value=False).any().over(GROUP)
            frame = frame.with_columns(pl.when(~is_wrong).then(pl.col(name)).alias(name))
    return frame, remarks


# Values on another scale.


@dataclass(frozen=True)
class _Group:
    """The values of one metric of one ability in one file."""

    key: tuple[str, str, str]
    rows: pl.DataFrame

    @property
    def positive(self) -> list[float]:
        return [abs(v) for v in self.rows["value"] if v]

    @property
    def might_be_shares(self) -> bool:
        return bool(self.positive) and max(self.positive) <= 1 + SLACK


def _find_wrong_scales(
    frame: pl.DataFrame, facts: Mapping[str, Metric]
) -> tuple[dict[tuple[str, str, str], str], list[Remark]]:
    """{group: why it is left out}, and what was kept although it is not certain."""
    value = pl.col("value")
    finite = frame.filter(value.is_finite())
    outside = (value < pl.col("upwell low") - SLACK) | (value > pl.col("upwell high") + SLACK)
    percents = PERCENT_COLUMNS["value"]
    if percents in frame.columns:
        is_mixed = pl.col(percents).any().over(GROUP) & ~pl.col(percents) & (value != 0)
        mixed = {key: _describe_mixed(key) for key in _keys(finite.filter(is_mixed))}
    else:
        mixed = {}
    wrong_keys = _keys(finite.filter(outside))
    reasons = {
        group.key: _describe_outside(group, facts[group.key[2]])
        for group in _groups(finite, wrong_keys)
    }
    unclear, remarks = _find_unclear(finite, wrong_keys, facts)
    split = _find_split_scales(finite, facts)
    return {**split, **unclear, **mixed, **reasons}, [*remarks, *_find_small(finite, facts)]


def _keys(frame: pl.DataFrame) -> list[tuple[str, str, str]]:
    return list(frame.select(GROUP).unique(maintain_order=True).iter_rows())


def _groups(frame: pl.DataFrame, keys: Sequence[tuple[str, str, str]]) -> list[_Group]:
    if not keys:
        return []
    key_frame = pl.DataFrame(keys, list(GROUP), orient="row")
    rows = frame.join(key_frame, on=GROUP, how="inner", maintain_order="left")
    parts = rows.partition_by(GROUP, as_dict=True)
    return [_Group(key, parts[key]) for key in keys]


def _find_unclear(
    frame: pl.DataFrame, wrong_keys: list[tuple[str, str, str]], facts: Mapping[str, Metric]
) -> tuple[dict[tuple[str, str, str], str], list[Remark]]:
    """Groups within 0 to 1 beside groups of percentages, unless they show that they are shares."""
    wrong = [
        group
        for group in _groups(frame, wrong_keys)
        if is_share(facts[group.key[2]]) and 1 < max(group.positive) <= PERCENT
    ]
    reasons: dict[tuple[str, str, str], str] = {}
    remarks: list[Remark] = []
    if not wrong:
        return reasons, remarks
    in_file = {(file, metric): ability for file, ability, metric in (g.key for g in wrong)}
    elsewhere = {(ability, metric): g for g in wrong for _, ability, metric in [g.key]}
    mark = PERCENT_COLUMNS["value"]
    unmarked = frame.filter(~pl.col(mark)) if mark in frame.columns else frame
    candidates = [
        key
        for key in _keys(unmarked)
        if key not in wrong_keys and ((key[0], key[2]) in in_file or (key[1], key[2]) in elsewhere)
    ]
    for group in _groups(frame, candidates):
        file, ability, metric = group.key
        if not group.positive or shows_shares(group.rows):
            continue
        other = elsewhere.get((ability, metric))
        if other is not None and (file, metric) not in in_file and _is_apart(group, other):
            remarks.append(Remark(SHARES_REMARK, f"{metric} of {ability} in {file}"))
            continue
        source = other.key[0] if other is not None else f"{in_file[file, metric]} of the same file"
        reasons[group.key] = (
            f"{metric} of {ability} may be percentages below 1, as in {source}; mark percentages "
            f"by % or pass --metric-info {metric}=higher,0,100"
        )
    return reasons, remarks


def _is_apart(group: _Group, percentages: _Group) -> bool:
    """Whether several values are far below percentages of another file, and alike as shares."""
    values, others = group.positive, percentages.positive
    return (
        len(set(values)) >= MIN_SHARES
        and max(values) * MIN_GAP <= min(others)
        and max(values) * PERCENT >= min(others)
    )


def _find_split_scales(
    frame: pl.DataFrame, facts: Mapping[str, Metric]
) -> dict[tuple[str, str, str], str]:
    """Groups from 0 to 1 of a metric that other files give from 0 to 100.

    A file that gives another metric of the same ability in percent gives this one in percent, too.
    """
    either = [name for name, metric in facts.items() if metric.share_or_percent]
    rows = frame.filter(pl.col("metric").is_in(either))
    largest = rows.group_by(GROUP, maintain_order=True).agg(pl.col("value").max())
    over = pl.col("value") > 1 + SLACK
    mixed = largest.filter(over.any().over("ability", "metric") & (pl.col("value") > 0) & ~over)
    percent_metrics = [name for name, metric in facts.items() if metric.high == PERCENT]
    companions = set(
        frame.filter(pl.col("metric").is_in(percent_metrics))
        .select(FILE_COLUMN, "ability").unique().iter_rows()
    )  # fmt: skip
    return {
        (file, ability, metric): f"{metric} of {ability} is from 0 to 1 here and from 0 to 100 in "
        "other files; put all on one scale"
        for file, ability, metric, _ in mixed.iter_rows()
        if (file, ability) not in companions
    }


def _find_small(frame: pl.DataFrame, facts: Mapping[str, Metric]) -> Iterable[Remark]:
    percent_metrics = [name for name, metric in facts.items() if metric.high == PERCENT]
    largest = (
        frame.filter(pl.col("metric").is_in(percent_metrics))
        .group_by("ability", "metric", maintain_order=True)
        .agg(pl.col("value").max())
        .filter((pl.col("value") > 0) & (pl.col("value") <= 1))
    )
    return [
        Remark(SMALL_REMARK, f"{metric}=higher,0,1 for {ability}")
        for ability, metric, _ in largest.iter_rows()
    ]


def _describe_mixed(key: tuple[str, str, str]) -> str:
    return f"only some values of {key[2]} of {key[1]} are marked by %; mark all or none"


def _describe_outside(group: _Group, metric: Metric) -> str:
    _, ability, name = group.key
    low = -float("inf") if metric.low is None else metric.low
    high = float("inf") if metric.high is None else metric.high
    values = group.rows["value"].to_list()
    outside = [value for value in values if not low - SLACK <= value <= high + SLACK]
    bounds = f"its bounds of {low:g} to {high:g}"
    head = f"{name} of {ability} is not within {bounds}: found {outside[0]:g}"
    if len(values) > 1:
        head += f" among {len(values)} values of this file"
    if is_share(metric) and min(values) >= 0 and max(values) <= PERCENT:
        return f"{head}; mark percentages by % or pass --metric-info {name}=higher,0,100"
    return head
