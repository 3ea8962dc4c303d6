"""Hazard rate of a jump beyond the last rung, for abilities at chance.

No curve can tell, so the rate is counted: how often abilities in the same state jump, per e-fold of
scale. An ability that guessing cannot solve, and whose benchmark has begun to rise from zero, jumps
often. All others almost never do within a factor of 10. The counts are below with their sources;
they do not include the jump of Pythia's addition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from ..ladder.ladder import Ladder
from .features import benchmark_name

HORIZON_FACTORS = (2.0, 4.0, 10.0)

HAZARD_RISING = 0.27
"""Jumps per e-fold of scale of abilities that rise from zero, by maximum likelihood.

Counted are 6 of 8 arithmetic tasks of GPT-3 between 13B and 175B, none of 3 tasks of BIG-G and none
of 3 tasks of BLOOM. Those of GPT-3 are the eight that 13B solves "less than 10 % of the time"
(Brown et al. 2020, section 3.9.1). Six of them are at least 0.1 higher at 175B (table 3.9), all but
the two with five digits."""

HAZARD_FLAT = 0.003
"""Jumps per e-fold of abilities that stay at zero: none in 96 ladders, plus half a jump."""

HAZARD_AT_CHANCE = 0.006
"""Jumps per e-fold of abilities at a chance level above zero: 1.1 % of 4,300 ladders within a
factor of 10."""

MAX_DISTANCE_FROM_CHANCE = 0.1
"""Distance from chance, in units of the metric, that counts as chance whatever the noise."""

MAX_ZERO_CHANCE = 0.06
"""Maximum chance level that counts as zero."""

MIN_RISE_Z = 3.0
"""Minimum rise of a benchmark, in units of its standard error."""


def jump_probabilities(ladders: list[Ladder]) -> dict[int, Mapping[str, float]]:
    """Probability of a jump of at least 0.1 units within a factor "2", "4" and "10" of scale.

    The keys are `id(ladder)`. Ladders above chance, and those whose metric has no chance level, are
    left out.
    """
    return {
        ladder: {f"{factor:.0f}": probability_within(hazard, factor) for factor in HORIZON_FACTORS}
        for ladder, hazard in hazard_rates(ladders).items()
    }


def hazard_rates(ladders: list[Ladder]) -> dict[int, float]:
    """Jumps per e-fold of scale, by `id(ladder)` of each ladder at chance."""
    by_benchmark: dict[tuple[object, ...], list[Ladder]] = defaultdict(list)
    for ladder in ladders:
        by_benchmark[_benchmark_key(ladder)].append(ladder)
    return {
        id(ladder): _hazard_rate(ladder, by_benchmark[_benchmark_key(ladder)])
        for ladder in ladders
        if is_at_chance(ladder)
    }


def probability_within(hazard: float, factor: float) -> float:
    """Probability of a jump before the scale grows by `factor`."""
    return float(1 - np.exp(-hazard * np.log(factor)))


def is_at_chance(ladder: Ladder) -> bool:
    """Whether the last rung cannot be told from guessing."""
    metric = ladder.metric
    bounded = metric.low is not None and metric.high is not None
    if not bounded or not metric.higher_is_better or metric.continuous or ladder.scale.size < 3:
        return False
    se = ladder.se[-1]
    slack = (
        MAX_DISTANCE_FROM_CHANCE * ladder.unit
        if np.isnan(se)
        else max(MAX_DISTANCE_FROM_CHANCE * ladder.unit, 2 * se)
    )
    return bool(ladder.value[-1] - chance_level(ladder) <= slack)


def chance_level(ladder: Ladder) -> float:
    """Value of guessing; the median of the ladder if it is unknown."""
    chance = ladder.chance
    return float(np.median(ladder.value)) if chance is None else chance


def _benchmark_key(ladder: Ladder) -> tuple[object, ...]:
    """Key of the ladders of one benchmark on the same rungs."""
    name = benchmark_name(ladder.ability)
    return (ladder.family, ladder.metric.name, ladder.shots, name, ladder.scale.tobytes())


def _hazard_rate(ladder: Ladder, same_benchmark: list[Ladder]) -> float:
    if chance_level(ladder) > MAX_ZERO_CHANCE:
        return HAZARD_AT_CHANCE
    return HAZARD_RISING if _is_rising_from_zero(same_benchmark) else HAZARD_FLAT


def _is_rising_from_zero(same_benchmark: list[Ladder]) -> bool:
    """Whether the mean of a benchmark at the last rung is above that of the first half."""
    value = np.array([ladder.value for ladder in same_benchmark])
    variance = np.array([ladder.se for ladder in same_benchmark]) ** 2
    if np.isnan(variance).any():
        return False
    early = max(1, value.shape[1] // 2)
    pooled, mean_variance = value.mean(axis=0), variance.mean(axis=0) / len(same_benchmark)
    spread = np.sqrt(mean_variance[-1] + mean_variance[:early].mean() / early)
    return bool(pooled[-1] - pooled[:early].mean() > MIN_RISE_Z * spread)
