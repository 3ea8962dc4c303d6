"""One ability on the page: its verdict, its uncertainty, and the curves it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from ...formatting import (
    UNKNOWN,
    format_axis_value,
    format_exact,
    format_exact_interval,
    format_interval,
    format_probability,
    format_value,
    pluralize,
)
from ...records import Forecast, Verdict
from ..html.markup import Markup, element, isolate, isolate_ltr, join
from ..html.tables import details, missing_cell, table
from ..plot.figure import Figure, slug
from ..plot.fits import build_fit_lines
from ..plot.panel import ForecastMark, Onset, panel
from ..plot.verdict_glyphs import badge, glyph, kind_class
from ..series.ladder_curves import LadderCurve, SeedValue
from ..titles import axis_title, curve_title
from . import examples
from .power_law import format_power_law
from .report_data import Card


def render(card: Card) -> Markup:
    """The card as HTML."""
    verdict = card.verdict
    return element(
        "article",
        element("header", element("h3", isolate_ltr(card.title)), badge(verdict.kind)),
        element("p", isolate(_sentence(verdict.explanation)), class_="explanation"),
        element("div", _facts(card), _render_curve_pair(card), class_="body"),
        None if card.example is None else examples.render(card.example, card.axis),
        details(f"All {pluralize(len(verdict.fits), 'fit')}", _fits_table(card))
        if verdict.fits
        else None,
        _render_other_curves(card),
        class_="card",
        id=card.anchor,
    )


def figures(card: Card) -> list[Figure]:
    """The figure of every curve of the card, the pair beside the facts first."""
    curve_pair = [curve for curve in card.curve_pair if curve is not None]
    return [build_figure(card, curve) for curve in [*curve_pair, *_other_curves(card)]]


def build_figure(card: Card, curve: LadderCurve) -> Figure:
    """One curve with the fits, the onset and the forecasts of its metric."""
    return build_curve_figure(
        curve,
        card.verdict_on(curve.metric.name),
        [one for one in card.forecasts if one.metric == curve.metric.name],
        name=slug("ability", card.number, card.title, curve.metric.name),
        caption=_caption(card, curve),
    )


def build_curve_figure(
    curve: LadderCurve,
    verdict: Verdict | None,
    forecasts: Sequence[Forecast],
    *,
    name: str,
    caption: Markup | str | None = None,
) -> Figure:
    """A curve with the fits and the onset of a verdict, and with forecasts of the same metric."""
    marks = [
        ForecastMark(
            target=forecast.target,
            value=forecast.value,
            interval_low=forecast.interval_low,
            interval_high=forecast.interval_high,
            actual=forecast.actual,
        )
        for forecast in forecasts
        if forecast.value is not None or forecast.actual is not None
    ]
    svg = panel(
        curve,
        fit_lines=() if verdict is None else build_fit_lines(verdict.fits, curve),
        onset=None
        if verdict is None or verdict.onset is None
        else Onset(scale=verdict.onset, low=verdict.onset_low, high=verdict.onset_high),
        forecasts=marks,
    )
    return Figure(name=name, svg=svg, data_table=_data_table(curve), caption=caption)


def _sentence(explanation: str) -> str:
    """The explanation as a sentence, with a capital letter and a full stop."""
    text = explanation.strip()
    text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in ".!?。！？" else f"{text}."


def _facts(card: Card) -> Markup:
    verdict = card.verdict
    onset = None if verdict.onset is None else format_axis_value(verdict.onset, verdict.axis)
    power_law, power_law_intervals = format_power_law(verdict) or (None, None)
    onset_interval = format_interval(verdict.onset_low, verdict.onset_high, verdict.axis)
    pairs: list[tuple[str, object, str | None]] = [
        ("Onset", onset or "none", onset_interval and f"interval {onset_interval}"),
        ("Power law", power_law, power_law_intervals),
        ("Probability of a jump", format_probability(verdict.probability), None),
        (
            "Evidence over smooth curves",
            format_value(verdict.evidence_z, 2),
            "in standard errors",
        ),
        (
            "Smallest detectable jump",
            format_value(verdict.smallest_jump, 2),
            None,
        ),
        (
            "Seeds that jump",
            f"{verdict.seeds_jump_up} of {verdict.seeds}" if verdict.seeds else None,
            f"{verdict.seeds_jump_down} down" if verdict.seeds_jump_down else None,
        ),
        ("Items, at least", _count_text(verdict.items), None),
        ("Few-shot examples", f"{verdict.shots:,}" if verdict.shots else None, None),
        (
            "Values",
            f"{verdict.models:,}",
            f"{verdict.missing:,} missing" if verdict.missing else "none missing",
        ),
    ]
    return element(
        "dl",
        [
            element(
                "div",
                element("dt", name),
                element("dd", value, element("small", note) if note else None),
            )
            for name, value, note in pairs
            if value is not None
        ],
        class_="facts",
    )


def _count_text(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


def _render_curve_pair(card: Card) -> Markup:
    sharp, continuous = card.curve_pair
    if sharp is None and continuous is None:
        return element("p", "The table holds no values of this ability.", class_="missing-value")
    sides = [_render_side(card, sharp, "sharp"), _render_side(card, continuous, "continuous")]
    return element("div", sides if sharp is not None else reversed(sides), class_="pair")


def _render_side(card: Card, curve: LadderCurve | None, metric_kind: str) -> Markup:
    if curve is None:
        return element(
            "p",
            f"No {metric_kind} metric of this ability was measured"
            + (
                ", so an artifact of the metric cannot be told from a real jump."
                if metric_kind == "continuous"
                else "."
            ),
            class_="not-measured",
        )
    return build_figure(card, curve).render()


def _caption(card: Card, curve: LadderCurve) -> Markup | None:
    """The verdict on this metric unless it is the main one, and the number of missing values."""
    verdict = card.verdict_on(curve.metric.name)
    note = None if verdict is card.verdict or verdict is None else _verdict_note(verdict)
    return join(note, _missing_note(curve)) or None


def _verdict_note(verdict: Verdict) -> Markup:
    kind = element("b", glyph(verdict.kind), isolate(verdict.kind), class_=kind_class(verdict.kind))
    return element("p", kind, " ", isolate(_sentence(verdict.explanation)))


def _missing_note(curve: LadderCurve) -> Markup | None:
    if not curve.num_missing:
        return None
    reasons = sorted({seed.reason or "no reason given" for seed in _missing_seeds(curve)})
    reason_text = "; ".join(reasons[:3]) + ("; and others" if len(reasons) > 3 else "")
    return element(
        "p",
        f"{curve.num_missing} of {pluralize(curve.num_rows, 'value')} missing (×): ",
        isolate(reason_text),
    )


def _missing_seeds(curve: LadderCurve) -> list[SeedValue]:
    return [seed for rung in curve.rungs for seed in rung.seeds if seed.value is None]


def _data_table(curve: LadderCurve) -> Markup:
    head = [axis_title(curve.axis), "mean", "90 % interval", "items", "values by seed"]
    return table(
        head,
        [
            (
                format_axis_value(rung.scale, curve.axis),
                missing_cell("no seed has a value")
                if rung.mean is None
                else format_exact(rung.mean),
                format_exact_interval(rung.low, rung.high),
                _min_items(rung.seeds),
                join([_seed_cell(seed, i) for i, seed in enumerate(rung.seeds)]),
            )
            for rung in curve.rungs
        ],
    )


def _min_items(seeds: tuple[SeedValue, ...]) -> str:
    known = [seed.items for seed in seeds if seed.items]
    return f"{min(known):,}" if known else UNKNOWN


def _seed_cell(seed: SeedValue, index: int) -> Markup:
    name = "" if seed.seed is None else f"{seed.seed}: "
    value = missing_cell(seed.reason) if seed.value is None else format_exact(seed.value)
    return join(" · " if index else None, name, value)


def _fits_table(card: Card) -> Markup:
    head = ["curve", "parameters with 90 % intervals", "loss", "leave-one-out error", "points"]
    return table(
        head,
        [
            (
                curve_title(fit.curve),
                ", ".join(
                    _parameter_text(name, value, fit.interval.get(name))
                    for name, value in fit.params.items()
                )
                or "none",
                format_value(fit.loss),
                format_value(fit.loo_mse),
                f"{fit.n_points:,}",
            )
            for fit in sorted(card.verdict.fits, key=lambda fit: (fit.loo_mse is None, fit.loo_mse))
        ],
        num_text_columns=2,
    )


def _parameter_text(name: str, value: float, interval: tuple[float, float] | None) -> str:
    text = f"{name} {format_value(value)}"
    return text if interval is None else f"{text} ({format_interval(*interval)})"


def _other_curves(card: Card) -> list[LadderCurve]:
    return [other_curve for other_curve in card.curves if other_curve not in card.curve_pair]


def _render_other_curves(card: Card) -> Markup | None:
    other_curves = _other_curves(card)
    if not other_curves:
        return None
    figures = element(
        "div", [build_figure(card, curve).render() for curve in other_curves], class_="panels"
    )
    summary = ", ".join(_metric_summary(card, curve) for curve in other_curves)
    return details(
        f"{pluralize(len(other_curves), 'other metric')} of the same answers: {summary}",
        figures,
    )


def _metric_summary(card: Card, curve: LadderCurve) -> str:
    verdict = card.verdict_on(curve.metric.name)
    title = curve.metric.title.lower()
    return title if verdict is None else f"{title} {verdict.kind}"
