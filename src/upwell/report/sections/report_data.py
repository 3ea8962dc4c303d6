"""The data of a report, and the cards that it is divided into.

A card is one ability of one family with one number of shots. It may have several verdicts, one for
each metric. Its main verdict is that of the first sharp metric, whose jump needs an explanation; a
continuous metric stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ...emergence.detection.verdicts import CONTINUOUS_METRICS
from ...records import (
    METRICS,
    ExampleQuestion,
    Forecast,
    Plan,
    Study,
    Table,
    TrainLogEntry,
    Verdict,
    get_metric,
)
from ...store import RunFailure, SampleSheet
from ..plot.verdict_glyphs import kind_rank
from ..series.ladder_curves import AbilityKey, LadderCurve, build_curves
from ..titles import ability_title

SHARPEST_METRICS = ("exact_match",)
"""Metrics whose jumps are most often artifacts; they come before other sharp ones."""


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """The arguments of `study_page` and `overview_page`."""

    study: Study | None
    table: Table
    verdicts: Sequence[Verdict]
    forecasts: Sequence[Forecast] = ()
    progress: Sequence[TrainLogEntry] = ()
    plan: Plan | None = None
    seconds: Mapping[str, float | None] = field(default_factory=dict)
    failures: Sequence[RunFailure] = ()
    controls: Sequence[Verdict] = ()
    sample_sheets: Sequence[SampleSheet] = ()
    examples: Sequence[ExampleQuestion] = ()
    title: str | None = None
    created_at: str | None = None
    code_version: str | None = None

    @property
    def unit(self) -> str:
        """What training counts: a "token" or an "example"."""
        return "token" if self.study is None else self.study.recipe.unit


@dataclass(frozen=True, kw_only=True)
class Card:
    """One ability on the page."""

    number: int
    family: str | None
    ability: str
    shots: int
    title: str
    axis: str
    verdicts: tuple[Verdict, ...]
    """The main verdict first."""

    curves: tuple[LadderCurve, ...]
    forecasts: tuple[Forecast, ...] = field(default=())
    example: ExampleQuestion | None = None

    @property
    def verdict(self) -> Verdict:
        """The main verdict."""
        return self.verdicts[0]

    @property
    def anchor(self) -> str:
        """The id of the card's element on the page."""
        return f"ability-{self.number}"

    @property
    def curve_pair(self) -> tuple[LadderCurve | None, LadderCurve | None]:
        """The sharp and the continuous curve that stand side by side; None for a missing one."""
        main = next((c for c in self.curves if c.metric.name == self.verdict.metric), None)
        sharp = next((c for c in self.curves if not c.metric.continuous), None)
        continuous = sorted((c for c in self.curves if c.metric.continuous), key=_curve_preference)
        if main is None:
            return sharp, continuous[0] if continuous else None
        if main.metric.continuous:
            return sharp, main
        return main, continuous[0] if continuous else None

    @property
    def main_curve(self) -> LadderCurve | None:
        """The curve of the main verdict's metric, else the first; None if there is none."""
        matches = (curve for curve in self.curves if curve.metric.name == self.verdict.metric)
        return next(matches, next(iter(self.curves), None))

    def verdict_on(self, metric: str) -> Verdict | None:
        """The verdict on one metric; None if there is none."""
        return next((one for one in self.verdicts if one.metric == metric), None)


def build_cards(data: ReportData) -> list[Card]:
    """A card for every ability that was judged, sorted by kind and onset."""
    groups: dict[tuple[AbilityKey, str], list[Verdict]] = {}
    for verdict in data.verdicts:
        groups.setdefault((_ability_key(verdict), verdict.axis), []).append(verdict)
    curves_by_axis = {
        axis: build_curves(data.table, axis) for axis in sorted({axis for _, axis in groups})
    }
    title_of = _title_fn([key for key, _ in groups])
    groups = dict(sorted(groups.items(), key=lambda item: _sort_key(item[1])))
    return [
        Card(
            number=number,
            family=key[0],
            ability=key[1],
            shots=key[2],
            title=title_of(key),
            axis=axis,
            verdicts=tuple(sorted(group, key=display_order)),
            curves=tuple(curves_by_axis[axis].get(key, ())),
            forecasts=tuple(
                one for one in data.forecasts if one.axis == axis and _ability_key(one) == key
            ),
            example=next(
                (one for one in data.examples if (one.ability, one.shots) == key[1:]), None
            ),
        )
        for number, ((key, axis), group) in enumerate(groups.items(), start=1)
    ]


def _title_fn(keys: Sequence[AbilityKey]) -> Callable[[AbilityKey], str]:
    """Titles with family and shots only where abilities differ in them."""
    show_family = len({family for family, _, _ in keys}) > 1
    show_shots = len({shots for _, _, shots in keys}) > 1
    return lambda key: ability_title(
        key[1], key[2] if show_shots else None, key[0] if show_family else None
    )


def _sort_key(group: list[Verdict]) -> tuple[int, float]:
    """By kind, then by onset; otherwise the order of the verdicts stays."""
    main = min(group, key=display_order)
    return kind_rank(main.kind), math.inf if main.onset is None else main.onset


def _ability_key(record: Verdict | Forecast) -> AbilityKey:
    return (record.family, record.ability, record.shots)


def display_order(verdict: Verdict) -> tuple[bool, int]:
    """Sort key: sharp metrics first, then continuous ones in the order of `CONTINUOUS_METRICS`."""
    metric = get_metric(verdict.metric)
    if metric is None:
        return True, len(METRICS)
    if metric.continuous:
        return True, _metric_preference(metric.name)
    return False, [*SHARPEST_METRICS, *METRICS].index(metric.name)


def _curve_preference(curve: LadderCurve) -> int:
    return _metric_preference(curve.metric.name)


def _metric_preference(name: str) -> int:
    return CONTINUOUS_METRICS.index(name) if name in CONTINUOUS_METRICS else len(CONTINUOUS_METRICS)
