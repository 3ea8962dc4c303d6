"""Verdicts: how each ability changes with scale.

The expected fraction of false jumps among all jumps of a call stays below `FDR_LEVEL`, and each
jump has at least the probability `MIN_JUMP_PROBABILITY`. An undecided verdict explains what is
missing. How kinds follow from the evidence is in `explanations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...formatting import format_scale
from ...records import Fit, Table, Verdict
from ..curves.fit import N_BOOTSTRAP, fit_curves
from ..forecasting.hazard import jump_probabilities
from ..ladder.ladder import Ladder, build_ladders, select_rows
from ..stats.noise import smallest_jump
from ..stats.shared_items import LadderKey, difference_se, group_outcomes, rung_covariance
from .dips import Dip, find_dip
from .evidence import (
    LadderEvidence,
    batch_by_scale,
    evaluate_ladders,
    ladder_key,
)
from .explanations import FDR_LEVEL, classify
from .seed_kinds import SeedKinds, find_seed_kinds

if TYPE_CHECKING:
    import polars as pl

Floats = npt.NDArray[np.float64]

MAX_BOOTSTRAPPED_LADDERS = 3000
"""Number of ladders above which fits have no bootstrap intervals."""

MIN_ALARM_PROBABILITY = 0.1
"""Minimum probability of an alarm that the explanation mentions."""

MIN_P_VALUE = 1e-10
"""Smaller p-values are not distinguished; noise is not normal that far out."""

CONTINUOUS_METRICS = ("choice_probability", "log_probability", "brier", "bits_per_byte", "loss")
"""Preferred continuous metric of an ability that has several, first one first."""


def judge(
    table: Table,
    axis: str = "params",
    metrics: list[str] | None = None,
    *,
    with_fits: bool = True,
    outcomes: pl.DataFrame | None = None,
) -> list[Verdict]:
    """Judge every (family, ability, shots, metric) of a table whose metric is known.

    Parameters
    ----------
    table : measurements, ours or from other tools (`upwell.results`)
    axis : numeric column of the table to judge along
    metrics : names of the metrics to judge; None for all
    with_fits : whether to fit curves, which takes several times as long. Above 3,000 ladders they
        have no bootstrap intervals.
    outcomes : what every item was worth to every model (columns model, step, ability, shots,
        metric, item, value), from which item noise that rungs share is estimated. Without them
        rungs are taken as independent, which is cautious.

    Returns
    -------
    One verdict per ladder, sorted by family, ability, shots and metric. Raises DataError for an
    axis that is no numeric column.
    """
    ladders = build_ladders(table, axis, metrics)
    covariances = _rung_covariances(table, axis, metrics, ladders, outcomes)
    evidence = _apply_fdr(evaluate_ladders(ladders, covariances))
    fits = _fit_all(ladders) if with_fits else {}
    context = _Context(
        partners=_continuous_partners(evidence),
        seeds=find_seed_kinds(table, axis, metrics, evidence),
        covariances=covariances,
        alarms=jump_probabilities(ladders),
    )
    return [
        replace(_build_verdict(j, context), fits=fits.get(id(j.ladder), ()))
        for j in sorted(evidence, key=lambda j: _sort_key(j.ladder))
    ]


_AbilityKey = tuple[str | None, str, int]


@dataclass(frozen=True, kw_only=True)
class _Context:
    """What a verdict needs beside the evidence from its own ladder."""

    partners: Mapping[_AbilityKey, LadderEvidence]
    """Evidence from the preferred continuous metric of each ability."""

    seeds: Mapping[LadderKey, SeedKinds]
    covariances: Mapping[LadderKey, Floats]
    alarms: Mapping[int, Mapping[str, float]]
    """By the id of the ladder."""


def _rung_covariances(
    table: Table,
    axis: str,
    metrics: list[str] | None,
    ladders: list[Ladder],
    outcomes: pl.DataFrame | None,
) -> dict[LadderKey, Floats]:
    """Covariance of the rungs' item noise, of the ladders whose outcomes are known."""
    if outcomes is None or outcomes.is_empty() or not ladders:
        return {}
    groups = group_outcomes(select_rows(table, axis, metrics), outcomes, axis)
    out = {}
    for ladder in ladders:
        covariance = rung_covariance(
            groups.get(ladder_key(ladder)), ladder.scale - ladder.offset, ladder.value,
            ladder.item_se,
        )  # fmt: skip
        if covariance is not None:
            out[ladder_key(ladder)] = covariance
    return out


def _sort_key(ladder: Ladder) -> tuple[str, str, int, str]:
    return (ladder.family or "", ladder.ability, ladder.shots, ladder.metric.name)


def _ability_key(ladder: Ladder) -> _AbilityKey:
    return (ladder.family, ladder.ability, ladder.shots)


