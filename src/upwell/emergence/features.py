"""What a forecast looks at: the ladder itself, and its kin up to the same scale.

A ladder is summed up at each rung by its level, its rates and its distance from chance
and ceiling. Its kin are the ladders of the same table that ask the same ability of
another family, with other shots, by another metric, the same benchmark, or the same
family at all; they are looked at up to the same scale and never above it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .kriging import KERNELS, UNKNOWN_NOISE, ends
from .ladder import Ladder
from .noise import with_seeds
from .paces import paced
from .plain import curve
from .seeds import pooled, risen, scattered, steadied
from .view import BOUNDED, View, view

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST = 3
"""Rungs that a forecast needs."""

SUMMARY = ("level", "wandering", "steady", "bending", "turning", "overall", "above", "head", "past")
LEVEL, WANDERING, BENDING, ABOVE, HEAD, PAST = (
    SUMMARY.index(name) for name in ("level", "wandering", "bending", "above", "head", "past")
)
RATES = slice(WANDERING, ABOVE)

KIN: dict[str, Callable[[Ladder], Hashable]] = {
    "family": lambda k: (k.ability, k.metric.name, k.shots),
    "shots": lambda k: (k.family, k.ability, k.metric.name),
    "metric": lambda k: (k.family, k.ability, k.shots),
    "benchmark": lambda k: (k.family, k.metric.name, k.shots, benchmark(k.ability)),
    "table": lambda k: (k.family, k.metric.name, k.shots),
}

FEATURES = (
    "distance", "above", "head", "wandering", "steady", "bending", "turning", "overall", "past",
    "family level", "family bending", "shots level", "shots bending", "metric level",
    "metric bending", "benchmark level", "benchmark bending", "benchmark past", "table level",
    "table wandering", "table bending",
)  # fmt: skip
"""Names of the numbers that a forecast's coefficients belong to, in order."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A ladder in its view, summed up at every rung from the third on."""

    ladder: Ladder
    view: View
    value: Floats
    noise: Floats
    item: Floats
    """(rungs,) share of `noise` that items have."""

    floor: float
    """What guessing gets, as seen."""

    chance: float
    """The same where it is told, else 0; for bounded views."""

    plain: Floats
    """(2,) its plain curve, see `plain.py`; for bounded views."""

    wobble: float
    """Standard error that seeds alone give a mean over as many of them as a rung has, as seen;
    0 where no rung has several."""

    summary: Floats
    """(cuts, SUMMARY), the first row for the first three rungs."""

    def rungs_upto(self, bound: float) -> int:
        """Rungs at or below the bound; equal sizes are often reported a little apart."""
        return int(np.searchsorted(self.ladder.scale, bound * 1.05, side="right"))

    def at(self, rungs: int) -> Floats:
        """(SUMMARY,) after that many rungs."""
        row: Floats = self.summary[rungs - FEWEST]
        return row


def benchmark(ability: str) -> str:
    """What stands before the first slash, or the first underscore, of an ability's name."""
    return ability.split("/")[0] if "/" in ability else ability.split("_")[0]


def see(found: list[Ladder]) -> list[Seen]:
    """Every ladder of at least three rungs in its view, in the order given."""
    groups: dict[bytes, list[tuple[int, Ladder]]] = defaultdict(list)
    for i, ladder in enumerate(found):
        if ladder.scale.size >= FEWEST:
            groups[ladder.reach.tobytes() + ladder.scale.tobytes()].append((i, ladder))
    seen = [pair for group in groups.values() for pair in _group(group)]
    return _wobbling([one for _, one in sorted(seen, key=lambda pair: pair[0])])


def _group(group: list[tuple[int, Ladder]]) -> list[tuple[int, Seen]]:
    members = [ladder for _, ladder in group]
    views = [view(ladder) for ladder in members]
    both = list(zip(views, members, strict=True))
    value = np.array([v.see(k.value) for v, k in both])
    item = np.array([v.noise(k.value, k.item) for v, k in both])
    noise = np.array([_noise(k, v, known) for (v, k), known in zip(both, item, strict=True)])
    floor = np.array([_floor(k, v, y) for (v, k), y in zip(both, value, strict=True)])
    items = np.array([np.nan if k.items is None else float(k.items) for k in members])
    chance = np.array([_chance(k, v) for v, k in both])
    plain = curve(members[0].scale, np.clip(value, 0.0, 1.0), items, chance)
    reach = members[0].reach
    several = np.array([k.seeds.max() > 1 for k in members])
    cuts = [
        _summary(reach[:cut], value[:, :cut], noise[:, :cut], floor, several)
        for cut in range(FEWEST, reach.size + 1)
    ]
    summary = np.stack(cuts, axis=1)
    return [
        (
            i,
            Seen(
                ladder=k,
                view=views[j],
                value=value[j],
                noise=noise[j],
                item=item[j],
                floor=float(floor[j]),
                chance=float(chance[j]),
                plain=plain[j],
                wobble=0.0,
                summary=summary[j],
            ),
        )
        for j, (i, k) in enumerate(group)
    ]


def _noise(ladder: Ladder, seen: View, item: Floats) -> Floats:
    """Noise as seen. Seeds are pooled as seen, too: those of a loss of .01 do not differ by what
    those of a loss of 3 do."""
    return with_seeds(item, seen.noise(ladder.value, ladder.deviation), ladder.seeds)


