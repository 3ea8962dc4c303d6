"""Pseudo-forecasts: every ladder cut at earlier rungs, with the value that followed.

Coefficients and intervals are fitted to nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .features import (
    FEATURE_NAMES,
    MIN_FORECAST_RUNGS,
    LadderSummary,
    RelatedLadders,
    feature_vector,
)
from .simple_rules import RULES

Floats = npt.NDArray[np.float64]

MIN_DISTANCE, MAX_DISTANCE = 0.25, 4.5
"""Distances in effective scale; others do not occur in real forecasts."""

MAX_PSEUDO_FORECASTS = 20_000
"""Maximum per table; more of them change the coefficients by less than their noise."""


@dataclass(frozen=True, kw_only=True)
class PseudoForecasts:
    """Features and outcomes, one row per pseudo-forecast."""

    family: npt.NDArray[np.str_]
    ladder: npt.NDArray[np.intp]
    """Index of the ladder."""

    rungs: npt.NDArray[np.intp]
    """Number of rungs up to the cut."""

    ability: npt.NDArray[np.intp]
    """Index of the ability, for cross-validation over abilities."""

    features: Floats
    """(pseudo-forecasts, FEATURE_NAMES)."""

    change: Floats
    """Transformed value at the target less the level at the cut."""

    rule_change: Floats
    """(pseudo-forecasts, RULES) the change that each simple rule forecasts."""

    distance: Floats
    item_se: Floats
    """Standard error of the value at the target from items; NaN if unknown."""

    seed_se: Floats
    """Standard error from seeds; see `LadderSummary`."""

    def __len__(self) -> int:
        return len(self.change)

    def where(self, mask: npt.NDArray[np.bool_]) -> PseudoForecasts:
        """The rows where the mask is true."""
        return PseudoForecasts(**{name: column[mask] for name, column in self.__dict__.items()})


def collect_pseudo_forecasts(
    summaries: list[LadderSummary], kind: str, related_ladders: RelatedLadders
) -> PseudoForecasts:
    """Pseudo-forecasts from ladders of one kind ("bounded" or "open"), thinned to the maximum."""
    requests = [
        (i, rungs, target_rung)
        for i, summary in enumerate(summaries)
        if summary.transform.kind == kind
        for rungs in range(MIN_FORECAST_RUNGS, summary.value.size)
        for target_rung in range(rungs, summary.value.size)
        if MIN_DISTANCE
        <= summary.ladder.effective_scale[target_rung] - summary.ladder.effective_scale[rungs - 1]
        <= MAX_DISTANCE
    ]
    requests = (
        requests[:: -(-len(requests) // MAX_PSEUDO_FORECASTS)]
        if len(requests) > MAX_PSEUDO_FORECASTS
        else requests
    )
    names = {
        name: n for n, name in enumerate(sorted({summary.ladder.ability for summary in summaries}))
    }
    rows = [
        _pseudo_forecast(summaries[i], rungs, target_rung, related_ladders)
        for i, rungs, target_rung in requests
    ]
    numbers = np.array([row[1:] for row in rows], dtype=np.float64).reshape(
        len(rows), 4 + len(RULES)
    )
    return PseudoForecasts(
        ladder=np.array([i for i, _, _ in requests], dtype=np.intp),
        rungs=np.array([rungs for _, rungs, _ in requests], dtype=np.intp),
        family=np.array([summaries[i].ladder.family or "" for i, _, _ in requests], dtype=np.str_),
        ability=np.array(
            [names[summaries[i].ladder.ability] for i, _, _ in requests], dtype=np.intp
        ),
        features=np.array([row[0] for row in rows]).reshape(len(rows), len(FEATURE_NAMES)),
        change=numbers[:, 0],
        distance=numbers[:, 1],
        item_se=numbers[:, 2],
        seed_se=numbers[:, 3],
        rule_change=numbers[:, 4:],
    )


def _pseudo_forecast(
    summary: LadderSummary, rungs: int, target_rung: int, related_ladders: RelatedLadders
) -> tuple[Floats, float, float, float, float, *tuple[float, ...]]:
    distance = float(
        summary.ladder.effective_scale[target_rung] - summary.ladder.effective_scale[rungs - 1]
    )
    features = feature_vector(summary, rungs, distance, related_ladders)
    level = float(summary.summary_at(rungs)[0])
    change = float(summary.value[target_rung]) - level
    log_scale = np.log(summary.ladder.scale)
    rules = [
        rule(log_scale[:rungs], summary.value[:rungs], float(log_scale[target_rung])) - level
        for rule in RULES.values()
    ]
    return features, change, distance, float(summary.item_se[target_rung]), summary.seed_se, *rules
