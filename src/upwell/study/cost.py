"""Cost of a run, estimated before it runs: tokens, compute, time, disk space, memory.

The estimates use the family's count of parameters and FLOPs, and measurements on one x86 core with
Muon: decoders of 5 thousand to 10 million parameters, batches of 512 and 1,024 tokens. They are
within 20 % there up to a million parameters; elsewhere they may be far off.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import evaluation, models
from ..models import ModelSize
from ..records import Cost, Run

DEFAULT_PEAK_FLOPS = 70e9
"""FLOP/s of one core at single-precision matrix products, if not measured."""

FLOPS_UTILIZATION = 0.45
"""Fraction of the peak that training reaches, overheads aside."""

STEP_SECONDS, LAYER_SECONDS = 1e-3, 1.4e-3
"""Overhead of a step and of each layer in it: most of the time of a tiny model."""

TOKENS_PER_ITEM = 100
"""Tokens per item: prompt, choices, completion. An item that is an example counts one."""

ITEM_SECONDS = 3e-4
"""Time per item beside the model: building it, saving its answer."""

CHECKPOINT_COPIES = 12
"""Disk space of checkpoints in sizes of the weights: trunk and branch with optimizer state, old
beside new."""

START_SECONDS = 0.5
"""Time of a worker before and after its work: forking, reading data, writing Parquet."""

ANSWER_BYTES = 500
"""Disk space per answer, in the journal and then in Parquet."""

BASE_MEMORY_BYTES = 350 << 20
"""Memory of a worker with torch loaded, most of it shared with the others."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Training tokens of a run: one trunk, and a branch per budget."""

    trunk: int
    branches: Mapping[int, tuple[int, int]]
    """For each budget, the tokens at which its branch starts and ends."""

    @property
    def total_tokens(self) -> int:
        """Tokens of trunk and branches together."""
        return self.trunk + sum(end - start for start, end in self.branches.values())

    def trained_tokens(self, reached: Mapping[int, int]) -> int:
        """Tokens trained so far, from the tokens reached on the trunk (0) and on each branch."""
        started = {b: span for b, span in self.branches.items() if b in reached}
        # A branch that has started implies how far the trunk is.
        trunk = max([reached.get(0, 0), *(start for start, _ in started.values())])
        return min(trunk, self.trunk) + sum(
            max(min(reached[budget], end) - start, 0) for budget, (start, end) in started.items()
        )


def workload(run: Run) -> Workload:
    """Training tokens of a run; none for a family without training.

    Raises SpecError for budgets that are too small or do not increase.
    """
    if not is_trainable(run):
        return Workload(trunk=0, branches={})
    # `upwell.train` loads torch, which a family without weights does not need.
    from ..train.schedule import plan_branches

    tokens_per_step = run.recipe.batch_size * run.recipe.context_length
    spans = {
        branch.tokens: (branch.start * tokens_per_step, branch.end * tokens_per_step)
        for branch in plan_branches(run.recipe, run.milestones)
    }
    return Workload(trunk=max((start for start, _ in spans.values()), default=0), branches=spans)


def is_trainable(run: Run) -> bool:
    """Whether the run's family is trained."""
    return models.is_trainable(run.model.family)


def model_size(run: Run) -> ModelSize:
    """Parameters, FLOPs per token and bytes, as the family counts them."""
    size: ModelSize = models.load_family(run.model.family).count(
        run.model, run.recipe.context_length
    )
    return size


def estimate_cost(run: Run, peak_flops: float = DEFAULT_PEAK_FLOPS) -> Cost:
    """Cost of a run on one core with `peak_flops` FLOP/s at matrix products."""
    size = model_size(run)
    num_models = len(run.milestones) + 1
    num_items = (
        num_models
        * len(run.shots)
        * sum(evaluation.load_ability(name).num_items for name in run.abilities)
    )
    train_flops = size.flops_per_token * workload(run).total_tokens
    tokens_per_item = 1 if run.recipe.unit == "example" else TOKENS_PER_ITEM
    eval_flops = num_items * tokens_per_item * size.flops_per_token / 3
    overhead = START_SECONDS + num_items * ITEM_SECONDS + _overhead_seconds(run, size)
    return Cost(
        flops=train_flops + eval_flops,
        seconds=overhead + (train_flops + eval_flops) / (FLOPS_UTILIZATION * peak_flops),
        disk_bytes=num_items * ANSWER_BYTES + size.bytes * (num_models + CHECKPOINT_COPIES),
        memory_bytes=_memory_bytes(run, size),
    )


def total_cost(costs: Sequence[Cost], workers: int) -> Cost:
    """Cost of all runs on that many workers, longest run first."""
    longest = max((cost.seconds for cost in costs), default=0.0)
    return Cost(
        flops=sum(cost.flops for cost in costs),
        seconds=max(longest, sum(cost.seconds for cost in costs) / workers),
        disk_bytes=sum(cost.disk_bytes for cost in costs),
        memory_bytes=max((cost.memory_bytes for cost in costs), default=0),
    )


def _overhead_seconds(run: Run, size: ModelSize) -> float:
    """Seconds of training beside its arithmetic."""
    steps = (
        workload(run).total_tokens
        / (run.recipe.batch_size * run.recipe.context_length)
        * run.recipe.grad_accumulation
    )
    layers = _integer_hparams(run).get("depth", 1) if size.layers is None else size.layers
    return steps * (STEP_SECONDS + LAYER_SECONDS * layers)


def _memory_bytes(run: Run, size: ModelSize) -> int:
    """Weights, gradients, optimizer state and snapshots, and activations of a micro-batch."""
    if not is_trainable(run):
        return BASE_MEMORY_BYTES
    hparams = _integer_hparams(run)
    tokens = run.recipe.batch_size * run.recipe.context_length // run.recipe.grad_accumulation
    layers = hparams.get("width", math.isqrt(size.params)) * hparams.get("depth", 1)
    estimated = 4 * (28 * layers + 4 * hparams.get("vocab_size", 0))
    bytes_per_token = estimated if size.activations is None else size.activations
    return BASE_MEMORY_BYTES + 10 * size.bytes + tokens * bytes_per_token


def _integer_hparams(run: Run) -> dict[str, int]:
    return {name: value for name, value in run.model.hparams.items() if isinstance(value, int)}
