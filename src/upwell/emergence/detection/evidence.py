"""Evidence from each ladder by itself: the posterior of every hypothesis, and where a jump lies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..ladder.ladder import Ladder
from ..stats.shared_items import LadderKey
from .bayes_factors import HypothesisEvidence, compare_hypotheses

Floats = npt.NDArray[np.float64]

MIN_RUNGS = 5
"""Minimum number of rungs to tell a jump from a bend."""

MIN_JUMP_PROBABILITY = 0.67
"""Minimum probability of each jump, two to one, so that an uncertain jump does not pass beside
certain ones. The power for a jump of 0.2 at 200 items is then 83 %; it is 90 % without the limit
and 77 % at three to one (benchmarks/emergence)."""

MIN_JUMP_HEIGHT = 0.08
"""Minimum height of a jump, in units of the metric."""


@dataclass(frozen=True, kw_only=True)
class LadderEvidence:
    """Evidence from one ladder by itself; `posterior` is empty with too few rungs."""

    ladder: Ladder
    posterior: dict[str, float]
    is_jump: bool = False
    location: int | None = None
    onset_low: float | None = None
    onset_high: float | None = None
    onset: float | None = None
    evidence_z: float | None = None
    jump_height: float = 0.0
    trend_z: float = 0.0
    trend_sd: float = 0.0

    @property
    def is_probable_jump(self) -> bool:
        """Whether it is a jump, judged without the other ladders of the call."""
        # A jump within a falling ladder is no emerging ability.
        return (
            self.posterior.get("jump", 0.0) >= MIN_JUMP_PROBABILITY
            and self.jump_height >= MIN_JUMP_HEIGHT
            and self.trend_z > 0
        )


def ladder_key(ladder: Ladder) -> LadderKey:
    """What tells a ladder from the others of a call."""
    return (ladder.family, ladder.ability, ladder.shots, ladder.metric.name)


def evaluate_ladders(
    ladders: Sequence[Ladder], covariances: Mapping[LadderKey, Floats] | None = None
) -> list[LadderEvidence]:
    """Evidence from each ladder, in batches of those that share their rungs.

    A ladder with a covariance of its rungs' item noise, (rungs, rungs), is evaluated with it. The
    rungs of the others are independent.
    """
    known = covariances or {}
    alone = [ladder for ladder in ladders if ladder_key(ladder) in known]
    together = [ladder for ladder in ladders if ladder_key(ladder) not in known]
    return [
        *(evidence for batch in batch_by_scale(together) for evidence in _evaluate_batch(batch)),
        *(_evaluate_correlated(ladder, known[ladder_key(ladder)]) for ladder in alone),
    ]


def batch_by_scale(ladders: Sequence[Ladder]) -> list[list[Ladder]]:
    """Ladders that share their rungs, at most 500 per batch."""
    groups: dict[bytes, list[Ladder]] = defaultdict(list)
    for ladder in ladders:
        groups[ladder.scale.tobytes()].append(ladder)
    return [group[i : i + 500] for group in groups.values() for i in range(0, len(group), 500)]


def evaluate_values(
    scale: Floats, value: Floats, se: Floats, basis: Floats | None = None
) -> HypothesisEvidence:
    """`compare_hypotheses` on scales instead of their logarithms."""
    return compare_hypotheses(np.log(scale), value, se, basis)


def _evaluate_batch(batch: list[Ladder]) -> list[LadderEvidence]:
    if batch[0].scale.size < MIN_RUNGS:
        return [LadderEvidence(ladder=ladder, posterior={}) for ladder in batch]
    unit = np.array([ladder.unit for ladder in batch])[:, None]
    sign = np.array([ladder.sign for ladder in batch])[:, None]
    value = np.array([ladder.value for ladder in batch]) * sign / unit
    se = np.array([ladder.se for ladder in batch]) / unit
    evidence = evaluate_values(batch[0].scale, value, se)
    return [build_ladder_evidence(ladder, evidence, k) for k, ladder in enumerate(batch)]


def _evaluate_correlated(ladder: Ladder, item_covariance: Floats) -> LadderEvidence:
    if ladder.scale.size < MIN_RUNGS:
        return LadderEvidence(ladder=ladder, posterior={})
    seed_variance = np.maximum(ladder.se**2 - ladder.item_se**2, 0.0)
    variance, basis = np.linalg.eigh(item_covariance + np.diag(seed_variance))
    se = np.sqrt(np.maximum(variance, 0.0))[None] / ladder.unit
    value = ladder.value[None] * ladder.sign / ladder.unit
    return build_ladder_evidence(ladder, evaluate_values(ladder.scale, value, se, basis), 0)


def build_ladder_evidence(ladder: Ladder, evidence: HypothesisEvidence, k: int) -> LadderEvidence:
    """Evidence of the `k`-th ladder of a batch."""
    cumulative = evidence.location_posterior[k].cumsum()
    low, median, high = (int(np.searchsorted(cumulative, q)) for q in (0.05, 0.5, 0.95))
    high = min(high, cumulative.size - 1)
    return LadderEvidence(
        ladder=ladder,
        posterior={name: float(p[k]) for name, p in evidence.posterior.items()},
        # The rungs around a jump are its interval: nothing was measured between them.
        onset_low=float(ladder.scale[low + 1]) - ladder.offset,
        onset_high=float(ladder.scale[high + 2]) - ladder.offset,
        onset=float(np.exp(evidence.locations[median])) - ladder.offset,
        evidence_z=float(evidence.evidence_z[k]),
        jump_height=float(evidence.jump_height[k]),
        trend_z=float(evidence.trend_z[k]),
        trend_sd=float(evidence.trend_sd[k]),
    )
