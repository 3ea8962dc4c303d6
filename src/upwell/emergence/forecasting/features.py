"""Features of a forecast: from the ladder itself, and from related ladders up to the same scale.

After each rung a ladder is summarized by its level, its slopes, and its distances from chance and
ceiling. Related ladders share the ability, the benchmark or the family. Their rungs above the
scale of the ladder are never used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..ladder.ladder import Ladder
from ..stats.gaussian_process import DEFAULT_ITEM_SE, KERNELS, level_and_slope
from ..stats.noise import (
    combine_se,
    distance_from_chance,
    isotonic_residual_variance,
    pool_seed_variance,
    shrink_variance,
)
from .logistic_shrinkage import fit_logistic
from .rate_mixture import mixture_estimate
from .transform import BOUNDED, MetricTransform, build_transform

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MIN_FORECAST_RUNGS = 3
"""Minimum number of rungs of a forecast."""

SUMMARY_NAMES = (
    "level",
    "random_walk",
    "constant",
    "linear",
    "local_trend",
    "overall",
    "above_floor",
    "headroom",
    "past_mean",
)
"""Summary of a ladder: level, slopes by kernel, slope of a line through all rungs, distances from
floor and ceiling, and mean of the values less the level."""

LEVEL_INDEX, RANDOM_WALK_INDEX, LINEAR_INDEX, ABOVE_FLOOR_INDEX, HEADROOM_INDEX, PAST_MEAN_INDEX = (
    SUMMARY_NAMES.index(name)
    for name in ("level", "random_walk", "linear", "above_floor", "headroom", "past_mean")
)
RATE_INDICES = slice(RANDOM_WALK_INDEX, ABOVE_FLOOR_INDEX)

RELATIONS: dict[str, Callable[[Ladder], Hashable]] = {
    "family": lambda k: (k.ability, k.metric.name, k.shots),
    "shots": lambda k: (k.family, k.ability, k.metric.name),
    "metric": lambda k: (k.family, k.ability, k.shots),
    "benchmark": lambda k: (k.family, k.metric.name, k.shots, benchmark_name(k.ability)),
    "table": lambda k: (k.family, k.metric.name, k.shots),
}

FEATURE_NAMES = (
    "distance", "above_floor", "headroom", "random_walk", "constant", "linear", "local_trend",
    "overall", "past_mean", "family.level", "family.linear", "shots.level", "shots.linear",
    "metric.level", "metric.linear", "benchmark.level", "benchmark.linear", "benchmark.past_mean",
    "table.level", "table.random_walk", "table.linear",
)  # fmt: skip
"""Names of the features, in the order of a forecast's coefficients."""


@dataclass(frozen=True, kw_only=True)
class LadderSummary:
    """A transformed ladder, summarized after every rung from the third on."""

    ladder: Ladder
    transform: MetricTransform
    value: Floats
    se: Floats
    item_se: Floats
    """(rungs,) standard error from items alone."""

    floor: float
    """Transformed chance level, or the mean of the first rungs where it is unknown."""

    chance: float
    """Transformed chance level of a bounded metric; 0 where it is unknown."""

    logistic_params: Floats
    """(2,) see `fit_logistic`; of bounded metrics."""

    seed_se: float
    """Standard error of a rung's mean from seeds alone; 0 if unknown."""

    summary: Floats
    """(cuts, SUMMARY_NAMES); the first row is that of the first three rungs."""

    def rungs_upto(self, bound: float) -> int:
        """Number of rungs up to the bound, which has a tolerance of 5 %."""
        return int(np.searchsorted(self.ladder.scale, bound * 1.05, side="right"))

    def summary_at(self, rungs: int) -> Floats:
        """(SUMMARY_NAMES,) summary after the first `rungs` rungs."""
        summary: Floats = self.summary[rungs - MIN_FORECAST_RUNGS]
        return summary


def benchmark_name(ability: str) -> str:
    """Part of an ability's name before the first slash, or else the first underscore."""
    return ability.split("/")[0] if "/" in ability else ability.split("_")[0]


def summarize(ladders: list[Ladder]) -> list[LadderSummary]:
    """Summaries of all ladders with at least three rungs, in the same order."""
    groups: dict[bytes, list[tuple[int, Ladder]]] = defaultdict(list)
    for i, ladder in enumerate(ladders):
        if ladder.scale.size >= MIN_FORECAST_RUNGS:
            groups[ladder.effective_scale.tobytes() + ladder.scale.tobytes()].append((i, ladder))
    pairs = [pair for group in groups.values() for pair in _summarize_group(group)]
    return _add_seed_se([summary for _, summary in sorted(pairs, key=lambda pair: pair[0])])


