"""Test whether B is worse than A, with item noise, seed noise and multiple testing accounted for.

If both sides answered the same items, the test is paired over items: the exact McNemar test (1947)
for right and wrong answers. Otherwise the variances of both sides add up, which is conservative
(Miller 2024, arXiv 2411.00640). Seed variance is added where there are seeds.

B is worse if any measurement is worse after Holm's correction (1979), or if all abilities together
are; each of the two has half of the error rate. A comparison without a difference gives the
smallest loss that it could have detected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import binom, norm
from scipy.stats import t as student_t

from ...records import Table
from .pairing import MeasurementPair, Side, match_measurements

Floats = npt.NDArray[np.float64]

ALPHA = 0.05
"""Error rate of "worse" over the whole comparison."""

POWER = 0.8

OVERALL_NAME = "all abilities together"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Test of one measurement of B against A."""

    ability: str
    metric: str
    shots: int | None
    model: str | None
    """Name of the model if each side has several."""

    a: float | None
    b: float | None
    difference: float
    """B less A in units of the metric, signed such that positive is better."""

    stderr: float | None
    """Standard error of the difference from items and seeds; None if unknown."""

    p_value: float | None
    """Chance of a gain this small if B were not worse; None where the noise is unknown."""

    verdict: str
    """"worse", "better", "same" (no difference shown) or "unknown" (no noise known)."""

    detectable_loss: float | None
    """Smallest loss that these items and seeds detect with 80 % power."""

    items: int | None
    seeds: int
    """Number of seeds of the side with fewer."""

    explanation: str


@dataclass(frozen=True, kw_only=True)
class ComparisonResult:
    """Outcome of a comparison."""

    worse: bool
    overall: Comparison | None
    """Test of the mean over abilities; None with fewer than two abilities."""

    comparisons: tuple[Comparison, ...]
    unmatched: int
    """Number of measurements that only one side has."""

    tolerance: float


@dataclass(frozen=True)
class _TestResult:
    difference: float
    stderr: float | None
    dof: float
    p_value: float | None
    paired: bool


def compare(
    a: Table,
    b: Table,
    outcomes_a: pl.DataFrame | None = None,
    outcomes_b: pl.DataFrame | None = None,
    *,
    tolerance: float = 0.0,
    alpha: float = ALPHA,
) -> ComparisonResult:
    """Compare table B with table A.

    Parameters
    ----------
    a, b : tables of one model each, or of models with the same names or sizes
    outcomes_a, outcomes_b : values per item, with the columns model, step, ability, shots, metric,
        item and value; None if unknown
    tolerance : loss in units of the metric that does not count as worse
    alpha : error rate of the result "worse"

    Raises DataError if the two tables share no measurement.
    """
    measurements = match_measurements(a, b, outcomes_a, outcomes_b)
    results = [_test_pair(pair, tolerance) for pair in measurements.pairs]
    worse = _holm_reject([t.p_value for t in results], alpha / 2)
    better = _holm_reject(
        [None if t.p_value is None else 1 - t.p_value for t in results], alpha / 2
    )
    comparisons = [
        _build_comparison(pair, result, lost, won, alpha)
        for pair, result, lost, won in zip(measurements.pairs, results, worse, better, strict=True)
    ]
    overall = _compare_overall(measurements.pairs, results, tolerance, alpha / 2)
    is_overall_worse = overall is not None and overall.verdict == "worse"
    return ComparisonResult(
        worse=any(worse) or is_overall_worse,
        overall=overall,
        comparisons=tuple(comparisons),
        unmatched=measurements.unmatched,
        tolerance=tolerance,
    )


# One measurement.


def _test_pair(pair: MeasurementPair, tolerance: float) -> _TestResult:
    difference = pair.sign * float(pair.b.value.mean() - pair.a.value.mean()) + 0.0
    variances = [v for v in (_item_variance(pair), _pair_seed_variance(pair)) if v is not None]
    if not variances:
        return _TestResult(difference, None, np.inf, None, False)
    stderr = float(np.sqrt(sum(v for v, _ in variances)))
    dof = _degrees_of_freedom(variances)
    paired = pair.items is not None
    return _TestResult(
        difference, stderr, dof, _p_value(pair, difference, stderr, dof, tolerance), paired
    )


