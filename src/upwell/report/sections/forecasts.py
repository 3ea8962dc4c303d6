"""Forecasts beside actual values, and whether the intervals contained them.

A forecast that was not possible is listed with its reason and counts neither as a hit nor as a
miss. A forecast whose actual value is not known yet is not graded.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...formatting import (
    format_axis_value,
    format_exact,
    format_interval,
    format_percent,
    format_value,
    pluralize,
)
from ...records import Forecast, get_metric
from ..html.markup import Markup, element, isolate, isolate_ltr, join
from ..html.tables import details, missing_cell, table
from ..plot.axes import Axes, Axis, ticks, value_axis
from ..plot.figure import Figure, slug
from ..plot.svg import canvas, cross, diamond, line, text, text_width, truncate
from ..titles import ability_title, axis_title, metric_name_title, metric_title

LEFT, RIGHT = 168.0, 342.0
ROW_HEIGHT = 26.0
MAX_OPEN_FORECASTS = 12
"""With more forecasts than this their table is folded."""

TOP = 40.0


def render(forecasts: Sequence[Forecast]) -> Markup:
    """The section's content."""
    if not forecasts:
        return element("p", "No forecast was recorded for these results.", class_="quiet")
    return join(
        element("p", _summary(forecasts), class_="lead"),
        element("div", [figure.render() for figure in figures(forecasts)], class_="panels"),
        forecast_table(forecasts),
    )


def outcome(forecast: Forecast) -> str:
    """ "hit", "miss", "not graded yet" or "not forecastable"."""
    if not forecast.forecastable or forecast.interval_low is None or forecast.interval_high is None:
        return "not forecastable"
    if forecast.actual is None:
        return "not graded yet"
    return "hit" if forecast.interval_low <= forecast.actual <= forecast.interval_high else "miss"


def figures(forecasts: Sequence[Forecast]) -> list[Figure]:
    """One figure for each metric, since metrics have different units."""
    metrics = dict.fromkeys(one.metric for one in forecasts if outcome(one) != "not forecastable")
    return [
        _build_figure(name, [one for one in forecasts if one.metric == name]) for name in metrics
    ]


