"""Warm-up, stable, decay (Hu et al. 2024, arXiv 2404.06395), with budgets branched off one run.

The trunk warms up and stays at its peak. For each budget a branch leaves the trunk and lets
the rate fall to zero, so that several annealed models cost little more than the longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..errors import SpecError
from ..records import Train


@dataclass(frozen=True)
class Branch:
    """One token budget, in optimiser steps."""

    tokens: int
    """The budget as it was asked for."""

    start: int
    """Step at which the branch leaves the trunk."""

    end: int
    """Step at which the rate has reached zero."""

    @property
    def slot(self) -> str:
        """Where its checkpoint is kept. A branch has one of its own: one that was killed between
        keeping its model and dropping its checkpoint must not lend it to the next."""
        return f"branch-{self.tokens}"


def branches(recipe: Train, milestones: Sequence[int]) -> tuple[Branch, ...]:
    """The branches of a run. Raises SpecError for budgets that cannot be carried out."""
    each = recipe.batch * recipe.context
    if any(later <= earlier for earlier, later in pairwise(milestones)):
        raise SpecError(f"milestones have to rise, found {', '.join(map(str, milestones))}")
    found = []
    for tokens in milestones:
        end = round(tokens / each)
        if end < 2:
            raise SpecError(
                f"a milestone of {tokens} tokens is under two steps of {each}; "
                "raise it or lower batch or context"
            )
        found.append(Branch(tokens, end - max(1, round(recipe.decay * end)), end))
    return tuple(found)


def share(recipe: Train, longest: int, step: int, branch: Branch | None) -> float:
    """Share of the peak rate at a step (counted from 0); `branch` is None on the trunk."""
    warm = max(1, round(recipe.warmup * longest))
    rising = min(1.0, (step + 1) / warm)
    if branch is None or step < branch.start:
        return rising
    return min(rising, (branch.end - step) / (branch.end - branch.start))


def steps_in_all(branches: Sequence[Branch]) -> int:
    """Optimiser steps that trunk and branches take together."""
    trunk = max((b.start for b in branches), default=0)
    return trunk + sum(b.end - b.start for b in branches)