def _fit_all(ladders: list[Ladder]) -> dict[int, tuple[Fit, ...]]:
    out: dict[int, tuple[Fit, ...]] = {}
    n_bootstrap = N_BOOTSTRAP if len(ladders) <= MAX_BOOTSTRAPPED_LADDERS else 0
    for batch in batch_by_scale(ladders):
        if batch[0].scale.size >= 3:
            out.update(
                {id(k): f for k, f in zip(batch, fit_curves(batch, n_bootstrap), strict=True)}
            )
    return out


def _apply_fdr(evidence: list[LadderEvidence]) -> list[LadderEvidence]:
    """Mark the jumps: the most probable ones, up to the false discovery rate."""
    doubt = np.array([1.0 - j.posterior.get("jump", 0.0) for j in evidence])
    order = np.argsort(doubt, kind="stable")
    order = order[np.array([evidence[i].is_probable_jump for i in order], dtype=bool)]
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
            rival = best.get(_ability_key(j.ladder))
            if rival is None or _metric_rank(j) < _metric_rank(rival):
                best[_ability_key(j.ladder)] = j
    return best


def _metric_rank(j: LadderEvidence) -> int:
    name = j.ladder.metric.name
    return CONTINUOUS_METRICS.index(name) if name in CONTINUOUS_METRICS else len(CONTINUOUS_METRICS)


def _find_onset(
    j: LadderEvidence, seeds: SeedKinds | None
) -> tuple[float | None, float | None, float | None]:
    """(onset, low, high): of the mean, or of the seeds where only they jump."""
    low, high = (None, None) if seeds is None else (seeds.up.onset_low, seeds.up.onset_high)
    if j.is_jump or low is None or high is None:
        return j.onset, j.onset_low, j.onset_high
    return float(np.sqrt(low * high)), low, high


def _build_verdict(j: LadderEvidence, context: _Context) -> Verdict:
    ladder, key = j.ladder, ladder_key(j.ladder)
    partner = context.partners.get(_ability_key(ladder))
    partner_seeds = None if partner is None else context.seeds.get(ladder_key(partner.ladder))
    seeds, covariance = context.seeds.get(key), context.covariances.get(key)
    alarm = context.alarms.get(id(ladder), {})
    kind, explanation = classify(j, partner, seeds, partner_seeds)
    onset, onset_low, onset_high = _find_onset(j, seeds)
    has_onset = kind in ("emergent", "metric-made")
    dip = find_dip(ladder)
    return Verdict(
        ability=ladder.ability,
        metric=ladder.metric.name,
        axis=ladder.axis,
        kind=kind,
        explanation=explanation + _dip_clause(dip, ladder) + _alarm_clause(alarm),
        onset=onset if has_onset else None,
        onset_low=onset_low if has_onset else None,
        onset_high=onset_high if has_onset else None,
        evidence_z=j.evidence_z,
        probability=j.posterior.get("jump"),
        family=ladder.family,
        shots=ladder.shots,
        items=ladder.items,
        models=ladder.models,
        missing=ladder.missing,
        seeds=0 if seeds is None else seeds.seeds,
        seeds_jump_up=0 if seeds is None else seeds.up.count,
        seeds_jump_down=0 if seeds is None else seeds.down.count,
        smallest_jump=smallest_jump(
            ladder.se if covariance is None else _contrast_se(j, covariance)
        ),
        not_smooth_probability=1.0 - j.posterior["smooth"] if j.posterior else None,
        alarm=alarm,
        dip=None if dip is None else dip.scale - ladder.offset,
        dip_p_value=None if dip is None else dip.p_value,
    )


def _contrast_se(j: LadderEvidence, item_covariance: Floats) -> Floats:
    """Noise of a rung as it counts in the difference to its neighbor."""
    seed_variance = np.maximum(j.ladder.se**2 - j.ladder.item_se**2, 0.0)
    return difference_se(item_covariance + np.diag(seed_variance))


def _dip_clause(dip: Dip | None, ladder: Ladder) -> str:
    if dip is None:
        return ""
    location = format_scale(dip.scale - ladder.offset, ladder.axis)
    return f"; it dips by {dip.depth:.2g} at {location} ({_format_p_value(dip.p_value)})"


def _alarm_clause(alarm: Mapping[str, float]) -> str:
    if alarm.get("10", 0.0) < MIN_ALARM_PROBABILITY:
        return ""
    return f"; rising from chance, it may jump within a factor of 10 ({alarm['10']:.0%})"


def _format_p_value(p_value: float) -> str:
    return f"p = {p_value:.1g}" if p_value >= MIN_P_VALUE else f"p < {MIN_P_VALUE:.0e}"
