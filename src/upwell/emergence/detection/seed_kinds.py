"""Seeds that differ in kind: some jump and others do not, so that their mean describes neither.

Every seed is a ladder by itself and is judged by its item noise alone. Of the seeds, those that
jump up and those that jump down are counted. They differ in kind if some of them jump, others
clearly do not, and the difference between the two groups jumps as well; so noise between seeds of
one kind does not count. Training is bimodal across seeds near a threshold (Zhao et al. 2025, arXiv
2502.17356).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ...records import Table
from ..ladder.ladder import Ladder, build_ladders
from ..stats.shared_items import LadderKey
from .evidence import (
    MIN_JUMP_PROBABILITY,
    MIN_RUNGS,
    LadderEvidence,
    build_ladder_evidence,
    evaluate_values,
    ladder_key,
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class SeedJumps:
    """The seeds of one ladder that jump in one direction."""

    count: int = 0
    differ: bool = False
    """Whether other seeds are of another kind."""

    scales_differ: bool = False
    """Whether they do not all jump between the same two rungs."""

    height: float = 0.0
    """Mean height of their jumps, in units of the values."""

    onset_low: float | None = None
    onset_high: float | None = None
    """Rungs between which all of their jumps lie; None without any."""


@dataclass(frozen=True, kw_only=True)
class SeedKinds:
    """What the seeds of one ladder do, each by itself."""

    seeds: int
    """Seeds with a value on every rung."""

    up: SeedJumps
    down: SeedJumps
    mean_falls_sharply: bool
    """Whether the mean of all seeds jumps down, too."""

    @property
    def all_jump_up(self) -> bool:
        """Whether every seed jumps, at several scales, so that their mean may rise slowly.

        Seeds that jump at one scale may share what is odd about a rung; there the mean decides.
        """
        return self.up.count == self.seeds and self.up.scales_differ

    @property
    def all_jump_down(self) -> bool:
        """Whether every seed falls at once, at several scales."""
        return self.down.count == self.seeds and self.down.scales_differ


def find_seed_kinds(
    table: Table, axis: str, metrics: list[str] | None, evidence: Sequence[LadderEvidence]
) -> dict[LadderKey, SeedKinds]:
    """Seed kinds of every ladder with at least two seeds on every rung and enough rungs."""
    seed_ladders = _build_seed_ladders(table, axis, metrics)
    out: dict[LadderKey, SeedKinds] = {}
    for j in evidence:
        members = [
            one
            for one in seed_ladders.get(ladder_key(j.ladder), ())
            if np.array_equal(one.scale, j.ladder.scale)
        ]
        if j.posterior and len(members) > 1:
            out[ladder_key(j.ladder)] = _judge_seeds(j.ladder, members)
    return out


def _build_seed_ladders(
    table: Table, axis: str, metrics: list[str] | None
) -> dict[LadderKey, list[Ladder]]:
    """A ladder for each seed that was measured on enough rungs."""
    out: dict[LadderKey, list[Ladder]] = defaultdict(list)
    frame = table.frame
    counts = frame.drop_nulls(["seed", axis]).group_by("seed").agg(pl.col(axis).n_unique())
    seeds = counts.filter(pl.col(axis) >= MIN_RUNGS)["seed"].sort()
    if len(seeds) > 1:
        for seed in seeds:
            rows = table.with_frame(frame.filter(pl.col("seed") == seed))
            for ladder in build_ladders(rows, axis, metrics):
                out[ladder_key(ladder)].append(ladder)
    return out


def _judge_seeds(ladder: Ladder, members: Sequence[Ladder]) -> SeedKinds:
    # One unit for all: a seed that only scatters must not be measured by its own range.
    unit = max(one.unit for one in (ladder, *members))
    value = np.array([one.value for one in members]) * ladder.sign / unit
    se = np.array([one.se for one in members]) / unit
    mean = ladder.value[None] * ladder.sign / unit
    mean_down = _evaluate(ladder, -mean, ladder.se[None] / unit)[0]
    return SeedKinds(
        seeds=len(members),
        up=_count_jumps(ladder, value, se, unit),
        down=_count_jumps(ladder, -value, se, unit),
        mean_falls_sharply=mean_down.is_probable_jump,
    )


def _evaluate(ladder: Ladder, value: Floats, se: Floats) -> list[LadderEvidence]:
    evidence = evaluate_values(ladder.scale, value, se)
    return [build_ladder_evidence(ladder, evidence, k) for k in range(len(value))]


def _count_jumps(ladder: Ladder, value: Floats, se: Floats, unit: float) -> SeedJumps:
    """Jumps up of (seeds, rungs) values."""
    each = _evaluate(ladder, value, se)
    is_jump = np.array([one.is_probable_jump for one in each])
    is_other = np.array([one.posterior["jump"] <= 1 - MIN_JUMP_PROBABILITY for one in each])
    if not is_jump.any():
        return SeedJumps()
    jumps = [one for one, jumped in zip(each, is_jump, strict=True) if jumped]
    return SeedJumps(
        count=len(jumps),
        differ=bool(is_other.any()) and _is_difference_jump(ladder, value, se, is_jump, is_other),
        scales_differ=len({one.onset_low for one in jumps}) > 1,
        height=float(np.mean([one.jump_height for one in jumps])) * unit,
        onset_low=min(one.onset_low for one in jumps if one.onset_low is not None),
        onset_high=max(one.onset_high for one in jumps if one.onset_high is not None),
    )


def _is_difference_jump(
    ladder: Ladder, value: Floats, se: Floats, is_jump: Flags, is_other: Flags
) -> bool:
    """Whether the mean of the seeds that jump leaves that of the others in a jump."""
    difference = value[is_jump].mean(axis=0) - value[is_other].mean(axis=0)
    # Items are shared, so their noise in the difference is at most that of two single seeds.
    noise = np.sqrt(2.0) * se.mean(axis=0)
    return _evaluate(ladder, difference[None], noise[None])[0].is_probable_jump