def _summarize_group(group: list[tuple[int, Ladder]]) -> list[tuple[int, LadderSummary]]:
    members = [ladder for _, ladder in group]
    transforms = [build_transform(ladder) for ladder in members]
    pairs = list(zip(transforms, members, strict=True))
    value = np.array([v.transform(k.value) for v, k in pairs])
    item_se = np.array([v.transform_se(k.value, k.item_se) for v, k in pairs])
    se = np.array([_total_se(k, v, known) for (v, k), known in zip(pairs, item_se, strict=True)])
    floor = np.array([_transformed_floor(k, v, y) for (v, k), y in zip(pairs, value, strict=True)])
    items = np.array([np.nan if k.items is None else float(k.items) for k in members])
    chance = np.array([_transformed_chance(k, v) for v, k in pairs])
    logistic_params = fit_logistic(members[0].scale, np.clip(value, 0.0, 1.0), items, chance)
    effective_scale = members[0].effective_scale
    has_repeats = np.array([k.seeds.max() > 1 for k in members])
    cuts = [
        _summary_matrix(effective_scale[:cut], value[:, :cut], se[:, :cut], floor, has_repeats)
        for cut in range(MIN_FORECAST_RUNGS, effective_scale.size + 1)
    ]
    summary = np.stack(cuts, axis=1)
    return [
        (
            i,
            LadderSummary(
                ladder=k,
                transform=transforms[j],
                value=value[j],
                se=se[j],
                item_se=item_se[j],
                floor=float(floor[j]),
                chance=float(chance[j]),
                logistic_params=logistic_params[j],
                seed_se=0.0,
                summary=summary[j],
            ),
        )
        for j, (i, k) in enumerate(group)
    ]


def _total_se(ladder: Ladder, transform: MetricTransform, item_se: Floats) -> Floats:
    """(rungs,) standard error of the transformed values.

    Seeds are pooled after the transform, because seeds of a loss of 0.01 differ by less than those
    of a loss of 3.
    """
    return combine_se(item_se, transform.transform_se(ladder.value, ladder.seed_sd), ladder.seeds)


