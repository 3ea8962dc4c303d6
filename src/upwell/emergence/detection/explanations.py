"""The kind of every verdict, and the sentence that explains it.

A jump is emergent if the continuous metric jumps too. If only the sharp metric jumps and the
continuous one is smooth, the jump is metric-made (Schaeffer et al. 2023, arXiv 2304.15004). Where
seeds differ in kind and their mean does not jump, no kind fits: the verdict is undecided, and says
how many of the seeds jump.
"""

from __future__ import annotations

import numpy as np

from ...formatting import format_range, pluralize
from ..ladder.ladder import Ladder
from .evidence import MIN_JUMP_HEIGHT, MIN_JUMP_PROBABILITY, MIN_RUNGS, LadderEvidence
from .seed_kinds import SeedJumps, SeedKinds

FDR_LEVEL = 0.2
"""Maximum expected fraction of false jumps in one call, by the posterior probabilities. These are
cautious: in simulations one jump in fifty is false (benchmarks/emergence)."""

MIN_KIND_PROBABILITY = 0.5
"""Minimum probability of a kind; below it the ability is undecided."""

MAX_NOISE_OF_FLAT = 0.15
"""Maximum standard error of the trend of a flat ability, in units of the metric."""

MAX_Z_AT_CHANCE = 2.576
"""Standard errors above chance that a model without the ability exceeds once in two hundred."""

HYPOTHESIS_NAMES = {
    "flat": "a constant",
    "smooth": "a smooth rise",
    "jump": "a jump",
    "u_shape": "a fall and a rise",
    "fall": "a fall",
}


def classify(
    j: LadderEvidence,
    partner: LadderEvidence | None,
    seeds: SeedKinds | None,
    partner_seeds: SeedKinds | None,
) -> tuple[str, str]:
    """(kind, explanation) from the evidence, that of the continuous metric, and the seeds."""
    posterior = j.posterior
    if not posterior:
        return "undecided", _too_few_rungs_reason(j.ladder)
    if j.is_jump:
        kind, explanation = _jump_verdict(j, _jump_clause(j), partner, partner_seeds)
        return kind, explanation + _count_clause(seeds)
    if seeds is not None and seeds.all_jump_up:
        clause = f"{_seeds_clause(j, seeds.up, seeds.seeds)}, each at another scale"
        return _jump_verdict(j, clause, partner, partner_seeds)
    if seeds is not None and seeds.all_jump_down and not seeds.mean_falls_sharply:
        return (
            "inverse",
            f"{_seeds_clause(j, seeds.down, seeds.seeds, ' down')}, each at another scale",
        )
    if (reason := _mixed_seeds_reason(j, seeds)) is not None:
        return "undecided", reason
    best = max(posterior, key=lambda name: posterior[name])
    if best == "jump":
        return "undecided", _rejected_jump_reason(j)
    if posterior[best] < MIN_KIND_PROBABILITY:
        return "undecided", _ambiguous_reason(j)
    return _no_jump_verdict(j, best)


def _jump_clause(j: LadderEvidence) -> str:
    assert j.onset_low is not None and j.onset_high is not None
    location = format_range(j.onset_low, j.onset_high, j.ladder.axis)
    return f"{_title(j)} jumps by {_jump_size(j)} {location}"


def _jump_verdict(
    j: LadderEvidence,
    jumps: str,
    partner: LadderEvidence | None,
    partner_seeds: SeedKinds | None,
) -> tuple[str, str]:
    """The verdict on a jump that `jumps` describes."""
    ladder = j.ladder
    if ladder.metric.continuous:
        return "emergent", f"{jumps}, and it is a continuous metric"
    if partner is None:
        return "emergent", (
            f"{jumps}; only a sharp metric was measured, so a jump of the ability "
            "and one made by the metric cannot be told apart"
        )
    if partner.is_jump or (partner_seeds is not None and partner_seeds.all_jump_up):
        return "emergent", f"{jumps}, and {_title(partner)}, a continuous metric, jumps too"
    if (reason := _mixed_seeds_reason(partner, partner_seeds)) is not None:
        return "undecided", f"{jumps}, but {reason}"
    probability = partner.posterior["jump"]
    if probability < 1 - MIN_KIND_PROBABILITY:
        return (
            "metric-made",
            f"{jumps}, while {_title(partner)}, a continuous metric, changes smoothly",
        )
    return "undecided", (
        f"{jumps} over {_sample_size(ladder)}, but whether {_title(partner)}, a continuous metric, "
        f"jumps too is not clear ({probability:.0%})"
    )


def _count_clause(seeds: SeedKinds | None) -> str:
    """How many seeds jump, where they are known one by one."""
    if seeds is None or not seeds.up.count:
        return ""
    return f"; {_count_jumps(seeds.up, seeds.seeds)}"


def _count_jumps(jumps: SeedJumps, seeds: int) -> str:
    """`2 of 3 seeds jump`."""
    return f"{jumps.count} of {pluralize(seeds, 'seed')} {'jumps' if jumps.count == 1 else 'jump'}"