def _wobbling(seen: list[Seen]) -> list[Seen]:
    """With what seeds differ by, pooled over rungs and steadied by ladders of the same metric."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, one in enumerate(seen):
        groups[one.view.kind, one.ladder.metric.name].append(i)
    out = list(seen)
    for members in groups.values():
        found = [_between(seen[i]) for i in members]
        variance = steadied(*(np.array(column) for column in zip(*found, strict=True)))
        for i, between in zip(members, variance, strict=True):
            several = float(np.median(seen[i].ladder.seeds))
            out[i] = replace(seen[i], wobble=float(np.sqrt(between / several)))
    return out


def _between(one: Seen) -> tuple[float, float]:
    """(variance of one seed as seen, degrees of freedom)."""
    deviation = one.view.noise(one.ladder.value, one.ladder.deviation)
    weight = risen(one.value, one.floor)
    if one.ladder.seeds.max() == 1:
        return scattered(one.value, one.item, weight)
    return pooled(deviation, one.ladder.seeds, weight)


def _chance(ladder: Ladder, seen: View) -> float:
    if seen.kind != BOUNDED or ladder.chance is None:
        return 0.0
    return float(np.clip(seen.see(np.array([ladder.chance]))[0], 0.0, 1.0))


def _floor(ladder: Ladder, seen: View, value: Floats) -> float:
    """What guessing gets, or where the first three rungs stand."""
    if seen.kind == "bounded" and ladder.chance is not None:
        return float(seen.see(np.array([ladder.chance]))[0])
    start = float(value[:FEWEST].mean())
    return max(start, 0.0) if seen.kind == "bounded" else start


def _summary(reach: Floats, value: Floats, noise: Floats, floor: Floats, several: Flags) -> Floats:
    levels, rates = _ends(reach, value, noise, several)
    level = levels[0]
    columns = [
        level,
        *rates,
        _overall(reach, value, noise),
        np.maximum(level - floor, 0.0),
        1.0 - level,
        value.mean(axis=1) - level,
    ]
    return np.stack(columns, axis=1)


def _ends(
    reach: Floats, value: Floats, noise: Floats, several: Flags
) -> tuple[list[Floats], list[Floats]]:
    """Levels and rates by kernel; ladders with several seeds a rung at their own pace."""
    found = [ends(reach, value, noise, kernel) for kernel in KERNELS]
    if several.any():
        own = paced(reach, value[several], noise[several], KERNELS)
        for (level, rate), (own_level, own_rate) in zip(found, own, strict=True):
            level[several], rate[several] = own_level, own_rate
    return [level for level, _ in found], [rate for _, rate in found]


def _overall(reach: Floats, value: Floats, noise: Floats) -> Floats:
    """Slope of the line through all rungs."""
    weight = 1.0 / (np.where(np.isnan(noise), UNKNOWN_NOISE, noise) ** 2 + 0.02**2)
    total = weight.sum(axis=1, keepdims=True)
    x = reach - (weight * reach).sum(axis=1, keepdims=True) / total
    y = value - (weight * value).sum(axis=1, keepdims=True) / total
    slope: Floats = (weight * x * y).sum(axis=1) / (weight * x**2).sum(axis=1)
    return slope


class Kinship:
    """The mean summary of a ladder's kin at a scale, found once and kept."""

    def __init__(self, seen: list[Seen]) -> None:
        self._members: dict[tuple[str, Hashable], list[Seen]] = defaultdict(list)
        self._sums: dict[tuple[str, Hashable, float], tuple[Floats, int]] = {}
        for one in seen:
            for name, key in KIN.items():
                self._members[name, (one.view.kind, key(one.ladder))].append(one)

    def of(self, name: str, one: Seen, rungs: int) -> Floats:
        """(SUMMARY,) mean over the kin less the ladder's own; zeros where it has no kin."""
        bound = float(one.ladder.scale[rungs - 1])
        total, count = self._sum(name, (one.view.kind, KIN[name](one.ladder)), bound)
        if count < 2:
            return np.zeros(len(SUMMARY))
        own = _absolute(one.at(rungs))
        difference: Floats = (total - own) / (count - 1) - own
        return difference

    def _sum(self, name: str, key: Hashable, bound: float) -> tuple[Floats, int]:
        if (name, key, bound) not in self._sums:
            there = [(one, one.rungs_upto(bound)) for one in self._members[name, key]]
            rows = [_absolute(one.at(rungs)) for one, rungs in there if rungs >= FEWEST]
            total = np.sum(rows, axis=0) if rows else np.zeros(len(SUMMARY))
            self._sums[name, key, bound] = (total, len(rows))
        return self._sums[name, key, bound]


def _absolute(summary: Floats) -> Floats:
    """With the past mean as a value rather than as a distance from the level."""
    out = summary.copy()
    out[PAST] += out[LEVEL]
    return out


def describe(one: Seen, rungs: int, distance: float, kinship: Kinship) -> Floats:
    """(FEATURES,) of a forecast from the first `rungs` rungs over a distance in reach."""
    own = one.at(rungs)
    kin = {name: kinship.of(name, one, rungs) for name in KIN}
    mates = kin["benchmark"]
    past = mates[PAST] + own[PAST] if mates.any() else 0.0
    parts = [distance, distance * own[ABOVE], distance * own[HEAD]]
    parts += [distance * rate for rate in own[RATES]]
    parts += [own[PAST]]
    for name in ("family", "shots", "metric"):
        parts += [kin[name][LEVEL], kin[name][BENDING] * distance]
    parts += [mates[LEVEL], mates[BENDING] * distance, past]
    table = kin["table"]
    parts += [table[LEVEL], table[WANDERING] * distance, table[BENDING] * distance]
    return np.array(parts)
