"""Calibration of past intervals: where actual values fell in them, and width against error.

A calibrated 90 % interval contains the actual value nine times in ten, neither more nor less often.
Both figures show graded forecasts only; the others are counted in the sentence above.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from ...formatting import UNKNOWN, format_exact, format_percent, format_value, pluralize
from ...records import Forecast
from ..html.markup import Markup, element, isolate, join
from ..html.tables import table
from ..plot.axes import Axes, Axis
from ..plot.figure import Figure
from ..plot.svg import canvas, dot, line, text

LEFT, RIGHT = 44.0, 388.0
TOP, BOTTOM = 44.0, 220.0
HEIGHT = 262.0
MAX_HALF_WIDTHS = 3.0
"""Distance from the middle, in half-widths, at which actual values further out are drawn."""

NUM_BINS = 24
MAX_POINTS = 600
"""Points of a figure; of more forecasts every n-th is drawn."""

GradedForecast = tuple[Forecast, float, float]
"""A forecast, its half-width, and the signed distance of the actual value in half-widths."""

SCORES = ("graded", "mean", "median", "p90", "bias", "coverage", "interval_score")
"""Scores of a backtest, in the order of the table's columns."""


def render(
    backtests: Sequence[Forecast], summary: Mapping[str, Mapping[str, float | int | None]] | None
) -> Markup | None:
    """The section's content; None without a backtest."""
    if not backtests and not summary:
        return None
    rendered = [figure.render() for figure in figures(backtests)]
    return join(
        element("p", _summary(backtests), class_="lead") if backtests else None,
        element("div", rendered, class_="panels") if rendered else None,
        None if not summary else _methods_table(summary),
    )


def figures(backtests: Sequence[Forecast]) -> list[Figure]:
    """The two figures; none without a graded interval."""
    graded = select_graded(backtests)
    if not graded:
        return []
    return [_coverage_figure(graded), _width_figure(graded)]


def select_graded(backtests: Sequence[Forecast]) -> list[GradedForecast]:
    """The forecasts that have an interval of positive width and an actual value."""
    graded: list[GradedForecast] = []
    for forecast in backtests:
        if (
            forecast.interval_low is None
            or forecast.interval_high is None
            or forecast.actual is None
            or forecast.interval_high <= forecast.interval_low
        ):
            continue
        half_width = (forecast.interval_high - forecast.interval_low) / 2
        graded.append(
            (forecast, half_width, (forecast.actual - forecast.interval_low) / half_width - 1)
        )
    return graded


def max_surprise(forecasts: Sequence[Forecast]) -> float | None:
    """The largest distance of an actual value from the middle, in half-widths; None if ungraded."""
    return max((abs(offset) for _, _, offset in select_graded(forecasts)), default=None)


def _summary(backtests: Sequence[Forecast]) -> str:
    graded = select_graded(backtests)
    if not graded:
        return f"None of {pluralize(len(backtests), 'past forecast')} could be graded."
    num_covered = sum(abs(offset) <= 1 for _, _, offset in graded)
    levels = " and ".join(
        format_percent(one) for one in sorted({f.confidence for f, _, _ in graded})
    )
    num_ungraded = len(backtests) - len(graded)
    return (
        f"{num_covered:,} of {pluralize(len(graded), 'past interval')} contained the "
        f"actual value: {format_percent(num_covered / len(graded))}, against a nominal "
        f"{levels}." + (f" {num_ungraded:,} could not be graded." if num_ungraded else "")
    )


def _coverage_figure(graded: Sequence[GradedForecast]) -> Figure:
    counts = Counter(_bin_index(offset) for _, _, offset in graded)
    x = Axis(low=-MAX_HALF_WIDTHS, high=MAX_HALF_WIDTHS, start=LEFT, end=RIGHT)
    y = Axis(low=0, high=max(counts.values()), start=BOTTOM, end=TOP)
    axes = Axes(x=x, y=y)
    svg = canvas(
        "Actual values within past intervals",
        HEIGHT,
        text(0, 14, "Position of the actual value", "title"),
        text(0, 31, "forecasts", "note"),
        element(
            "rect",
            x=x.to_px(-1),
            y=TOP,
            width=x.to_px(1) - x.to_px(-1),
            height=BOTTOM - TOP,
            class_="covered",
        ),
        axes.draw_y(min_gap=26),
        [_draw_bar(i, count, x, y) for i, count in sorted(counts.items())],
        axes.draw_x(
            "position in the interval",
            labels=[(-1.0, "lower end"), (0.0, "middle"), (1.0, "upper end")],
        ),
    )
    rows = [
        (
            f"{format_value(_bin_edge(i))} to {format_value(_bin_edge(i + 1))}",
            f"{counts[i]:,}",
        )
        for i in range(NUM_BINS)
        if counts[i]
    ]
    return Figure(
        name="calibration-position",
        svg=svg,
        data_table=table(["half-widths from the middle", "forecasts"], rows),
        caption="Shaded: inside the interval. Actual values more than three half-widths from the "
        "middle are in the outermost bars.",
    )


