"""Learning curves out of progress records: who learnt what when, and what went wrong.

A run that was rolled back or resumed tells some steps twice; the last telling counts,
because it is the one that the weights come from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..records import Progress
from .ran import Ran

MOST = 120
"""Points that a line is thinned to; more cannot be seen at this size."""


@dataclass(frozen=True, kw_only=True)
class Strand:
    """One seed's path: its trunk, or the branch that anneals to one budget."""

    run: str
    seed: int | None
    branch: int
    lines: tuple[Progress, ...]
    """Ordinary lines and incidents, by step."""

    def points(self) -> list[tuple[float, float]]:
        """(tokens, loss), thinned to means of neighbours; without incidents and gaps."""
        told = [
            (one.tokens, one.loss)
            for one in self.lines
            if one.loss is not None and one.tokens > 0 and one.event is None
        ]
        size = math.ceil(len(told) / MOST)
        groups = [told[i : i + size] for i in range(0, len(told), max(size, 1))]
        return [
            (group[-1][0], math.fsum(loss for _, loss in group) / len(group)) for group in groups
        ]

    def parts(self) -> Mapping[str, float]:
        """The losses that the last loss is the sum of, by name; none where there is but one."""
        return next((one.parts for one in reversed(self.lines) if one.parts), {})


@dataclass(frozen=True, kw_only=True)
class Learner:
    """A rung with all of its seeds."""

    name: str
    strands: tuple[Strand, ...]


def learners(progress: Sequence[Progress], runs: Mapping[str, Ran]) -> list[Learner]:
    """Rungs, smallest first; a run that nothing is known of stands for itself, last."""
    groups: dict[str, list[Strand]] = {}
    sizes: dict[str, float] = {}
    for (run, branch), lines in _told(progress).items():
        known = runs.get(run, Ran(rung=run))
        sizes.setdefault(known.rung, known.size)
        strand = Strand(run=run, seed=known.seed, branch=branch, lines=lines)
        groups.setdefault(known.rung, []).append(strand)
    order = sorted(groups, key=lambda name: sizes[name])
    return [Learner(name=name, strands=tuple(groups[name])) for name in order]


def incidents(progress: Sequence[Progress]) -> list[Progress]:
    """The moments at which something went wrong."""
    return [one for one in progress if one.event is not None]


def _told(progress: Sequence[Progress]) -> dict[tuple[str, int], tuple[Progress, ...]]:
    """Lines by (run, branch); of lines of the same step the last told counts."""
    groups: dict[tuple[str, int], dict[tuple[int, bool], Progress]] = {}
    for one in progress:
        groups.setdefault((one.run, one.branch), {})[one.step, one.event is not None] = one
    return {
        key: tuple(sorted(lines.values(), key=lambda one: one.step))
        for key, lines in groups.items()
    }
