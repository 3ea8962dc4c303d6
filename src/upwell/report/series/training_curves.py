"""Training curves from the entries of training logs, with loss spikes and other incidents.

A run that was rolled back or resumed logs some steps twice. The last entry of a step counts,
because the weights come from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...records import TrainLogEntry
from .runs import RunInfo

MAX_POINTS = 120
"""Points per line; more cannot be seen at this size."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One seed: its trunk, or the branch that anneals to one token budget."""

    run: str
    seed: int | None
    branch: int
    entries: tuple[TrainLogEntry, ...]
    """Log entries and incidents, by step."""

    def points(self) -> list[tuple[float, float]]:
        """(tokens, loss), averaged over neighbors down to `MAX_POINTS`; without incidents."""
        loss_points = [
            (one.tokens, one.loss)
            for one in self.entries
            if one.loss is not None and one.tokens > 0 and one.event is None
        ]
        size = math.ceil(len(loss_points) / MAX_POINTS)
        groups = [loss_points[i : i + size] for i in range(0, len(loss_points), max(size, 1))]
        return [
            (group[-1][0], math.fsum(loss for _, loss in group) / len(group)) for group in groups
        ]

    def loss_components(self) -> Mapping[str, float]:
        """The components of the last loss by name; empty where there is only one loss."""
        return next(
            (one.loss_components for one in reversed(self.entries) if one.loss_components), {}
        )


@dataclass(frozen=True, kw_only=True)
class RunCurves:
    """A rung with all of its seeds."""

    name: str
    series: tuple[Series, ...]


def group_run_curves(
    progress: Sequence[TrainLogEntry], runs: Mapping[str, RunInfo]
) -> list[RunCurves]:
    """Rungs, smallest first; an unknown run is a rung of its own, last."""
    groups: dict[str, list[Series]] = {}
    sizes: dict[str, float] = {}
    for (run, branch), entries in _entries_by_branch(progress).items():
        known = runs.get(run, RunInfo(rung=run))
        sizes.setdefault(known.rung, known.size)
        series = Series(run=run, seed=known.seed, branch=branch, entries=entries)
        groups.setdefault(known.rung, []).append(series)
    rung_names = sorted(groups, key=lambda name: sizes[name])
    return [RunCurves(name=name, series=tuple(groups[name])) for name in rung_names]


def find_incidents(progress: Sequence[TrainLogEntry]) -> list[TrainLogEntry]:
    """The entries that report a loss spike or a loss that is not finite."""
    return [one for one in progress if one.event is not None]


def _entries_by_branch(
    progress: Sequence[TrainLogEntry],
) -> dict[tuple[str, int], tuple[TrainLogEntry, ...]]:
    """Entries by (run, branch); of several entries of a step the last one counts."""
    groups: dict[tuple[str, int], dict[tuple[int, bool], TrainLogEntry]] = {}
    for entry in progress:
        groups.setdefault((entry.run, entry.branch), {})[entry.step, entry.event is not None] = (
            entry
        )
    return {
        key: tuple(sorted(entries.values(), key=lambda entry: entry.step))
        for key, entries in groups.items()
    }