def _add_seed_se(summaries: list[LadderSummary]) -> list[LadderSummary]:
    """Fill in `seed_se`: pooled over rungs, shrunk towards the ladders of the same metric."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, summary in enumerate(summaries):
        groups[summary.transform.kind, summary.ladder.metric.name].append(i)
    out = list(summaries)
    for members in groups.values():
        variances = [_seed_variance(summaries[i]) for i in members]
        variance = shrink_variance(*(np.array(column) for column in zip(*variances, strict=True)))
        for i, between in zip(members, variance, strict=True):
            n_seeds = float(np.median(summaries[i].ladder.seeds))
            out[i] = replace(summaries[i], seed_se=float(np.sqrt(between / n_seeds)))
    return out


def _seed_variance(summary: LadderSummary) -> tuple[float, float]:
    """(variance between transformed values of seeds, degrees of freedom)."""
    seed_sd = summary.transform.transform_se(summary.ladder.value, summary.ladder.seed_sd)
    weight = distance_from_chance(summary.value, summary.floor)
    if summary.ladder.seeds.max() == 1:
        return isotonic_residual_variance(summary.value, summary.item_se, weight)
    return pool_seed_variance(seed_sd, summary.ladder.seeds, weight)


def _transformed_chance(ladder: Ladder, transform: MetricTransform) -> float:
    if transform.kind != BOUNDED or ladder.chance is None:
        return 0.0
    return float(np.clip(transform.transform(np.array([ladder.chance]))[0], 0.0, 1.0))


def _transformed_floor(ladder: Ladder, transform: MetricTransform, value: Floats) -> float:
    """Transformed chance level, or the mean of the first three rungs."""
    if transform.kind == "bounded" and ladder.chance is not None:
        return float(transform.transform(np.array([ladder.chance]))[0])
    start = float(value[:MIN_FORECAST_RUNGS].mean())
    return max(start, 0.0) if transform.kind == "bounded" else start


def _summary_matrix(
    effective_scale: Floats, value: Floats, se: Floats, floor: Floats, has_repeats: Flags
) -> Floats:
    levels, rates = _levels_and_rates(effective_scale, value, se, has_repeats)
    level = levels[0]
    columns = [
        level,
        *rates,
        _overall_slope(effective_scale, value, se),
        np.maximum(level - floor, 0.0),
        1.0 - level,
        value.mean(axis=1) - level,
    ]
    return np.stack(columns, axis=1)


def _levels_and_rates(
    effective_scale: Floats, value: Floats, se: Floats, has_repeats: Flags
) -> tuple[list[Floats], list[Floats]]:
    """Levels and slopes by kernel; from a rate mixture for ladders with several seeds per rung."""
    estimates = [level_and_slope(effective_scale, value, se, kernel) for kernel in KERNELS]
    if has_repeats.any():
        mixture = mixture_estimate(effective_scale, value[has_repeats], se[has_repeats], KERNELS)
        for (level, rate), (mixture_level, mixture_rate) in zip(estimates, mixture, strict=True):
            level[has_repeats], rate[has_repeats] = mixture_level, mixture_rate
    return [level for level, _ in estimates], [rate for _, rate in estimates]


def _overall_slope(effective_scale: Floats, value: Floats, se: Floats) -> Floats:
    """(ladders,) slope of a line through all rungs."""
    weight = 1.0 / (np.where(np.isnan(se), DEFAULT_ITEM_SE, se) ** 2 + 0.02**2)
    total = weight.sum(axis=1, keepdims=True)
    x = effective_scale - (weight * effective_scale).sum(axis=1, keepdims=True) / total
    y = value - (weight * value).sum(axis=1, keepdims=True) / total
    slope: Floats = (weight * x * y).sum(axis=1) / (weight * x**2).sum(axis=1)
    return slope


class RelatedLadders:
    """Mean summaries of related ladders up to a scale, cached."""

    def __init__(self, summaries: list[LadderSummary]) -> None:
        self._members: dict[tuple[str, Hashable], list[LadderSummary]] = defaultdict(list)
        self._sums: dict[tuple[str, Hashable, float], tuple[Floats, int]] = {}
        for summary in summaries:
            for name, key in RELATIONS.items():
                self._members[name, (summary.transform.kind, key(summary.ladder))].append(summary)

    def mean_difference(self, name: str, summary: LadderSummary, rungs: int) -> Floats:
        """(SUMMARY_NAMES,) mean of related ladders less the ladder's own; zeros without any."""
        bound = float(summary.ladder.scale[rungs - 1])
        total, count = self._sum_upto(
            name, (summary.transform.kind, RELATIONS[name](summary.ladder)), bound
        )
        if count < 2:
            return np.zeros(len(SUMMARY_NAMES))
        current = _with_absolute_mean(summary.summary_at(rungs))
        difference: Floats = (total - current) / (count - 1) - current
        return difference

    def _sum_upto(self, name: str, key: Hashable, bound: float) -> tuple[Floats, int]:
        if (name, key, bound) not in self._sums:
            members = [(summary, summary.rungs_upto(bound)) for summary in self._members[name, key]]
            rows = [
                _with_absolute_mean(summary.summary_at(rungs))
                for summary, rungs in members
                if rungs >= MIN_FORECAST_RUNGS
            ]
            total = np.sum(rows, axis=0) if rows else np.zeros(len(SUMMARY_NAMES))
            self._sums[name, key, bound] = (total, len(rows))
        return self._sums[name, key, bound]


def _with_absolute_mean(summary: Floats) -> Floats:
    """The summary with its past mean as a value instead of a distance from the level."""
    absolute = summary.copy()
    absolute[PAST_MEAN_INDEX] += absolute[LEVEL_INDEX]
    return absolute


def feature_vector(
    summary: LadderSummary, rungs: int, distance: float, related_ladders: RelatedLadders
) -> Floats:
    """(FEATURE_NAMES,) features of a forecast from the first `rungs` rungs.

    `distance` is in units of effective scale.
    """
    current = summary.summary_at(rungs)
    related = {name: related_ladders.mean_difference(name, summary, rungs) for name in RELATIONS}
    same_benchmark = related["benchmark"]
    past_mean = (
        same_benchmark[PAST_MEAN_INDEX] + current[PAST_MEAN_INDEX] if same_benchmark.any() else 0.0
    )
    parts = [distance, distance * current[ABOVE_FLOOR_INDEX], distance * current[HEADROOM_INDEX]]
    parts += [distance * rate for rate in current[RATE_INDICES]]
    parts += [current[PAST_MEAN_INDEX]]
    for name in ("family", "shots", "metric"):
        parts += [related[name][LEVEL_INDEX], related[name][LINEAR_INDEX] * distance]
    parts += [same_benchmark[LEVEL_INDEX], same_benchmark[LINEAR_INDEX] * distance, past_mean]
    same_table = related["table"]
    parts += [
        same_table[LEVEL_INDEX],
        same_table[RANDOM_WALK_INDEX] * distance,
        same_table[LINEAR_INDEX] * distance,
    ]
    return np.array(parts)
