"""Verdicts: how each ability changes with scale.

A jump is emergent if the continuous metric jumps too. If only the sharp metric jumps and the
continuous one is smooth, the jump is metric-made (Schaeffer et al. 2023, arXiv 2304.15004). If no
continuous metric was measured, the explanation says so.

The expected fraction of false jumps among all jumps of a call stays below `FDR_LEVEL`, and each
jump has at least the probability `MIN_JUMP_PROBABILITY`. An undecided verdict explains what is
missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...formatting import format_range, format_scale, pluralize
from ...records import Fit, Table, Verdict
from ..curves.fit import N_BOOTSTRAP, fit_curves
from ..forecasting.hazard import jump_probabilities
from ..ladder.ladder import Ladder, build_ladders
from ..stats.noise import smallest_jump
from .bayes_factors import HypothesisEvidence, compare_hypotheses
from .dips import Dip, find_dip

Floats = npt.NDArray[np.float64]

FDR_LEVEL = 0.2
"""Maximum expected fraction of false jumps in one call, by the posterior probabilities. These are
cautious: in simulations one jump in fifty is false (benchmarks/emergence)."""

MIN_JUMP_PROBABILITY = 0.67
"""Minimum probability of each jump, two to one, so that an uncertain jump does not pass beside
certain ones. The power for a jump of 0.2 at 200 items is then 83 %; it is 90 % without the limit
and 77 % at three to one (benchmarks/emergence)."""

MIN_RUNGS = 5
"""Minimum number of rungs to tell a jump from a bend."""

MIN_KIND_PROBABILITY = 0.5
"""Minimum probability of a kind; below it the ability is undecided."""

MAX_BOOTSTRAPPED_LADDERS = 3000
"""Number of ladders above which fits have no bootstrap intervals."""

MAX_NOISE_OF_FLAT = 0.15
"""Maximum standard error of the trend of a flat ability, in units of the metric."""

MIN_ALARM_PROBABILITY = 0.1
"""Minimum probability of an alarm that the explanation mentions."""

MIN_P_VALUE = 1e-10
"""Smaller p-values are not distinguished; noise is not normal that far out."""

MIN_JUMP_HEIGHT = 0.08
"""Minimum height of a jump, in units of the metric."""

CONTINUOUS_METRICS = ("choice_probability", "log_probability", "brier", "bits_per_byte", "loss")
"""Preferred continuous metric of an ability that has several, first one first."""

HYPOTHESIS_NAMES = {
    "flat": "a constant",
    "smooth": "a smooth rise",
    "jump": "a jump",
    "u_shape": "a fall and a rise",
    "fall": "a fall",
}


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


def judge(
    table: Table,
    axis: str = "params",
    metrics: list[str] | None = None,
    *,
    with_fits: bool = True,
) -> list[Verdict]:
    """Judge every (family, ability, shots, metric) of a table whose metric is known.

    Parameters
    ----------
    table : measurements, ours or from other tools (`upwell.results`)
    axis : numeric column of the table to judge along
    metrics : names of the metrics to judge; None for all
    with_fits : whether to fit curves, which takes several times as long. Above 3,000 ladders they
        have no bootstrap intervals.

    Returns
    -------
    One verdict per ladder, sorted by family, ability, shots and metric. Raises DataError for an
    axis that is no numeric column.
    """
    ladders = build_ladders(table, axis, metrics)
    evidence = _apply_fdr([j for batch in _batch_by_scale(ladders) for j in _evaluate_batch(batch)])
    fits = _fit_all(ladders) if with_fits else {}
    partners = _continuous_partners(evidence)
    alarms = jump_probabilities(ladders)
    return [
        replace(
            _build_verdict(j, partners.get(_ladder_key(j.ladder)), alarms.get(id(j.ladder), {})),
            fits=fits.get(id(j.ladder), ()),
        )
        for j in sorted(evidence, key=lambda j: _sort_key(j.ladder))
    ]


def _sort_key(ladder: Ladder) -> tuple[str, str, int, str]:
    return (ladder.family or "", ladder.ability, ladder.shots, ladder.metric.name)


def _ladder_key(ladder: Ladder) -> tuple[str | None, str, int]:
    return (ladder.family, ladder.ability, ladder.shots)


def _batch_by_scale(ladders: list[Ladder]) -> list[list[Ladder]]:
    """Ladders that share their rungs, at most 500 per batch."""
    groups: dict[bytes, list[Ladder]] = defaultdict(list)
    for ladder in ladders:
        groups[ladder.scale.tobytes()].append(ladder)
    return [group[i : i + 500] for group in groups.values() for i in range(0, len(group), 500)]


def _fit_all(ladders: list[Ladder]) -> dict[int, tuple[Fit, ...]]:
    out: dict[int, tuple[Fit, ...]] = {}
    n_bootstrap = N_BOOTSTRAP if len(ladders) <= MAX_BOOTSTRAPPED_LADDERS else 0
    for batch in _batch_by_scale(ladders):
        if batch[0].scale.size >= 3:
            out.update(
                {id(k): f for k, f in zip(batch, fit_curves(batch, n_bootstrap), strict=True)}
            )
    return out


def _evaluate_batch(batch: list[Ladder]) -> list[LadderEvidence]:
    if batch[0].scale.size < MIN_RUNGS:
        return [LadderEvidence(ladder=ladder, posterior={}) for ladder in batch]
    unit = np.array([ladder.unit for ladder in batch])[:, None]
    sign = np.array([ladder.sign for ladder in batch])[:, None]
    value = np.array([ladder.value for ladder in batch]) * sign / unit
    se = np.array([ladder.se for ladder in batch]) / unit
    evidence = compare_hypotheses(np.log(batch[0].scale), value, se)
    return [_build_ladder_evidence(ladder, evidence, k) for k, ladder in enumerate(batch)]


def _build_ladder_evidence(ladder: Ladder, evidence: HypothesisEvidence, k: int) -> LadderEvidence:
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


def _apply_fdr(evidence: list[LadderEvidence]) -> list[LadderEvidence]:
    """Mark the jumps: the most probable ones, up to the false discovery rate."""
    doubt = np.array([1.0 - j.posterior.get("jump", 0.0) for j in evidence])
    # A jump within a falling ladder is no emerging ability.
    is_large = np.array(
        [j.jump_height >= MIN_JUMP_HEIGHT and j.trend_z > 0 for j in evidence], dtype=bool
    )
    order = np.argsort(doubt, kind="stable")
    order = order[is_large[order] & (doubt[order] <= 1 - MIN_JUMP_PROBABILITY)]
    false_fraction = doubt[order].cumsum() / np.arange(1, order.size + 1)
    accepted = set(order[false_fraction <= FDR_LEVEL].tolist())
    return [replace(j, is_jump=i in accepted) for i, j in enumerate(evidence)]


def _continuous_partners(
    evidence: list[LadderEvidence],
) -> dict[tuple[str | None, str, int], LadderEvidence]:
    """Evidence from the preferred continuous metric of each ability."""
    best: dict[tuple[str | None, str, int], LadderEvidence] = {}
    for j in evidence:
        if j.ladder.metric.continuous and j.posterior:
            rival = best.get(_ladder_key(j.ladder))
            if rival is None or _metric_rank(j) < _metric_rank(rival):
                best[_ladder_key(j.ladder)] = j
    return best


def _metric_rank(j: LadderEvidence) -> int:
    name = j.ladder.metric.name
    return CONTINUOUS_METRICS.index(name) if name in CONTINUOUS_METRICS else len(CONTINUOUS_METRICS)


def _build_verdict(
    j: LadderEvidence, partner: LadderEvidence | None, alarm: Mapping[str, float]
) -> Verdict:
    ladder = j.ladder
    kind, explanation = _classify(j, partner)
    has_onset = kind in ("emergent", "metric-made")
    dip = find_dip(ladder)
    return Verdict(
        ability=ladder.ability,
        metric=ladder.metric.name,
        axis=ladder.axis,
        kind=kind,
        explanation=explanation + _dip_clause(dip, ladder) + _alarm_clause(alarm),
        onset=j.onset if has_onset else None,
        onset_low=j.onset_low if has_onset else None,
        onset_high=j.onset_high if has_onset else None,
        evidence_z=j.evidence_z,
        probability=j.posterior.get("jump"),
        family=ladder.family,
        shots=ladder.shots,
        items=ladder.items,
        models=ladder.models,
        missing=ladder.missing,
        smallest_jump=smallest_jump(ladder.se),
        not_smooth_probability=1.0 - j.posterior["smooth"] if j.posterior else None,
        alarm=alarm,
        dip=None if dip is None else dip.scale - ladder.offset,
        dip_p_value=None if dip is None else dip.p_value,
    )


def _dip_clause(dip: Dip | None, ladder: Ladder) -> str:
    if dip is None:
        return ""
    location = format_scale(dip.scale - ladder.offset, ladder.axis)
    return f"; it dips by {dip.depth:.2g} at {location} ({_format_p_value(dip.p_value)})"


def _alarm_clause(alarm: Mapping[str, float]) -> str:
    if alarm.get("10", 0.0) < MIN_ALARM_PROBABILITY:
        return ""
    return f"; rising from chance, it may jump within a factor of 10 ({alarm['10']:.0%})"


def _classify(j: LadderEvidence, partner: LadderEvidence | None) -> tuple[str, str]:
    """(kind, explanation)."""
    posterior = j.posterior
    if not posterior:
        return "undecided", _too_few_rungs_reason(j.ladder)
    if j.is_jump:
        return _jump_verdict(j, partner)
    best = max(posterior, key=lambda name: posterior[name])
    if best == "jump":
        return "undecided", _rejected_jump_reason(j)
    if posterior[best] < MIN_KIND_PROBABILITY:
        return "undecided", _ambiguous_reason(j)
    return _no_jump_verdict(j, best)


def _jump_verdict(j: LadderEvidence, partner: LadderEvidence | None) -> tuple[str, str]:
    ladder = j.ladder
    assert j.onset_low is not None and j.onset_high is not None
    location = format_range(j.onset_low, j.onset_high, ladder.axis)
    jumps = f"{_title(j)} jumps by {_jump_size(j)} {location}"
    if ladder.metric.continuous:
        return "emergent", f"{jumps}, and it is a continuous metric"
    if partner is None:
        return "emergent", (
            f"{jumps}; only a sharp metric was measured, so a jump of the ability "
            "and one made by the metric cannot be told apart"
        )
    if partner.is_jump:
        return "emergent", f"{jumps}, and {_title(partner)}, a continuous metric, jumps too"
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
    return "flat", f"{title} does not change with scale beyond its noise ({change})"


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


def _format_p_value(p_value: float) -> str:
    return f"p = {p_value:.1g}" if p_value >= MIN_P_VALUE else f"p < {MIN_P_VALUE:.0e}"