def _item_variance(pair: MeasurementPair) -> tuple[float, float] | None:
    """(variance of the difference, degrees of freedom) from items; None if unknown."""
    if pair.items is not None and len(pair.items) > 1:
        # One more lost and one more won item: few items without a loss are no certainty.
        smoothed = np.append(pair.items, (-1, 1)) if _is_binary(pair) else pair.items
        return float(smoothed.var(ddof=1)) / len(smoothed), len(smoothed) - 1
    if pair.a.item_se is None or pair.b.item_se is None:
        return None
    return pair.a.item_se**2 + pair.b.item_se**2, np.inf


def _pair_seed_variance(pair: MeasurementPair) -> tuple[float, float] | None:
    """(variance of the difference, degrees of freedom) from seeds; None with one seed."""
    return seed_variance(pair.a, pair.b, pair.a.value, pair.b.value)


def seed_variance(a: Side, b: Side, value_a: Floats, value_b: Floats) -> tuple[float, float] | None:
    """(variance, degrees of freedom) of the difference of means; paired for equal seeds."""
    if min(len(value_a), len(value_b)) < 2:
        return None
    if a.seeds == b.seeds and None not in a.seeds:
        return float((value_b - value_a).var(ddof=1)) / len(value_a), len(value_a) - 1
    parts = [(float(side.var(ddof=1)) / len(side), len(side) - 1.0) for side in (value_a, value_b)]
    return sum(v for v, _ in parts), _degrees_of_freedom(parts)


