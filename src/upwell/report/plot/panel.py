"""One metric of one ability against scale, with everything that the card claims.

- Seeds are open rings; their mean is a dot with its 90 % interval.
- The best fit is a solid line, the best alternative a dashed one.
- The onset is an orange line on a band, its interval.
- A forecast is a purple bar; a diamond is the actual value.
- Chance and ceiling are dotted lines.

Text has strips of its own (title, onset, names at the right), so that it covers no point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...formatting import format_axis_value, format_interval, format_value
from ..html.markup import Markup, element, join
from ..series.ladder_curves import LadderCurve, Rung
from ..titles import axis_title, metric_title
from .axes import Axes, Axis, scale_axis, value_axis
from .svg import (
    Point,
    band,
    canvas,
    cross,
    diamond,
    dot,
    line,
    path,
    spread_labels,
    text,
    text_width,
    truncate,
)

LEFT, RIGHT = 40.0, 322.0
TOP, BOTTOM = 62.0, 238.0
HEIGHT = 276.0
ONSET_BASELINE = 54.0


@dataclass(frozen=True, kw_only=True)
class FitLine:
    """A fitted curve, ready to draw."""

    name: str
    points: tuple[Point, ...]
    is_alternative: bool = False
    """True for the best fit of the other type, smooth or sudden."""


@dataclass(frozen=True, kw_only=True)
class Onset:
    """The scale at which the ability emerges, with its interval."""

    scale: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class ForecastMark:
    """A forecast on this metric: the interval and, when it is known, the actual value."""

    target: float
    value: float | None
    interval_low: float | None
    interval_high: float | None
    actual: float | None = None


def panel(
    curve: LadderCurve,
    *,
    fit_lines: Sequence[FitLine] = (),
    onset: Onset | None = None,
    forecasts: Sequence[ForecastMark] = (),
) -> Markup:
    """The figure of a curve; without any value, a sentence instead of axes."""
    title = f"{curve.ability}: {metric_title(curve.metric)} against {axis_title(curve.axis)}"
    if not curve.rungs and not forecasts:
        return canvas(title, 96, _heading(curve), text(0, 70, "no measured value", "note"))
    x = scale_axis(curve.axis, _all_scales(curve, onset, forecasts), LEFT, RIGHT)
    y = _value_axis(curve, forecasts)
    return canvas(
        title,
        HEIGHT,
        _heading(curve),
        Axes(x=x, y=y).draw(axis_title(curve.axis), y_gap=22, tick_marks=True),
        _draw_onset(onset, x, curve.axis),
        _draw_levels(curve, y),
        [_draw_fit_line(fit_line, x, y) for fit_line in fit_lines],
        [_draw_forecast(one, x, y, curve.axis) for one in forecasts],
        [_draw_rung(rung, x, y, _min_rung_gap(curve, x)) for rung in curve.rungs],
        _draw_names(curve, fit_lines, forecasts, x, y),
    )


def _heading(curve: LadderCurve) -> Markup:
    kind = (
        "continuous: shows small changes"
        if curve.metric.continuous
        else "sharp: counts correct answers"
    )
    better = "" if curve.metric.higher_is_better else ", lower is better"
    return join(
        text(0, 14, truncate(metric_title(curve.metric), 390, 14), "title"),
        text(0, 30, f"{kind}{better}", "note"),
    )


def _all_scales(
    curve: LadderCurve, onset: Onset | None, forecasts: Sequence[ForecastMark]
) -> list[float]:
    scales = [rung.scale for rung in curve.rungs] + [forecast.target for forecast in forecasts]
    if onset is not None:
        # An interval that reaches beyond the ladder is cut at the frame; it does not move the axis.
        scales.append(onset.scale)
    return scales


def _value_axis(curve: LadderCurve, forecasts: Sequence[ForecastMark]) -> Axis:
    seed_values = [
        seed.value for rung in curve.rungs for seed in rung.seeds if seed.value is not None
    ]
    ends = [end for rung in curve.rungs for end in (rung.mean, rung.low, rung.high)]
    forecast_values = [end for one in forecasts for end in (one.value, one.actual)]
    values = seed_values + [
        end for end in [*ends, *forecast_values, curve.chance] if end is not None
    ]
    values += _clip_interval_ends(
        values, [end for one in forecasts for end in (one.interval_low, one.interval_high)]
    )
    return value_axis(
        values or [0.0, 1.0], BOTTOM, TOP, low=curve.metric.low, high=curve.metric.high
    )


def _clip_interval_ends(values: Sequence[float], ends: Sequence[float | None]) -> list[float]:
    """Ends of intervals, cut where measured values would get less than half of the axis."""
    known = [end for end in ends if end is not None]
    if not values:
        return known
    low, high = min(values), max(values)
    room = (high - low) / 2 or math.inf
    return [min(max(end, low - room), high + room) for end in known]


def _draw_onset(onset: Onset | None, x: Axis, axis: str) -> Markup | None:
    if onset is None:
        return None
    px = _clamp_x(x.to_px(onset.scale))
    ends = [onset.scale if end is None else end for end in (onset.low, onset.high)]
    left, right = sorted(_clamp_x(x.to_px(end)) for end in ends)
    label = f"onset {format_axis_value(onset.scale, axis)}"
    half_width = text_width(label) / 2
    return join(
        element("rect", x=left, y=TOP, width=right - left, height=BOTTOM - TOP, class_="onset-band")
        if right > left
        else None,
        line(px, TOP - 4, px, BOTTOM, "onset"),
        text(
            min(max(px, LEFT + half_width), RIGHT - half_width),
            ONSET_BASELINE,
            label,
            "onset",
            "middle",
        ),
    )


def _draw_levels(curve: LadderCurve, y: Axis) -> Markup:
    levels = [level for level in (curve.chance, curve.ceiling) if level is not None]
    return join(
        [
            line(LEFT, y.to_px(level), RIGHT, y.to_px(level), "level")
            for level in levels
            if y.contains(level)
        ]
    )


def _draw_rung(rung: Rung, x: Axis, y: Axis, gap: float) -> Markup:
    px = x.to_px(rung.scale)
    scale_text = format_axis_value(rung.scale, x.name)
    missing = [seed for seed in rung.seeds if seed.value is None]
    measured = [(seed.seed, seed.value) for seed in rung.seeds if seed.value is not None]
    marks = [
        dot(px + offset, y.to_px(value), 2.4, "seed", f"{scale_text}, {_seed_text(seed, value)}")
        for offset, (seed, value) in zip(_seed_offsets(len(measured), gap), measured, strict=True)
        if len(rung.seeds) > 1
    ]
    if missing:
        reasons = "; ".join(sorted({seed.reason or "no reason given" for seed in missing}))
        marks.append(cross(px, BOTTOM - 7, 3.2, "missing", f"{scale_text}, missing: {reasons}"))
    if rung.mean is None:
        return join(marks)
    middle = y.to_px(rung.mean)
    if rung.low is not None and rung.high is not None:
        marks.append(line(px, y.to_px(rung.low), px, y.to_px(rung.high), "interval"))
    interval_text = format_interval(rung.low, rung.high)
    title = f"{scale_text}: {format_value(rung.mean)}" + (
        f" ({interval_text})" if interval_text else ""
    )
    return join(marks, dot(px, middle, 3.4, "mean", title))


def _min_rung_gap(curve: LadderCurve, x: Axis) -> float:
    """Distance between the two closest rungs, in user units."""
    positions = sorted(x.to_px(rung.scale) for rung in curve.rungs)
    return min((b - a for a, b in pairwise(positions)), default=RIGHT - LEFT)


def _seed_offsets(count: int, gap: float) -> list[float]:
    """Distance of each seed from the line of its rung, so that none hides behind the mean."""
    step = min(4.6, gap / 3, 13.0 / max(count - 1, 1))
    offsets = [-(i // 2 + 1) * step if i % 2 == 0 else (i // 2 + 1) * step for i in range(count)]
    return sorted(offsets)


def _seed_text(seed: int | None, value: float) -> str:
    name = "one seed" if seed is None else f"seed {seed}"
    return f"{name}: {format_value(value)}"


def _draw_forecast(forecast: ForecastMark, x: Axis, y: Axis, axis: str) -> Markup:
    px = x.to_px(forecast.target)
    marks: list[Markup] = []
    if forecast.interval_low is not None and forecast.interval_high is not None:
        left, right = px - 4, px + 4
        low, high = _clamp_y(y, forecast.interval_low), _clamp_y(y, forecast.interval_high)
        marks.append(
            band([(left, low), (right, low)], [(left, high), (right, high)], "forecast-interval")
        )
    if forecast.value is not None:
        value_y = _clamp_y(y, forecast.value)
        marks.append(line(px - 7, value_y, px + 7, value_y, "forecast-value"))
    if forecast.actual is not None:
        target_text = format_axis_value(forecast.target, axis)
        title = f"{target_text}, actual value: {format_value(forecast.actual)}"
        marks.append(diamond(px, _clamp_y(y, forecast.actual), 4.6, "actual", title))
    return join(marks)


def _draw_names(
    curve: LadderCurve,
    fit_lines: Sequence[FitLine],
    forecasts: Sequence[ForecastMark],
    x: Axis,
    y: Axis,
) -> Markup:
    """Names at the right ends of the lines, moved apart."""
    labels: list[tuple[float, str, str]] = []
    for fit_line in fit_lines:
        segments = _clip_line(fit_line, x, y)
        if segments:
            class_ = "rival-name" if fit_line.is_alternative else "fit-name"
            labels.append((segments[-1][-1][1], fit_line.name, class_))
    forecast_values = [one.value for one in forecasts if one.value is not None]
    if forecast_values:
        labels.append((_clamp_y(y, forecast_values[-1]), "forecast", "forecast-name"))
    for level, name in ((curve.chance, "chance"), (curve.ceiling, "ceiling")):
        if level is not None and y.contains(level):
            labels.append((y.to_px(level), name, "level-name"))
    label_ys = spread_labels([label_y for label_y, _, _ in labels], 14, TOP + 2, BOTTOM)
    return join(
        [
            text(RIGHT + 6, label_y + 4.2, truncate(name, 398 - RIGHT - 6), class_)
            for label_y, (_, name, class_) in zip(label_ys, labels, strict=True)
        ]
    )


def _draw_fit_line(fit_line: FitLine, x: Axis, y: Axis) -> list[Markup]:
    class_ = "rival" if fit_line.is_alternative else "fit"
    return [path(segment, class_) for segment in _clip_line(fit_line, x, y)]


def _clip_line(fit_line: FitLine, x: Axis, y: Axis) -> list[list[Point]]:
    """The segments of a line that lie in the plot area."""
    segments: list[list[Point]] = [[]]
    for scale, value in fit_line.points:
        if x.contains(scale) and y.contains(value):
            segments[-1].append((x.to_px(scale), y.to_px(value)))
        elif segments[-1]:
            segments.append([])
    return [segment for segment in segments if len(segment) > 1]


def _clamp_y(y: Axis, value: float) -> float:
    return min(max(y.to_px(value), TOP), BOTTOM)


def _clamp_x(px: float) -> float:
    return min(max(px, LEFT), RIGHT)