def _mixed_seeds_reason(j: LadderEvidence, seeds: SeedKinds | None) -> str | None:
    """Why the mean of the seeds describes none of them; None where it does."""
    if seeds is None:
        return None
    # A mean that falls sharply is described by its fall, as one that jumps is by its jump.
    for jumps, direction in ((seeds.up, ""), (seeds.down, " down")):
        if direction and seeds.mean_falls_sharply:
            continue
        if jumps.count and jumps.differ:
            clause = _seeds_clause(j, jumps, seeds.seeds, direction)
            return f"{clause}, and the others do not, so their mean describes neither"
    return None


def _seeds_clause(j: LadderEvidence, jumps: SeedJumps, seeds: int, direction: str = "") -> str:
    """Which seeds jump, by how much and where."""
    assert jumps.onset_low is not None and jumps.onset_high is not None
    location = format_range(jumps.onset_low, jumps.onset_high, j.ladder.axis)
    return f"{_title(j)}: {_count_jumps(jumps, seeds)}{direction} by {jumps.height:.2g} {location}"


def _no_jump_verdict(j: LadderEvidence, best: str) -> tuple[str, str]:
    title = _title(j)
    change = f"{abs(j.trend_z):.1f} times its noise"
    if best == "smooth":
        return "smooth", f"{title} improves steadily with scale ({change}), without a jump"
    if best == "fall":
        return "inverse", f"{title} gets worse with scale ({change})"
    if best == "u_shape":
        probability = j.posterior["u_shape"]
        return "u-shaped", f"{title} gets worse and then better with scale ({probability:.0%})"
    if j.trend_sd > MAX_NOISE_OF_FLAT:
        return "undecided", (
            f"{title} shows no change ({change}) over {_sample_size(j.ladder)}, but its noise of "
            f"{j.trend_sd * j.ladder.unit:.2g} is too large to exclude one"
        )
    if _is_at_chance(j.ladder):
        chance = f"{j.ladder.chance:.2g}"
        return "flat", f"{title} is not above chance ({chance}) at any scale ({change})"
    return "flat", f"{title} does not change with scale beyond its noise ({change})"


def _is_at_chance(ladder: Ladder) -> bool:
    """Whether no rung is better than chance beyond its noise; False where either is unknown."""
    if ladder.chance is None or np.isnan(ladder.se).any():
        return False
    above = ladder.sign * (ladder.value - ladder.chance)
    return bool((above <= MAX_Z_AT_CHANCE * ladder.se).all())


def _too_few_rungs_reason(ladder: Ladder) -> str:
    missing = f"; {pluralize(ladder.missing, 'value')} missing" if ladder.missing else ""
    return f"values on only {_sample_size(ladder)}{missing}; at least {MIN_RUNGS} rungs are needed"


def _rejected_jump_reason(j: LadderEvidence) -> str:
    """Why the most probable hypothesis, a jump, is not accepted."""
    probability = j.posterior["jump"]
    if probability < MIN_JUMP_PROBABILITY:
        return f"{_ambiguous_reason(j)}; a jump is called from {MIN_JUMP_PROBABILITY:.0%}"
    jump = f"a jump of {_jump_size(j)} over {_sample_size(j.ladder)} ({probability:.0%})"
    if j.trend_z <= 0:
        return f"{_title(j)} has {jump} within a fall: it ends no higher than it began"
    if j.jump_height < MIN_JUMP_HEIGHT:
        min_height = MIN_JUMP_HEIGHT * j.ladder.unit
        return f"{_title(j)} may have {jump}, but a jump has at least {min_height:.2g}"
    return (
        f"{_title(j)} may have {jump}, but so may too many other abilities; with all of them "
        f"more than {FDR_LEVEL:.0%} of the jumps would be false"
    )


def _ambiguous_reason(j: LadderEvidence) -> str:
    first, second = sorted(j.posterior, key=lambda name: -j.posterior[name])[:2]
    names = HYPOTHESIS_NAMES | {"jump": f"a jump of {_jump_size(j)}"}
    return (
        f"{_title(j)} over {_sample_size(j.ladder)} fits {names[first]} ({j.posterior[first]:.0%}) "
        f"and {names[second]} ({j.posterior[second]:.0%}); more items, seeds or rungs would decide"
    )


def _title(j: LadderEvidence) -> str:
    return j.ladder.metric.title.lower()


def _jump_size(j: LadderEvidence) -> str:
    """Height of the jump in the unit of the values."""
    return f"{j.jump_height * j.ladder.unit:.2g}"


def _sample_size(ladder: Ladder) -> str:
    """What a verdict rests on, e.g. "9 rungs with at least 200 items"."""
    rungs = pluralize(ladder.scale.size, "rung")
    return rungs if ladder.items is None else f"{rungs} with at least {ladder.items} items"
