"""Forecasts of values at larger scales, with intervals.

A forecast is the level of the ladder plus a change that is linear in the features, or a simple rule
where that did better on the family's earlier rungs. The coefficients
are fitted to pseudo-forecasts: the ladders of the table, cut at earlier rungs. Families published
before give a prior. The interval comes from the errors of the pseudo-forecasts. No row above the
last rung of a ladder is used, of any ability, seed or family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...formatting import format_percent, format_scale
from ...records import Forecast, Table, fingerprint
from ..ladder.ladder import Ladder, build_ladders
from ..stats.gaussian_process import DEFAULT_ITEM_SE
from .features import MIN_FORECAST_RUNGS, LadderSummary, RelatedLadders, feature_vector, summarize
from .hazard import hazard_rates, probability_within
from .intervals import (
    SINGLE_SEED_INFLATION,
    ConformalWidth,
    cross_val_predict,
    fit_conformal_width,
)
from .logistic_shrinkage import extrapolate, shrinkage_weight
from .pseudo_forecasts import PseudoForecasts, collect_pseudo_forecasts
from .regression import fit_coefficients, priors_before
from .simple_rules import RULES, RuleChoice, choose_rule
from .target import Target, TargetSpec, parse_targets
from .transform import BOUNDED

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.9
METHOD_NAME = "level and pooled change"


@dataclass(frozen=True, kw_only=True)
class _ForecastModel:
    coefficients: Floats
    interval_width: ConformalWidth
    predicted: Floats
    """Changes of the pseudo-forecasts, out of fold."""

    rule: RuleChoice | None
    """The simple rule that forecasts the family instead of the coefficients."""

    n_pseudo_forecasts: int
    n_families: int


def forecast(
    table: Table,
    targets: TargetSpec | Sequence[TargetSpec],
    axis: str = "params",
    metrics: list[str] | None = None,
) -> list[Forecast]:
    """Forecast each ladder of the table at each target, in that order.

    Parameters
    ----------
    table : measurements, ours or from other tools (`upwell.results`)
    targets : scales on the axis, or sizes of models such as {"params": 7e9, "tokens": 4e12}.
        Missing tokens follow the trend of the ladder.
    axis : numeric column of the table to forecast along
    metrics : names of the metrics to forecast; None for all

    Returns
    -------
    Forecasts. A ladder with fewer than three rungs, or with a rung beyond the target, gives one
    without a value. Raises SpecError for a target that is not on the axis, DataError for an axis
    that is no numeric column.
    """
    parsed_targets = parse_targets(targets, axis)
    ladders = build_ladders(table, axis, metrics)
    return predict([(ladder, parsed_targets) for ladder in ladders])


def predict(requests: list[tuple[Ladder, list[Target]]]) -> list[Forecast]:
    """A forecast for each ladder and each of its targets, in order."""
    summaries = summarize([ladder for ladder, _ in requests])
    related_ladders = RelatedLadders(summaries)
    models = _fit_models(summaries, related_ladders)
    by_ladder = {id(summary.ladder): summary for summary in summaries}
    hazards = hazard_rates([ladder for ladder, _ in requests])
    return [
        _widen_for_hazard(
            _forecast_target(ladder, by_ladder.get(id(ladder)), target, models, related_ladders),
            ladder,
            probability_within(
                hazards.get(id(ladder), 0.0), target.scale / float(ladder.scale[-1])
            ),
        )
        for ladder, targets in requests
        for target in targets
    ]


def _widen_for_hazard(result: Forecast, ladder: Ladder, jump_probability: float) -> Forecast:
    """Extend the interval to the ceiling if a jump is more probable than its upper tail.

    The value is then marked as not forecastable.
    """
    if result.value is None or jump_probability <= (1 - CONFIDENCE) / 2:
        return result
    ceiling = ladder.metric.high if ladder.ceiling is None else ladder.ceiling
    return replace(
        result,
        interval_high=result.interval_high if ceiling is None else float(ceiling),
        forecastable=False,
        explanation=(
            f"at chance and rising: a jump before this scale has a probability of "
            f"{jump_probability:.0%}, by other abilities in this state; {result.explanation}"
        ),
    )


def _fit_models(
    summaries: list[LadderSummary], related_ladders: RelatedLadders
) -> dict[tuple[str, str | None], _ForecastModel]:
    """Fit a model for each pair of transform kind and family."""
    pseudo_forecasts = {
        kind: collect_pseudo_forecasts(summaries, kind, related_ladders)
        for kind in {summary.transform.kind for summary in summaries}
    }
    pairs = {(summary.transform.kind, summary.ladder.family) for summary in summaries}
    cache: dict[tuple[str, tuple[str, ...]], _ForecastModel] = {}
    return {
        pair: _fit_model(pseudo_forecasts[pair[0]], *pair, cache) for pair in sorted(pairs, key=str)
    }


def _fit_model(
    pseudo_forecasts: PseudoForecasts,
    kind: str,
    family: str | None,
    cache: dict[tuple[str, tuple[str, ...]], _ForecastModel],
) -> _ForecastModel:
    priors = priors_before(family, kind)
    cache_key = (kind, tuple(prior.name for prior in priors))
    if cache_key not in cache:
        predicted = cross_val_predict(pseudo_forecasts, priors)
        cache[cache_key] = _ForecastModel(
            coefficients=fit_coefficients(pseudo_forecasts, priors),
            interval_width=fit_conformal_width(pseudo_forecasts, predicted, priors),
            predicted=predicted,
            rule=None,
            n_pseudo_forecasts=len(pseudo_forecasts),
            n_families=len(priors),
        )
    model = cache[cache_key]
    own = pseudo_forecasts.family == (family or "")
    rows = pseudo_forecasts.where(own)
    rule = choose_rule(
        np.abs(rows.change - model.predicted[own]),
        np.abs(rows.change[:, None] - rows.rule_change),
        rows.ladder,
        rows.rungs,
    )
    if rule is None:
        return model
    width = fit_conformal_width(rows, rows.rule_change[:, rule.index], priors)
    return replace(model, rule=rule, interval_width=width)


def _forecast_target(
    ladder: Ladder,
    summary: LadderSummary | None,
    target: Target,
    models: dict[tuple[str, str | None], _ForecastModel],
    related_ladders: RelatedLadders,
) -> Forecast:
    rungs = ladder.scale.size
    if summary is None:
        return no_forecast(
            ladder, target, f"{rungs} rungs have a value; {MIN_FORECAST_RUNGS} are needed"
        )
    distance = target.effective_scale(ladder) - float(ladder.effective_scale[-1])
    if distance <= 0:
        top = format_scale(float(ladder.scale[-1]) - ladder.offset, ladder.axis)
        return no_forecast(ladder, target, f"the ladder already reaches {top}")
    model = models[summary.transform.kind, ladder.family]
    level = float(summary.summary_at(rungs)[0])
    if model.rule is None:
        features = feature_vector(summary, rungs, distance, related_ladders)
        change = float(features @ model.coefficients)
    else:
        rule = RULES[model.rule.name]
        change = rule(np.log(ladder.scale), summary.value, float(np.log(target.scale))) - level
    # A center beyond the bounds of the metric would leave an empty interval at the bound.
    center = summary.transform.clip(level + change)
    if model.rule is None:
        center = _shrink_to_logistic(summary, target, center)
    widths = model.interval_width.half_widths(
        float(summary.item_se[-1]), summary.seed_se, distance, change
    )
    # A rule was tried on this family alone, so its errors have the noise of this family's models.
    is_unmeasured = model.rule is None and ladder.seeds.max() == 1
    below, above = np.array(widths) * (SINGLE_SEED_INFLATION if is_unmeasured else 1.0)
    bottom = max(center - below, min(center, _lowest_plausible(summary)))
    value, low, high = summary.transform.inverse(np.array([center, bottom, center + above]))
    item_se = ladder.item_se[~np.isnan(ladder.item_se)]
    return Forecast(
        ability=ladder.ability,
        metric=ladder.metric.name,
        axis=ladder.axis,
        target=target.scale,
        value=float(value),
        interval_low=float(min(low, high)),
        interval_high=float(max(low, high)),
        confidence=CONFIDENCE,
        method=METHOD_NAME if model.rule is None else model.rule.name,
        family=ladder.family,
        model=target.model,
        shots=ladder.shots,
        data_fingerprint=fingerprint(
            {"scale": ladder.scale.tolist(), "value": ladder.value.tolist()}
        ),
        noise_floor=float(item_se[-1]) if item_se.size else None,
        explanation=f"from {rungs} rungs; {_describe_model(model)}",
    )


def _describe_model(model: _ForecastModel) -> str:
    """What a forecast was fitted to, or why a simple rule takes its place."""
    rule = model.rule
    if rule is None:
        return (
            f"fitted to {model.n_pseudo_forecasts} forecasts of earlier rungs "
            f"and to {model.n_families} families published before"
        )
    ratio = format_percent(rule.error / rule.pooled_error) if rule.pooled_error else "0 %"
    return (
        f"by the rule {rule.name!r}: on {rule.n_pseudo_forecasts} forecasts of this family's "
        f"earlier rungs its mean error was {ratio} of that of the fitted forecast"
    )


def _lowest_plausible(summary: LadderSummary) -> float:
    """Lower end of the interval of an unbounded metric, transformed: chance level or worst rung.

    Without it the interval of a loss would reach far beyond that of guessing.
    """
    if summary.transform.kind == BOUNDED or summary.ladder.chance is None:
        return -np.inf
    chance = float(summary.transform.transform(np.array([summary.ladder.chance]))[0])
    se = np.where(np.isnan(summary.se), DEFAULT_ITEM_SE, summary.se)
    return min(chance, float((summary.value - 2 * se).min()))


def _shrink_to_logistic(summary: LadderSummary, target: Target, center: float) -> float:
    """Average of the pooled forecast and a logistic, weighted by item noise."""
    if summary.transform.kind != BOUNDED:
        return center
    weight = shrinkage_weight(float(summary.item_se[-1]))
    decades = float(np.log10(target.scale / summary.ladder.scale[-1]))
    return (1 - weight) * center + weight * extrapolate(
        summary.logistic_params, summary.chance, decades
    )


def no_forecast(ladder: Ladder, target: Target, explanation: str) -> Forecast:
    """A forecast without a value."""
    return Forecast(
        ability=ladder.ability,
        metric=ladder.metric.name,
        axis=ladder.axis,
        target=target.scale,
        value=None,
        interval_low=None,
        interval_high=None,
        family=ladder.family,
        model=target.model,
        shots=ladder.shots,
        forecastable=False,
        explanation=explanation,
    )
