"""Back-tests: forecasts from the small rungs of a table, graded on its large ones.

The table is split at a bound first. Everything that is fitted uses the rows up to the bound; the
rows above it are used only to grade, ours beside every baseline.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from ...errors import DataError
from ...formatting import format_count, format_scale
from ...records import Forecast, Table
from ..ladder.ladder import Ladder, build_ladders, select_rows
from .baselines import BASELINES, baseline_forecast
from .features import MIN_FORECAST_RUNGS
from .forecast import predict
from .scoring import grade
from .target import Target
from .truth import NO_RUNG_LIMIT, SCALE_TOLERANCE

LadderKey = tuple[str, int, str]

LadderTruths = tuple[Ladder, list[tuple[Target, float]]]
"""A ladder, and the targets above the bound with their actual values."""


def backtest(
    table: Table,
    axis: str = "params",
    holdout_above: float = 0.0,
    predict_at: float | Sequence[float] | None = None,
    metrics: list[str] | None = None,
) -> tuple[list[Forecast], Mapping[str, Any]]:
    """Forecast the rungs above a bound from those up to it.

    Parameters
    ----------
    table : measurements, ours or from other tools (`upwell.results`)
    axis : numeric column of the table to forecast along
    holdout_above : the bound; rungs above it are held out
    predict_at : scales of the rungs to forecast, within 5 %; None for all above the bound
    metrics : names of the metrics; None for all

    Returns
    -------
    Forecasts with their actual values, and a summary. The summary has the result of `grade` under
    "ours" and under the name of each baseline, over metrics between 0 and 1 if there are any.
    A family without a rung below the bound is forecast from the one other family with the same
    ability and metric, if there is exactly one. Raises DataError where nothing can be graded.
    """
    ours, pairs = _forecast_from_bound(table, axis, holdout_above, predict_at, metrics)
    if not pairs:
        raise DataError(_nothing_to_grade_message(table, axis, holdout_above, metrics))
    return ours, _summarize(ours, pairs)


def backtest_each_family(
    table: Table, axis: str, factor: float, metrics: list[str] | None = None
) -> tuple[list[Forecast], Mapping[str, Any]]:
    """Like `backtest`, with a bound per family: its largest scale divided by `factor`.

    At each bound the whole table is split, so no family is forecast from larger rungs of another.
    Raises DataError where no family can be graded.
    """
    ours: list[Forecast] = []
    pairs: list[LadderTruths] = []
    for bound, families in _fit_bounds(table, axis, factor, metrics).items():
        forecasts, ladder_truths = _forecast_from_bound(table, axis, bound, None, metrics)
        ours += [f for f in forecasts if f.family in families]
        pairs += [(k, t) for k, t in ladder_truths if k.family in families]
    if not pairs:
        raise DataError(
            f"no family of the table has {MIN_FORECAST_RUNGS} rungs more than a factor of "
            f"{factor:g} below its largest one along {axis}; nothing can be graded"
        )
    return ours, _summarize(ours, pairs)


def _fit_bounds(
    table: Table, axis: str, factor: float, metrics: list[str] | None
) -> dict[float, set[str | None]]:
    """Families by their bound."""
    rows = select_rows(table, axis, metrics)
    largest = rows.group_by("family").agg(pl.col(axis).max().cast(pl.Float64)).sort("family")
    out: dict[float, set[str | None]] = defaultdict(set)
    for family, largest_scale in largest.iter_rows():
        out[largest_scale / factor].add(family)
    return out


def _forecast_from_bound(
    table: Table,
    axis: str,
    bound: float,
    requested_scales: float | Sequence[float] | None,
    metrics: list[str] | None,
) -> tuple[list[Forecast], list[LadderTruths]]:
    """Forecasts from one bound with their actual values, and the ladders with their targets."""
    known, truths = _split_at_bound(table, axis, bound, requested_scales, metrics)
    pairs = [(k, t) for k, t in _match_truths(known, truths) if k.scale.size >= MIN_FORECAST_RUNGS]
    if not pairs:
        return [], []
    targets_by_ladder = {id(k): (k, [target for target, _ in t]) for k, t in pairs}
    # Ladders without a target are still fitted to: they are known at the bound.
    requests = [targets_by_ladder.get(id(k), (k, [])) for k in known]
    return _attach_actuals(predict(requests), requests, pairs), pairs


def _split_at_bound(
    table: Table,
    axis: str,
    bound: float,
    requested_scales: float | Sequence[float] | None,
    metrics: list[str] | None,
) -> tuple[list[Ladder], list[LadderTruths]]:
    """Ladders up to the bound, and those above it with the requested rungs."""
    below = (
        table.with_frame(table.frame.filter(pl.col(axis) <= bound))
        if axis in table.frame
        else table
    )
    above = (
        table.with_frame(table.frame.filter(pl.col(axis) > bound)) if axis in table.frame else table
    )
    known = [k for k in build_ladders(below, axis, metrics) if k.scale.size]
    return known, _truths_above(
        build_ladders(above, axis, metrics, max_rungs=NO_RUNG_LIMIT), requested_scales
    )


def _summarize(ours: list[Forecast], pairs: list[LadderTruths]) -> Mapping[str, Any]:
    """Grades of our forecasts and of every baseline, on the same rungs."""
    compared = _select_comparable(pairs)
    names = {_metric_name(k) for k, _ in compared}
    summary = {"ours": grade([f for f in ours if _metric_name(f) in names])}
    for name in BASELINES:
        summary[name] = grade(
            [
                replace(baseline_forecast(name, k, target), actual=actual)
                for k, t in compared
                for target, actual in t
            ]
        )
    return summary


def _select_comparable(
    pairs: list[LadderTruths],
) -> list[LadderTruths]:
    """Ladders of metrics between 0 and 1 if there are any, else all.

    Errors of accuracies and of perplexities have no common mean.
    """
    proportions = [(k, t) for k, t in pairs if (k.metric.low, k.metric.high) == (0, 1)]
    return proportions or pairs


def _metric_name(record: Ladder | Forecast) -> str:
    return record.metric if isinstance(record, Forecast) else record.metric.name


def _truths_above(
    above: list[Ladder], requested_scales: float | Sequence[float] | None
) -> list[LadderTruths]:
    """Every ladder above the bound, with its requested rungs as targets."""
    scales = [requested_scales] if isinstance(requested_scales, int | float) else requested_scales
    return [
        (
            k,
            [
                _target_at_rung(k, i)
                for i in range(k.scale.size)
                if _is_requested(float(k.scale[i]), scales)
            ],
        )
        for k in above
    ]


def _is_requested(scale: float, scales: Sequence[float] | None) -> bool:
    return scales is None or any(abs(scale / s - 1) <= SCALE_TOLERANCE for s in scales)


def _target_at_rung(ladder: Ladder, i: int) -> tuple[Target, float]:
    numbers = [float(column[i]) for column in (ladder.params, ladder.tokens)]
    params, tokens = (None if number != number else number for number in numbers)
    target = Target(scale=float(ladder.scale[i]), params=params, tokens=tokens)
    return target, float(ladder.value[i])


def _match_truths(known: list[Ladder], truths: list[LadderTruths]) -> list[LadderTruths]:
    """Each ladder below the bound with its targets."""
    same_family = {(k.family, *_ladder_key(k)): k for k in known}
    by_key: dict[LadderKey, list[Ladder]] = defaultdict(list)
    for k in known:
        by_key[_ladder_key(k)].append(k)
    out: dict[int, tuple[Ladder, list[tuple[Target, float]]]] = {}
    for truth, rungs in truths:
        other_families = by_key[_ladder_key(truth)]
        ladder = same_family.get((truth.family, *_ladder_key(truth))) or (
            other_families[0] if len(other_families) == 1 else None
        )
        if ladder is not None and rungs:
            out.setdefault(id(ladder), (ladder, []))[1].extend(rungs)
    return list(out.values())


def _ladder_key(ladder: Ladder) -> LadderKey:
    return (ladder.ability, ladder.shots, ladder.metric.name)


def _attach_actuals(
    forecasts: list[Forecast],
    requests: list[tuple[Ladder, list[Target]]],
    pairs: list[LadderTruths],
) -> list[Forecast]:
    actual = {id(target): value for _, rungs in pairs for target, value in rungs}
    targets = [target for _, ladder_targets in requests for target in ladder_targets]
    return [replace(f, actual=actual[id(t)]) for f, t in zip(forecasts, targets, strict=True)]


def _nothing_to_grade_message(
    table: Table, axis: str, bound: float, metrics: list[str] | None
) -> str:
    known, truths = _split_at_bound(table, axis, bound, None, metrics)
    max_rungs = max((k.scale.size for k in known), default=0)
    rungs = sorted({float(s) for k, _ in truths for s in k.scale})
    available = ", ".join(format_count(s) for s in rungs[:8]) or "none"
    return (
        f"a back-test needs ladders of {MIN_FORECAST_RUNGS} rungs up to "
        f"{format_scale(bound, axis)} and a rung above it; found at most {max_rungs} rungs below, "
        f"and above: {available}"
    )