def _degrees_of_freedom(variances: Sequence[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of variances (Welch 1947, Satterthwaite 1946)."""
    total = sum(v for v, _ in variances)
    spread = sum(v**2 / dof for v, dof in variances)
    return total**2 / spread if spread > 0 else np.inf


def _p_value(
    pair: MeasurementPair, difference: float, stderr: float, dof: float, tolerance: float
) -> float:
    """One-sided p-value of the difference if B loses no more than the tolerance."""
    if pair.items is not None and _is_exact_test(pair) and tolerance == 0:
        lost, won = int((pair.items < 0).sum()), int((pair.items > 0).sum())
        # Lancaster's mid-p: without it few items are never significant.
        return float(binom.sf(lost, lost + won, 0.5) + 0.5 * binom.pmf(lost, lost + won, 0.5))
    return _lower_tail_probability(difference + tolerance, stderr, dof)


def _lower_tail_probability(difference: float, stderr: float, dof: float) -> float:
    """Probability of a difference this small or smaller if the true one is zero."""
    if stderr > 0:
        return float(student_t.cdf(difference / stderr, dof))
    return 0.5 if difference >= 0 else 0.0


def _is_exact_test(pair: MeasurementPair) -> bool:
    """Whether all items are right or wrong and there is one seed per side."""
    return min(len(pair.a.value), len(pair.b.value)) < 2 and _is_binary(pair)


def _is_binary(pair: MeasurementPair) -> bool:
    if pair.items is None or pair.metric.continuous:
        return False
    return bool(np.isin(pair.items, (-1, 0, 1)).all())


def _holm_reject(p_values: Sequence[float | None], alpha: float) -> list[bool]:
    """Which p-values Holm's procedure rejects at the family-wise error rate `alpha`."""
    rejected = [False] * len(p_values)
    known = sorted((p_value, i) for i, p_value in enumerate(p_values) if p_value is not None)
    for rank, (p_value, i) in enumerate(known):
        if p_value > alpha / (len(known) - rank):
            break
        rejected[i] = True
    return rejected


def _build_comparison(
    pair: MeasurementPair, result: _TestResult, lost: bool, won: bool, alpha: float
) -> Comparison:
    verdict = "worse" if lost else "better" if won else "same"
    seeds = min(len(pair.a.value), len(pair.b.value))
    items = [n for n in (pair.a.items, pair.b.items) if n is not None]
    return Comparison(
        ability=pair.ability,
        metric=pair.metric.name,
        shots=pair.shots,
        model=pair.rung,
        a=float(pair.a.value.mean()),
        b=float(pair.b.value.mean()),
        difference=result.difference,
        stderr=result.stderr,
        p_value=result.p_value,
        verdict="unknown" if result.p_value is None else verdict,
        detectable_loss=_detectable_loss(result.stderr, result.dof, alpha),
        items=min(items) if items else None,
        seeds=seeds,
        explanation=_explain(result, seeds),
    )


def _detectable_loss(stderr: float | None, dof: float, alpha: float) -> float | None:
    if stderr is None:
        return None
    return float(student_t.ppf(1 - alpha, dof) + norm.ppf(POWER)) * stderr


def _explain(result: _TestResult, seeds: int) -> str:
    if result.stderr is None:
        return "the noise is unknown: neither items nor seeds give it"
    items = "item by item" if result.paired else "noise of both sides added, items not matched"
    return f"{items}; {f'{seeds} seeds' if seeds > 1 else 'one seed, so seed noise is not counted'}"


# All abilities together.


def _compare_overall(
    pairs: Sequence[MeasurementPair], results: Sequence[_TestResult], tolerance: float, alpha: float
) -> Comparison | None:
    """Test of the mean difference over abilities, with one metric from 0 to 1 each."""
    selected = _select_one_metric_each(pairs, results)
    if len(selected) < 2:
        return None
    selected_pairs = [pairs[i] for i in selected]
    variances = [v for v in map(_item_variance, selected_pairs) if v is not None]
    parts = [(sum(v for v, _ in variances) / len(selected) ** 2, np.inf)]
    seeds = _shared_seed_variance(selected_pairs)
    parts += [seeds] if seeds is not None else []
    stderr, dof = float(np.sqrt(sum(v for v, _ in parts))), _degrees_of_freedom(parts)
    difference = float(np.mean([results[i].difference for i in selected]))
    p_value = _lower_tail_probability(difference + tolerance, stderr, dof)
    verdict = "worse" if p_value <= alpha else "better" if p_value >= 1 - alpha else "same"
    return Comparison(
        ability=OVERALL_NAME,
        metric="mean of metrics from 0 to 1",
        shots=None,
        model=None,
        a=None,
        b=None,
        difference=difference,
        stderr=stderr,
        p_value=p_value,
        verdict=verdict,
        detectable_loss=_detectable_loss(stderr, dof, alpha),
        items=None,
        seeds=min(min(len(p.a.value), len(p.b.value)) for p in selected_pairs),
        explanation=f"{len(selected)} abilities, one metric each{_describe_groups(pairs)}",
    )


def _describe_groups(pairs: Sequence[MeasurementPair]) -> str:
    groups = len({(pair.rung, pair.ability) for pair in pairs if pair.is_group})
    return f"; {groups} means over other abilities do not count again" if groups else ""


def _select_one_metric_each(
    pairs: Sequence[MeasurementPair], results: Sequence[_TestResult]
) -> list[int]:
    """Index of the least noisy metric of every ability, chosen without its difference."""
    best: dict[tuple[str | None, str, int | None], int] = {}
    for i, (pair, result) in enumerate(zip(pairs, results, strict=True)):
        if (pair.metric.low, pair.metric.high) != (0, 1) or result.stderr is None:
            continue
        # A group counts in its parts; it would count twice.
        if pair.is_group:
            continue
        key = (pair.rung, pair.ability, pair.shots)
        rival = results[best[key]].stderr if key in best else None
        if rival is None or result.stderr < rival:
            best[key] = i
    return sorted(best.values())


def _shared_seed_variance(selected_pairs: Sequence[MeasurementPair]) -> tuple[float, float] | None:
    """(variance, degrees of freedom) from seeds, which change all abilities at once."""
    first = selected_pairs[0]
    same = all((p.a.seeds, p.b.seeds) == (first.a.seeds, first.b.seeds) for p in selected_pairs)
    if not same:
        return None
    value_a = np.mean([p.sign * p.a.value for p in selected_pairs], axis=0)
    value_b = np.mean([p.sign * p.b.value for p in selected_pairs], axis=0)
    return seed_variance(first.a, first.b, value_a, value_b)
