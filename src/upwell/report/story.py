"""What a report is told from, and the cards it is told in.

A card is one ability of one family with one number of shots. It may have several
verdicts, one a metric; the card speaks of the first sharp metric, because that is the
one whose jump must be explained, and shows a continuous metric beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..emergence.judging import CONTINUOUS
from ..records import (
    METRICS,
    Forecast,
    Plan,
    Progress,
    Study,
    Table,
    Verdict,
    metric_named,
)
from ..store import Failure, Picture
from .curve import Curve, Key, curves
from .kinds import rank
from .names import ability_title

SHARPEST = ("exact_match",)
"""Scores whose jumps are made by the metric most easily; they speak before other sharp ones."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """Everything that was handed over, and nothing that was not."""

    study: Study | None
    table: Table
    verdicts: Sequence[Verdict]
    forecasts: Sequence[Forecast] = ()
    progress: Sequence[Progress] = ()
    plan: Plan | None = None
    seconds: Mapping[str, float | None] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    controls: Sequence[Verdict] = ()
    pictures: Sequence[Picture] = ()
    title: str | None = None
    made: str | None = None
    code: str | None = None

    @property
    def unit(self) -> str:
        """What training counted: a "token" or an "example"."""
        return "token" if self.study is None else self.study.recipe.unit


@dataclass(frozen=True, kw_only=True)
class Card:
    """One ability as the page tells it."""

    number: int
    family: str | None
    ability: str
    shots: int
    title: str
    axis: str
    verdicts: tuple[Verdict, ...]
    """The first one is the one that the card speaks of."""

    curves: tuple[Curve, ...]
    forecasts: tuple[Forecast, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The verdict that the card speaks of."""
        return self.verdicts[0]

    @property
    def anchor(self) -> str:
        """Where on the page the card stands."""
        return f"ability-{self.number}"

    @property
    def pair(self) -> tuple[Curve | None, Curve | None]:
        """The sharp and the continuous curve that are shown side by side, where they exist."""
        speaks = next((c for c in self.curves if c.metric.name == self.verdict.metric), None)
        sharp = next((c for c in self.curves if not c.metric.continuous), None)
        steady = sorted((c for c in self.curves if c.metric.continuous), key=_partnership)
        if speaks is None:
            return sharp, steady[0] if steady else None
        if speaks.metric.continuous:
            return sharp, speaks
        return speaks, steady[0] if steady else None

    @property
    def speaking(self) -> Curve | None:
        """The curve of the metric that the verdict speaks of, else any; None if there is none."""
        named = (one for one in self.curves if one.metric.name == self.verdict.metric)
        return next(named, next(iter(self.curves), None))

    def verdict_on(self, metric: str) -> Verdict | None:
        """What was said of one metric."""
        return next((one for one in self.verdicts if one.metric == metric), None)


def cards(story: Story) -> list[Card]:
    """A card for every ability that was judged, by kind and onset."""
    groups: dict[tuple[Key, str], list[Verdict]] = {}
    for verdict in story.verdicts:
        groups.setdefault((_key(verdict), verdict.axis), []).append(verdict)
    drawn = {axis: curves(story.table, axis) for axis in sorted({axis for _, axis in groups})}
    apart = _apart([key for key, _ in groups])
    groups = dict(sorted(groups.items(), key=lambda item: _interest(item[1])))
    return [
        Card(
            number=number,
            family=key[0],
            ability=key[1],
            shots=key[2],
            title=apart(key),
            axis=axis,
            verdicts=tuple(sorted(group, key=prominence)),
            curves=tuple(drawn[axis].get(key, ())),
            forecasts=tuple(
                one for one in story.forecasts if one.axis == axis and _key(one) == key
            ),
        )
        for number, ((key, axis), group) in enumerate(groups.items(), start=1)
    ]


def _apart(keys: Sequence[Key]) -> Callable[[Key], str]:
    """How abilities are named so that no two sound the same, and no longer than that."""
    several_families = len({family for family, _, _ in keys}) > 1
    several_shots = len({shots for _, _, shots in keys}) > 1
    return lambda key: ability_title(
        key[1], key[2] if several_shots else None, key[0] if several_families else None
    )


def _interest(group: list[Verdict]) -> tuple[int, float]:
    """Jumps stand first, earlier ones before later ones; otherwise the order given stays."""
    speaks = min(group, key=prominence)
    return rank(speaks.kind), math.inf if speaks.onset is None else speaks.onset


def _key(one: Verdict | Forecast) -> Key:
    return (one.family, one.ability, one.shots)


def prominence(verdict: Verdict) -> tuple[bool, int]:
    """Sharp metrics first, the sharpest before the others, then continuous ones in the order
    in which a judge prefers them."""
    metric = metric_named(verdict.metric)
    if metric is None:
        return True, len(METRICS)
    if metric.continuous:
        return True, _preference(metric.name)
    return False, [*SHARPEST, *METRICS].index(metric.name)


def _partnership(curve: Curve) -> int:
    return _preference(curve.metric.name)


def _preference(name: str) -> int:
    return CONTINUOUS.index(name) if name in CONTINUOUS else len(CONTINUOUS)