def _summary(forecasts: Sequence[Forecast]) -> str:
    graded = [one for one in forecasts if outcome(one) in ("hit", "miss")]
    hits = sum(outcome(one) == "hit" for one in graded)
    num_ungraded = sum(outcome(one) == "not graded yet" for one in forecasts)
    num_not_forecastable = sum(outcome(one) == "not forecastable" for one in forecasts)
    levels = " and ".join(
        format_percent(level) for level in sorted({one.confidence for one in graded})
    )
    sentences = [
        f"{hits} of {pluralize(len(graded), 'graded interval')} contained the actual "
        f"value; the nominal coverage is {levels}."
        if graded
        else "No forecast has been graded yet.",
        f"{pluralize(num_ungraded, 'forecast is', 'forecasts are')} not graded yet."
        if num_ungraded
        else "",
        f"{num_not_forecastable} could not be forecast; the table gives the reason."
        if num_not_forecastable
        else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _build_figure(name: str, group: list[Forecast]) -> Figure:
    metric = get_metric(name)
    title = name if metric is None else metric_title(metric)
    bottom = TOP + ROW_HEIGHT * len(group)
    axis = _value_axis(name, group)
    axes = Axes(x=axis, y=Axis(low=0, high=len(group), start=TOP, end=bottom))
    svg = canvas(
        f"Forecasts of {title} and actual values",
        bottom + 26,
        text(0, 14, truncate(title, 390, 14), "title"),
        text(0, 30, "interval, forecast and actual value", "note"),
        axes.draw_vertical_grid([value for value, _ in ticks(axis, min_gap=38)]),
        axes.draw_x(min_gap=38),
        [_draw_row(one, axis, axes.y.to_px(i + 0.5)) for i, one in enumerate(group)],
    )
    return Figure(name=slug("forecast", name), svg=svg, data_table=_data_table(group))


def _value_axis(name: str, group: list[Forecast]) -> Axis:
    ends = [
        end for one in group for end in (one.interval_low, one.value, one.interval_high, one.actual)
    ]
    values = [end for end in ends if end is not None]
    metric = get_metric(name)
    low, high = (None, None) if metric is None else (metric.low, metric.high)
    return value_axis(values, LEFT, RIGHT, low=low, high=high)


def _draw_row(forecast: Forecast, axis: Axis, y: float) -> Markup:
    result = outcome(forecast)
    target_text = f"at {format_axis_value(forecast.target, forecast.axis)}"
    name = truncate(_ability_name(forecast), LEFT - 84)
    head = join(
        text(0, y + 4.2, name),
        text(LEFT - 12, y + 4.2, target_text, "note", "end"),
    )
    if forecast.interval_low is None or forecast.interval_high is None:
        label = "not forecastable"
        width = text_width(label) + 8
        halo = element("rect", x=LEFT, y=y - 8, width=width, height=16, class_="halo")
        return join(head, halo, text(LEFT + 4, y + 4.2, label, "placeholder"))
    marks = [
        line(
            axis.to_px(forecast.interval_low),
            y,
            axis.to_px(forecast.interval_high),
            y,
            "forecast-range",
        )
    ]
    if forecast.value is not None:
        value_px = axis.to_px(forecast.value)
        marks.append(line(value_px, y - 6, value_px, y + 6, "forecast-value"))
    if forecast.actual is not None:
        draw_marker = diamond if result == "hit" else cross
        title = f"actual value: {format_value(forecast.actual)}"
        marks.append(draw_marker(axis.to_px(forecast.actual), y, 5, f"actual {result}", title))
    outcome_text = {"hit": "hit", "miss": "miss"}.get(result, "open")
    return join(head, marks, text(RIGHT + 12, y + 4.2, outcome_text, f"result {outcome_text}"))


def _ability_name(forecast: Forecast) -> str:
    return ability_title(forecast.ability, forecast.shots or None)


def _data_table(group: list[Forecast]) -> Markup:
    return table(
        ["ability", "at", "forecast", "low", "high", "actual"],
        [
            (
                isolate_ltr(_ability_name(one)),
                format_axis_value(one.target, one.axis),
                *(
                    format_exact(value)
                    for value in (one.value, one.interval_low, one.interval_high, one.actual)
                ),
            )
            for one in group
        ],
    )


def forecast_table(forecasts: Sequence[Forecast]) -> Markup:
    """Every forecast with its outcome and what it rests on."""
    head = [
        "ability", "metric", "result", "at", "forecast", "interval", "confidence", "actual",
        "error", "item noise",
    ]  # fmt: skip
    rows = [
        (
            isolate_ltr(_ability_name(one)),
            isolate(metric_name_title(one.metric)),
            _target_text(one),
            _explanation_cell(one),
            _created_at_text(one),
        )
        for one in forecasts
    ]
    full_table = table(head, [_cells(one) for one in forecasts], num_text_columns=3)
    return join(
        full_table
        if len(forecasts) <= MAX_OPEN_FORECASTS
        else details(f"All {len(forecasts)} forecasts", full_table),
        details(
            "Method and time of each forecast",
            table(["ability", "metric", "at", "method", "recorded"], rows, num_text_columns=5),
        ),
    )


def _explanation_cell(forecast: Forecast) -> Markup:
    return isolate(
        "; ".join(part for part in (forecast.method, forecast.explanation) if part)
        or "not recorded"
    )


def _created_at_text(forecast: Forecast) -> str:
    return forecast.created_at or "not recorded"


def _target_text(forecast: Forecast) -> str:
    return f"{format_axis_value(forecast.target, forecast.axis)} {axis_title(forecast.axis)}"


def _cells(forecast: Forecast) -> tuple[object, ...]:
    result = outcome(forecast)
    error = (
        None
        if forecast.actual is None or forecast.value is None
        else abs(forecast.actual - forecast.value)
    )
    is_not_forecastable = result == "not forecastable"
    return (
        isolate_ltr(_ability_name(forecast)),
        isolate(metric_name_title(forecast.metric)),
        element("b", result, class_=f"result {result.split()[0]}"),
        _target_text(forecast),
        missing_cell("not forecastable")
        if is_not_forecastable and forecast.value is None
        else format_value(forecast.value),
        format_interval(forecast.interval_low, forecast.interval_high) or "none",
        format_percent(forecast.confidence),
        "not known yet" if forecast.actual is None else format_value(forecast.actual),
        "none" if error is None else format_value(error),
        format_value(forecast.noise_floor),
    )
