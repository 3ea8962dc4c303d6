"""The measured values of an ability, rung by rung, with seeds and missing values.

Means and standard errors are those of `emergence.ladder`, on which verdicts rest. A ladder does not
keep the values of single seeds and the reasons of missing ones; here they are joined to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ...emergence.ladder.ladder import Ladder, build_ladders, select_rows
from ...records import METRICS, Metric, Table

INTERVAL_Z = 1.6449
"""Standard errors on either side of a mean that hold 90 % of a normal distribution."""


@dataclass(frozen=True, kw_only=True)
class SeedValue:
    """One row of the table: a value or a reason."""

    seed: int | None
    model: str
    value: float | None
    reason: str | None
    stderr: float | None
    items: int | None


@dataclass(frozen=True, kw_only=True)
class Rung:
    """Everything measured at one scale."""

    scale: float
    seeds: tuple[SeedValue, ...]
    mean: float | None
    """Mean of the seeds that have a value; None where none has."""

    low: float | None = None
    high: float | None = None
    """90 % interval of the mean, from item and seed noise; None where the noise is unknown."""


@dataclass(frozen=True, kw_only=True)
class LadderCurve:
    """One ability on one metric along one axis, smallest rung first."""

    family: str | None
    ability: str
    shots: int
    metric: Metric
    axis: str
    rungs: tuple[Rung, ...]
    chance: float | None = None
    ceiling: float | None = None

    @property
    def num_missing(self) -> int:
        """Number of rows without a value."""
        return sum(seed.value is None for rung in self.rungs for seed in rung.seeds)

    @property
    def last_value(self) -> float | None:
        """Mean of the largest rung that has one; None without any."""
        return next((rung.mean for rung in reversed(self.rungs) if rung.mean is not None), None)

    @property
    def num_rows(self) -> int:
        """Number of rows with or without a value."""
        return sum(len(rung.seeds) for rung in self.rungs)


AbilityKey = tuple[str | None, str, int]
"""Family, ability and shots, which identify a card of the page."""


def build_curves(table: Table, axis: str) -> dict[AbilityKey, list[LadderCurve]]:
    """Every curve of the table along the axis, sharp metrics first.

    Metrics that are not in `records.METRICS` are left out. Raises DataError if the axis is no
    numeric column of the table.
    """
    ladders_by_key = {
        (*_ladder_key(ladder), ladder.metric.name): ladder for ladder in build_ladders(table, axis)
    }
    seeds: dict[tuple[AbilityKey, str], dict[float, list[SeedValue]]] = {}
    for row in select_rows(table, axis).sort(axis, "seed").iter_rows(named=True):
        shots = 0 if axis == "shots" else int(row["shots"] or 0)
        name = (row["family"], row["ability"], shots), row["metric"]
        seeds.setdefault(name, {}).setdefault(float(row[axis]), []).append(_seed_value(row))
    curves_by_ability: dict[AbilityKey, list[LadderCurve]] = {}
    for (key, metric), rungs in seeds.items():
        curves_by_ability.setdefault(key, []).append(
            _build_curve(
                key, table.get_metric(metric), axis, rungs, ladders_by_key.get((*key, metric))
            )
        )
    order = {name: i for i, name in enumerate(METRICS)}
    for group in curves_by_ability.values():
        group.sort(
            key=lambda curve: (curve.metric.continuous, order.get(curve.metric.name, len(order)))
        )
    return curves_by_ability


def _ladder_key(ladder: Ladder) -> AbilityKey:
    return (ladder.family, ladder.ability, ladder.shots)


def _build_curve(
    key: AbilityKey,
    metric: Metric | None,
    axis: str,
    rungs: dict[float, list[SeedValue]],
    ladder: Ladder | None,
) -> LadderCurve:
    assert metric is not None
    se_by_scale = {} if ladder is None else _se_by_scale(ladder)
    return LadderCurve(
        family=key[0],
        ability=key[1],
        shots=key[2],
        metric=metric,
        axis=axis,
        rungs=tuple(
            _build_rung(scale, tuple(seeds), se_by_scale, metric) for scale, seeds in rungs.items()
        ),
        chance=None if ladder is None else ladder.chance,
        ceiling=None if ladder is None else ladder.ceiling,
    )


def _se_by_scale(ladder: Ladder) -> dict[float, float]:
    """Standard error by scale, where it is known. A ladder counts shots from one."""
    scale = ladder.scale - 1.0 if ladder.axis == "shots" else ladder.scale
    pairs = zip(scale.tolist(), ladder.se.tolist(), strict=True)
    return {rung_scale: stderr for rung_scale, stderr in pairs if not math.isnan(stderr)}


def _build_rung(
    scale: float, seeds: tuple[SeedValue, ...], se_by_scale: dict[float, float], metric: Metric
) -> Rung:
    values = [seed.value for seed in seeds if seed.value is not None]
    if not values:
        return Rung(scale=scale, seeds=seeds, mean=None)
    mean = math.fsum(values) / len(values)
    stderr = se_by_scale.get(scale)
    if stderr is None:
        return Rung(scale=scale, seeds=seeds, mean=mean)
    low, high = mean - INTERVAL_Z * stderr, mean + INTERVAL_Z * stderr
    return Rung(
        scale=scale,
        seeds=seeds,
        mean=mean,
        low=low if metric.low is None else max(low, metric.low),
        high=high if metric.high is None else min(high, metric.high),
    )


def _seed_value(row: dict[str, Any]) -> SeedValue:
    return SeedValue(
        seed=row["seed"],
        model=str(row["model"]),
        value=row["value"],
        reason=row["reason"],
        stderr=row["stderr"],
        items=row["items"],
    )
