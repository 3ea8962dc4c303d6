"""The alarm for sudden abilities: how probable is a jump just beyond the last rung?

Asked only of abilities that are still at chance. A curve cannot tell, so this counts how
often abilities in the same state have jumped, per e-fold of scale. Two states matter: an
ability that guessing cannot solve and whose benchmark has begun to creep up from zero
jumps often; everything else almost never does within a factor of ten. The counts stand
below with their sources; the jump of Pythia's addition is not among them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from .features import benchmark
from .ladder import Ladder

FACTORS = (2.0, 4.0, 10.0)

CREEPING = 0.27
"""Jumps per e-fold of scale of abilities that creep up from zero: 6 of 8 arithmetic tasks of
GPT-3 between 13B and 175B, none of 3 of BIG-G and none of 3 of BLOOM, counted with the e-folds
over which they were watched (maximum likelihood). GPT-3's were read in the paper: the eight that
13B solves "less than 10 % of the time" (Brown et al. 2020, section 3.9.1), six of which are at
least .1 higher at 175B (table 3.9; the two of five digits are not)."""

STILL = 0.003
"""The same of abilities at zero that do not creep: none of 96 ladders, half a jump added."""

GUESSING = 0.006
"""The same of abilities at the level of guessing: 1.1 % of 4,300 ladders within a factor of 10."""

AT_CHANCE = 0.1
"""Closer to chance than this, in units of the metric, is at chance, whatever the noise."""

NOTHING = 0.06
"""What guessing gets, at most, where it counts as nothing."""

SIGNIFICANT = 3.0
"""The creeping must be this many times its noise."""


def alarms(found: list[Ladder]) -> dict[int, Mapping[str, float]]:
    """By the id of each ladder at chance: probability of a jump of at least 0.1 units within
    the next factor of "2", "4" and "10" of scale. Ladders that are not at chance, or whose
    metric has no chance level to be at, are left out."""
    return {
        ladder: {f"{factor:.0f}": within(hazard, factor) for factor in FACTORS}
        for ladder, hazard in hazards(found).items()
    }


def hazards(found: list[Ladder]) -> dict[int, float]:
    """By the id of each ladder at chance: jumps per e-fold of scale."""
    mates: dict[tuple[object, ...], list[Ladder]] = defaultdict(list)
    for ladder in found:
        mates[_mates(ladder)].append(ladder)
    return {
        id(ladder): _hazard(ladder, mates[_mates(ladder)]) for ladder in found if at_chance(ladder)
    }


def within(hazard: float, factor: float) -> float:
    """Probability of a jump before the scale has grown by a factor."""
    return float(1 - np.exp(-hazard * np.log(factor)))


def at_chance(ladder: Ladder) -> bool:
    """Whether the last rung is not yet told from guessing."""
    metric = ladder.metric
    bounded = metric.low is not None and metric.high is not None
    if not bounded or metric.better == "lower" or metric.continuous or ladder.scale.size < 3:
        return False
    noise = ladder.noise[-1]
    slack = AT_CHANCE * ladder.unit if np.isnan(noise) else max(AT_CHANCE * ladder.unit, 2 * noise)
    return bool(ladder.value[-1] - floor(ladder) <= slack)


def floor(ladder: Ladder) -> float:
    """What guessing gets: as told, or the median so far."""
    told = ladder.chance
    return float(np.median(ladder.value)) if told is None else told


def _mates(ladder: Ladder) -> tuple[object, ...]:
    """Ladders of one benchmark on the same rungs are looked at together."""
    name = benchmark(ladder.ability)
    return (ladder.family, ladder.metric.name, ladder.shots, name, ladder.scale.tobytes())


def _hazard(ladder: Ladder, mates: list[Ladder]) -> float:
    if floor(ladder) > NOTHING:
        return GUESSING
    return CREEPING if _creeps(mates) else STILL


def _creeps(mates: list[Ladder]) -> bool:
    """Whether the benchmark's last rung is above its earlier half, beyond the noise."""
    value = np.array([ladder.value for ladder in mates])
    variance = np.array([ladder.noise for ladder in mates]) ** 2
    if np.isnan(variance).any():
        return False
    early = max(1, value.shape[1] // 2)
    pooled, noise = value.mean(axis=0), variance.mean(axis=0) / len(mates)
    spread = np.sqrt(noise[-1] + noise[:early].mean() / early)
    return bool(pooled[-1] - pooled[:early].mean() > SIGNIFICANT * spread)