def _bin_index(offset: float) -> int:
    fraction = (min(max(offset, -MAX_HALF_WIDTHS), MAX_HALF_WIDTHS) + MAX_HALF_WIDTHS) / (
        2 * MAX_HALF_WIDTHS
    )
    return min(int(fraction * NUM_BINS), NUM_BINS - 1)


def _bin_edge(i: int) -> float:
    return -MAX_HALF_WIDTHS + 2 * MAX_HALF_WIDTHS * i / NUM_BINS


def _draw_bar(i: int, count: int, x: Axis, y: Axis) -> Markup:
    left, right = x.to_px(_bin_edge(i)), x.to_px(_bin_edge(i + 1))
    name = "bar in" if -1 <= (_bin_edge(i) + _bin_edge(i + 1)) / 2 <= 1 else "bar out"
    top = y.to_px(count)
    return element(
        "rect", x=left + 0.7, y=top, width=right - left - 1.4, height=BOTTOM - top, class_=name
    )


def _width_figure(graded: Sequence[GradedForecast]) -> Figure:
    stride = math.ceil(len(graded) / MAX_POINTS)
    sample = graded[::stride]
    widths = [half_width for _, half_width, _ in graded]
    errors = [abs(offset) * half_width for _, half_width, offset in graded]
    x = Axis(low=min(widths) / 1.2, high=max(widths) * 1.2, start=LEFT, end=RIGHT, logarithmic=True)
    top = max(*errors, min(widths)) * 1.2
    # Errors below a thousandth of the largest are drawn at the lower end of the axis.
    y = Axis(
        low=max(min(errors), top / 1e3) / 1.2, high=top, start=BOTTOM, end=TOP, logarithmic=True
    )
    axes = Axes(x=x, y=y)
    svg = canvas(
        "Half-width of past intervals against the error",
        HEIGHT,
        text(0, 14, "Width against error", "title"),
        text(0, 31, "distance of the actual value from the middle", "note"),
        axes.draw_y(min_gap=26),
        _draw_diagonal(x, y),
        [
            _draw_point(half_width, abs(offset) * half_width, abs(offset) <= 1, x, y)
            for _, half_width, offset in sample
        ],
        axes.draw_x("half-width of the interval"),
    )
    sample_note = f"{len(sample):,} of {len(graded):,} forecasts are drawn. " if stride > 1 else ""
    return Figure(
        name="calibration-width",
        svg=svg,
        data_table=_points_table(sample),
        caption=f"{sample_note}Above the dotted line the actual value lies outside the interval.",
    )


def _draw_diagonal(x: Axis, y: Axis) -> Markup | None:
    """The line where the error equals the half-width."""
    low, high = max(x.low, y.low), min(x.high, y.high)
    if low >= high:
        return None
    return line(x.to_px(low), y.to_px(low), x.to_px(high), y.to_px(high), "level")


def _points_table(sample: Sequence[GradedForecast]) -> Markup:
    head = ["ability", "metric", "half-width", "actual", "half-widths from the middle"]
    rows = [
        (
            isolate(one.ability),
            isolate(one.metric),
            format_exact(half_width),
            format_exact(one.actual),
            format_exact(offset),
        )
        for one, half_width, offset in sample
    ]
    return table(head, rows, num_text_columns=2)


def _draw_point(half_width: float, error: float, inside: bool, x: Axis, y: Axis) -> Markup:
    return dot(
        x.to_px(half_width), y.to_px(max(error, y.low)), 2.2, "point in" if inside else "point out"
    )


def _methods_table(summary: Mapping[str, Mapping[str, float | int | None]]) -> Markup:
    """The scores of every forecasting method."""
    names = [name for name in SCORES if any(name in scores for scores in summary.values())]
    head = ["method", *(name.replace("_", " ") for name in names)]
    rows = [
        (isolate(method), *(_score_cell(name, scores.get(name)) for name in names))
        for method, scores in summary.items()
    ]
    return table(head, rows)


def _score_cell(name: str, value: float | int | None) -> str:
    if value is None:
        return UNKNOWN
    if name == "graded":
        return f"{value:,}"
    return format_percent(value) if name == "coverage" else format_value(value)
