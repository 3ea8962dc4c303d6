"""What a run takes: tokens, compute, time, disk, memory. Estimates, made before it runs.

They rest on the family's own count of parameters and FLOPs, and on what `upwell.train` took
on one x86 core with Muon: decoders of 5 thousand to 10 million parameters, batches of 512 and
1,024 tokens. Within a fifth there, up to a million parameters; no promise elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import abilities, models
from ..models import Size
from ..records import Cost, Run

PEAK = 70e9
"""FLOP/s of one core at single-precision matrix products, where nobody measured it."""

SHARE = 0.45
"""Share of that peak which training reaches between the overheads of its steps."""

STEP_SECONDS, LAYER_SECONDS = 1e-3, 1.4e-3
"""Overhead of a step, and of each layer in it, whatever their size: most of a tiny model's time."""

ASKING_TOKENS = 100
"""Tokens read for one item: its choices, what is said, attention looked at. Of an item that is an
example, one."""

ITEM_SECONDS = 3e-4
"""Per item, apart from the model: making it, keeping its answer."""

CHECKPOINTS = 12
"""Sizes of the weights: trunk and branch, with optimiser state, the old beside the new."""

START_SECONDS = 0.5
"""Of a worker, before and after its work: forking, reading data, writing Parquet."""

ANSWER_BYTES = 500
"""Disk for an answer, in the journal and then in Parquet."""

BASE_MEMORY = 350 << 20
"""Of a worker that has torch loaded, most of it shared with the others."""


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Tokens that a run trains on: one trunk, and a branch for each budget."""

    trunk: int
    branches: Mapping[int, tuple[int, int]]
    """For each budget, the tokens at which its branch leaves the trunk and ends."""

    @property
    def total(self) -> int:
        """Tokens of trunk and branches together."""
        return self.trunk + sum(end - start for start, end in self.branches.values())

    def trained(self, reached: Mapping[int, int]) -> int:
        """Tokens trained by a run whose trunk (0) and branches have got so far."""
        begun = {b: span for b, span in self.branches.items() if b in reached}
        # A branch that has begun tells how far the trunk has got.
        trunk = max([reached.get(0, 0), *(start for start, _ in begun.values())])
        return min(trunk, self.trunk) + sum(
            max(min(reached[budget], end) - start, 0) for budget, (start, end) in begun.items()
        )


def effort(run: Run) -> Effort:
    """The tokens of a run; none for a family that needs no training.

    Raises SpecError for budgets that cannot be carried out.
    """
    if not trainable(run):
        return Effort(trunk=0, branches={})
    # The room loads torch, which a family without weights does not need.
    from ..train.schedule import branches

    each = run.recipe.batch * run.recipe.context
    spans = {
        branch.tokens: (branch.start * each, branch.end * each)
        for branch in branches(run.recipe, run.milestones)
    }
    return Effort(trunk=max((start for start, _ in spans.values()), default=0), branches=spans)


def trainable(run: Run) -> bool:
    """Whether the run's family learns."""
    return hasattr(models.named(run.model.family), "build")


def size_of(run: Run) -> Size:
    """Parameters, FLOPs a token and bytes, as the family counts them."""
    size: Size = models.named(run.model.family).count(run.model, run.recipe.context)
    return size


def cost(run: Run, peak: float = PEAK) -> Cost:
    """What the run takes on one core that reaches `peak` FLOP/s at matrix products."""
    size = size_of(run)
    made = len(run.milestones) + 1
    asked = made * len(run.shots) * sum(abilities.named(name).ITEMS for name in run.abilities)
    flops = size.flops_per_token * effort(run).total
    read = 1 if run.recipe.unit == "example" else ASKING_TOKENS
    asking = asked * read * size.flops_per_token / 3
    overhead = START_SECONDS + asked * ITEM_SECONDS + _overhead(run, size)
    return Cost(
        flops=flops + asking,
        seconds=overhead + (flops + asking) / (SHARE * peak),
        bytes=asked * ANSWER_BYTES + size.bytes * (made + CHECKPOINTS),
        memory=_memory(run, size),
    )


def together(costs: Sequence[Cost], workers: int) -> Cost:
    """The cost of all runs on so many workers, longest first."""
    longest = max((cost.seconds for cost in costs), default=0.0)
    return Cost(
        flops=sum(cost.flops for cost in costs),
        seconds=max(longest, sum(cost.seconds for cost in costs) / workers),
        bytes=sum(cost.bytes for cost in costs),
        memory=max((cost.memory for cost in costs), default=0),
    )


def _overhead(run: Run, size: Size) -> float:
    """Seconds that training spends beside its arithmetic."""
    steps = effort(run).total / (run.recipe.batch * run.recipe.context) * run.recipe.accumulate
    layers = _dials(run).get("depth", 1) if size.layers is None else size.layers
    return steps * (STEP_SECONDS + LAYER_SECONDS * layers)


def _memory(run: Run, size: Size) -> int:
    """Weights, gradients, optimiser state and snapshots; activations of one part of a batch."""
    if not trainable(run):
        return BASE_MEMORY
    dials = _dials(run)
    tokens = run.recipe.batch * run.recipe.context // run.recipe.accumulate
    layers = dials.get("width", math.isqrt(size.params)) * dials.get("depth", 1)
    guessed = 4 * (28 * layers + 4 * dials.get("vocabulary", 0))
    each = guessed if size.activations is None else size.activations
    return BASE_MEMORY + 10 * size.bytes + tokens * each


def _dials(run: Run) -> dict[str, int]:
    return {name: value for name, value in run.model.size.items() if isinstance(value, int)}
