"""A thumbnail of a curve: enough to see its shape among hundreds of others."""

from __future__ import annotations

from ...formatting import format_axis_value, format_value
from ..html.markup import Markup, element
from ..series.ladder_curves import LadderCurve
from .axes import Axis, scale_axis, value_axis
from .svg import Point, dot, line, path

SPARKLINE_WIDTH, SPARKLINE_HEIGHT = 150.0, 56.0
PADDING = 5.0


def sparkline(curve: LadderCurve, onset: float | None) -> Markup:
    """Means over the rungs, with chance and the onset; an empty frame without any value."""
    means = [(rung.scale, rung.mean) for rung in curve.rungs if rung.mean is not None]
    inner: list[Markup | None] = []
    if means:
        scales = [scale for scale, _ in means] + ([] if onset is None else [onset])
        x = scale_axis(curve.axis, scales, PADDING, SPARKLINE_WIDTH - PADDING, padding=0.0)
        inner = _draw_curve(curve, means, onset, x)
    return element(
        "svg",
        line(0, SPARKLINE_HEIGHT - 0.5, SPARKLINE_WIDTH, SPARKLINE_HEIGHT - 0.5, "grid"),
        inner,
        class_="chart sparkline",
        viewBox=f"0 0 {SPARKLINE_WIDTH:g} {SPARKLINE_HEIGHT:g}",
        aria_hidden="true",
    )


def _draw_curve(
    curve: LadderCurve, means: list[Point], onset: float | None, x: Axis
) -> list[Markup | None]:
    known = [mean for _, mean in means] + ([] if curve.chance is None else [curve.chance])
    metric = curve.metric
    y = value_axis(known, SPARKLINE_HEIGHT - PADDING, PADDING, low=metric.low, high=metric.high)
    points = [(x.to_px(scale), y.to_px(mean)) for scale, mean in means]
    level = None if curve.chance is None or not y.contains(curve.chance) else y.to_px(curve.chance)
    return [
        None if level is None else line(0, level, SPARKLINE_WIDTH, level, "level"),
        None
        if onset is None
        else line(x.to_px(onset), 0, x.to_px(onset), SPARKLINE_HEIGHT, "onset"),
        path(points, "curve"),
        dot(
            *points[-1],
            2.2,
            "mean",
            f"{format_axis_value(means[-1][0], curve.axis)}: {format_value(means[-1][1])}",
        ),
    ]
