"""How good the forecasts are, on scales whose truth is known.

The table is cut first: everything that is learnt or fitted sees rows at or below the bound
and nothing else. The rows above it are opened only to grade, ours beside every baseline.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from ..errors import DataError
from ..records import Forecast, Table
from .baselines import BASELINES, baseline
from .features import FEWEST
from .forecasting import predict
from .ladder import Ladder, counted, ladders
from .scores import grade
from .target import Target
from .truth import EVERY, NEAR
from .wording import amount, scale

Key = tuple[str, int, str]

Graded = tuple[Ladder, list[tuple[Target, float]]]
"""A ladder, and the places above its bound with their actual values."""


def backtest(
    table: Table,
    axis: str = "params",
    fit_upto: float = 0.0,
    predict_at: float | Sequence[float] | None = None,
    metrics: list[str] | None = None,
) -> tuple[list[Forecast], Mapping[str, Any]]:
    """Forecasts from rungs at or below `fit_upto`, each with its actual value, and a summary.

    `predict_at` names the larger rungs, within 5 %; None for all above the bound. A family
    without a rung below the bound is forecast from the one other family of the table that
    was asked the same, if there is exactly one. The summary holds, under "ours" and under
    each baseline's name, what `grade` returns of the metrics between 0 and 1, or of all where
    there is none of these. Raises DataError where nothing can be graded.
    """
    ours, pairs = _tried(table, axis, fit_upto, predict_at, metrics)
    if not pairs:
        raise DataError(_nothing(table, axis, fit_upto, metrics))
    return ours, _summary(ours, pairs)


def backtest_each(
    table: Table, axis: str, factor: float, metrics: list[str] | None = None
) -> tuple[list[Forecast], Mapping[str, Any]]:
    """As `backtest`, each family from a bound of its own: its largest scale over `factor`.

    At each bound the whole table is cut, so no family is forecast from larger rungs of another.
    Raises DataError where no family can be graded.
    """
    ours: list[Forecast] = []
    pairs: list[Graded] = []
    for bound, families in _bounds(table, axis, factor, metrics).items():
        made, graded = _tried(table, axis, bound, None, metrics)
        ours += [f for f in made if f.family in families]
        pairs += [(k, t) for k, t in graded if k.family in families]
    if not pairs:
        raise DataError(
            f"no family of the table has {FEWEST} rungs more than a factor of {factor:g} below "
            f"its largest one along {axis}; nothing can be graded"
        )
    return ours, _summary(ours, pairs)


def _bounds(
    table: Table, axis: str, factor: float, metrics: list[str] | None
) -> dict[float, set[str | None]]:
    """By bound, the families that are to be forecast from it."""
    rows = counted(table, axis, metrics)
    largest = rows.group_by("family").agg(pl.col(axis).max().cast(pl.Float64)).sort("family")
    out: dict[float, set[str | None]] = defaultdict(set)
    for family, scale_of in largest.iter_rows():
        out[scale_of / factor].add(family)
    return out


def _tried(
    table: Table,
    axis: str,
    bound: float,
    wanted: float | Sequence[float] | None,
    metrics: list[str] | None,
) -> tuple[list[Forecast], list[Graded]]:
    """Forecasts from one bound with their actual values, and what each was held to."""
    known, truths = _cut(table, axis, bound, wanted, metrics)
    pairs = [(k, t) for k, t in _matched(known, truths) if k.scale.size >= FEWEST]
    if not pairs:
        return [], []
    asked = {id(k): (k, [target for target, _ in t]) for k, t in pairs}
    # Ladders without a truth still teach: they are known at the bound.
    everything = [asked.get(id(k), (k, [])) for k in known]
    return _graded(predict(everything), everything, pairs), pairs


def _cut(
    table: Table,
    axis: str,
    bound: float,
    wanted: float | Sequence[float] | None,
    metrics: list[str] | None,
) -> tuple[list[Ladder], list[Graded]]:
    """The ladders up to the bound, and those above it with their rungs that are wanted."""
    below = Table(table.frame.filter(pl.col(axis) <= bound)) if axis in table.frame else table
    above = Table(table.frame.filter(pl.col(axis) > bound)) if axis in table.frame else table
    known = [k for k in ladders(below, axis, metrics) if k.scale.size]
    return known, _truths(ladders(above, axis, metrics, most=EVERY), wanted)


def _summary(ours: list[Forecast], pairs: list[Graded]) -> Mapping[str, Any]:
    """Grades of ours and of every baseline, on the same rungs."""
    compared = _comparable(pairs)
    names = {_named(k) for k, _ in compared}
    summary = {"ours": grade([f for f in ours if _named(f) in names])}
    for name in BASELINES:
        summary[name] = grade(
            [
                replace(baseline(name, k, target), actual=actual)
                for k, t in compared
                for target, actual in t
            ]
        )
    return summary


def _comparable(
    pairs: list[Graded],
) -> list[Graded]:
    """Those between 0 and 1 where there are any: errors of perplexities and of shares have no
    common mean."""
    shares = [(k, t) for k, t in pairs if (k.metric.low, k.metric.high) == (0, 1)]
    return shares or pairs


def _named(one: Ladder | Forecast) -> str:
    return one.metric if isinstance(one, Forecast) else one.metric.name


def _truths(found: list[Ladder], wanted: float | Sequence[float] | None) -> list[Graded]:
    """Every ladder above the bound with its rungs that are asked for."""
    scales = [wanted] if isinstance(wanted, int | float) else wanted
    return [
        (k, [_rung(k, i) for i in range(k.scale.size) if _asked(float(k.scale[i]), scales)])
        for k in found
    ]


def _asked(scale: float, scales: Sequence[float] | None) -> bool:
    return scales is None or any(abs(scale / s - 1) <= NEAR for s in scales)


def _rung(ladder: Ladder, i: int) -> tuple[Target, float]:
    numbers = [float(column[i]) for column in (ladder.params, ladder.tokens)]
    params, tokens = (None if number != number else number for number in numbers)
    target = Target(at=float(ladder.scale[i]), params=params, tokens=tokens)
    return target, float(ladder.value[i])


def _matched(known: list[Ladder], truths: list[Graded]) -> list[Graded]:
    """Each ladder below the bound with the truths that it is to forecast."""
    own = {(k.family, *_key(k)): k for k in known}
    same: dict[Key, list[Ladder]] = defaultdict(list)
    for k in known:
        same[_key(k)].append(k)
    out: dict[int, tuple[Ladder, list[tuple[Target, float]]]] = {}
    for truth, rungs in truths:
        kin = same[_key(truth)]
        ladder = own.get((truth.family, *_key(truth))) or (kin[0] if len(kin) == 1 else None)
        if ladder is not None and rungs:
            out.setdefault(id(ladder), (ladder, []))[1].extend(rungs)
    return list(out.values())


def _key(ladder: Ladder) -> Key:
    return (ladder.ability, ladder.shots, ladder.metric.name)


def _graded(
    made: list[Forecast],
    asked: list[tuple[Ladder, list[Target]]],
    pairs: list[Graded],
) -> list[Forecast]:
    actual = {id(target): value for _, rungs in pairs for target, value in rungs}
    places = [target for _, some in asked for target in some]
    return [replace(f, actual=actual[id(t)]) for f, t in zip(made, places, strict=True)]


def _nothing(table: Table, axis: str, bound: float, metrics: list[str] | None) -> str:
    known, truths = _cut(table, axis, bound, None, metrics)
    longest = max((k.scale.size for k in known), default=0)
    rungs = sorted({float(s) for k, _ in truths for s in k.scale})
    there = ", ".join(amount(s) for s in rungs[:8]) or "none"
    return (
        f"a back-test needs ladders of {FEWEST} rungs up to {scale(bound, axis)} and a truth "
        f"above it; found at most {longest} rungs below, and above: {there}"
    )
