"""Warmup-stable-decay schedule (Hu et al. 2024, arXiv 2404.06395) with a branch per token budget.

On the trunk the learning rate warms up and stays at its peak. For each budget a branch leaves the
trunk, on which it falls to zero. Several annealed models then cost little more than the longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..errors import SpecError
from ..records import Train


@dataclass(frozen=True)
class Branch:
    """One token budget, in optimizer steps."""

    tokens: int
    """The budget as specified."""

    start: int
    """Step at which the branch leaves the trunk."""

    end: int
    """Step at which the learning rate reaches zero."""

    @property
    def slot(self) -> str:
        """Checkpoint slot of this branch.

        Each branch has its own. A branch may be killed after its model is saved and before its
        checkpoint is dropped; the next branch must not resume from that checkpoint.
        """
        return f"branch-{self.tokens}"


def plan_branches(recipe: Train, milestones: Sequence[int]) -> tuple[Branch, ...]:
    """The branches of a run. Raises SpecError for budgets that are too small or do not increase."""
    tokens_per_step = recipe.batch_size * recipe.context_length
    if any(later <= earlier for earlier, later in pairwise(milestones)):
        raise SpecError(f"milestones have to increase, found {', '.join(map(str, milestones))}")
    planned = []
    for tokens in milestones:
        end = round(tokens / tokens_per_step)
        if end < 2:
            raise SpecError(
                f"a milestone of {tokens} tokens is under two steps of {tokens_per_step}; "
                "raise it, or lower batch_size or context_length"
            )
        planned.append(Branch(tokens, end - max(1, round(recipe.decay_fraction * end)), end))
    return tuple(planned)


def lr_fraction(recipe: Train, max_steps: int, step: int, branch: Branch | None) -> float:
    """Fraction of the peak learning rate at a step counted from 0; no `branch` on the trunk."""
    warmup_steps = max(1, round(recipe.warmup_fraction * max_steps))
    warmup_fraction = min(1.0, (step + 1) / warmup_steps)
    if branch is None or step < branch.start:
        return warmup_fraction
    return min(warmup_fraction, (branch.end - step) / (branch.end - branch.start))


def total_steps(branches: Sequence[Branch]) -> int:
    """Optimizer steps of trunk and branches together."""
    trunk = max((b.start for b in branches), default=0)
    return trunk + sum(b.end - b.start for b in branches)
