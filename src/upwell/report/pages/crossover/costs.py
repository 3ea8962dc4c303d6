"""Cost of training and inference for every method, and its accuracy with all rows."""

from __future__ import annotations

from collections.abc import Sequence

from ....formatting import format_count, format_duration, format_scientific
from ....records import MethodScore, Ranking
from ...html.markup import Markup, element, isolate, join
from ...html.tables import table
from ...plot.axes import (
    CHART_BOTTOM,
    CHART_HEIGHT,
    CHART_TOP,
    Axes,
    scale_axis,
    value_axis,
)
from ...plot.figure import Figure
from ...plot.svg import canvas, dot, line, spread_labels, text
from ...titles import short_method_title
from .header import total_flops

LEFT, RIGHT = 44.0, 262.0
LABEL_GAP = 14.0


def render(method_rankings: Sequence[Ranking]) -> Markup | None:
    """A figure of accuracy against compute, and a table of all costs; None without rankings."""
    if not method_rankings:
        return None
    largest = method_rankings[-1]
    lines = [
        (
            short_method_title(one.method),
            isolate(one.model),
            f"{ranking.train_rows:,}",
            f"{one.value:.3f}",
            format_scientific(one.train_flops) if one.train_flops else "none",
            format_duration(one.train_seconds) if one.train_seconds else "none",
            format_scientific(one.inference_flops),
            f"{1000 * one.inference_seconds:.3g} ms",
        )
        for ranking in method_rankings
        for one in ranking.methods
    ]
    head = [
        "method", "model", "train rows", "accuracy", "training FLOPs", "training time",
        "FLOPs per prediction", "time per prediction",
    ]  # fmt: skip
    data_table = table(head, lines, num_text_columns=2)
    note = (
        f"With {largest.train_rows:,} train rows. FLOPs are estimated from parameters and tokens; "
        "times are CPU time on the machine that measured. A hollow marker is a method that a "
        "cheaper one matches or beats."
    )
    return join(
        element("p", note, class_="lead"),
        element("div", _figure(largest.methods, data_table).render(), class_="panels"),
    )


def _figure(contenders: Sequence[MethodScore], data_table: Markup) -> Figure:
    costs = _widen_to_decade([max(1.0, total_flops(one)) for one in contenders])
    x = scale_axis("flops", costs, LEFT, RIGHT, force_log=True)
    y = value_axis(
        [b for one in contenders for b in (one.interval_low, one.interval_high)],
        CHART_BOTTOM,
        CHART_TOP,
        high=1,
    )
    axes = Axes(x=x, y=y)
    multiple_models = len({one.model for one in contenders}) > 1
    ends = [y.to_px(one.value) + 4 for one in contenders]
    label_ys = spread_labels(ends, LABEL_GAP, CHART_TOP, CHART_BOTTOM)
    svg = canvas(
        "Accuracy against cost",
        CHART_HEIGHT,
        text(0, 14, "Accuracy against compute", "title"),
        text(0, 31, "of training and a million predictions", "note"),
        axes.draw("FLOPs", x_gap=60),
        [_draw_point(one, axes, contenders) for one in contenders],
        [
            text(
                RIGHT + 8,
                label_y,
                _method_label(one, with_params=multiple_models),
                f"method method-{one.method}",
            )
            for one, label_y in zip(contenders, label_ys, strict=True)
        ],
    )
    return Figure(name="costs", svg=svg, data_table=data_table)


def _widen_to_decade(costs: Sequence[float]) -> list[float]:
    """Costs that span at least a factor of ten, so that the axis has two ticks."""
    low, high = min(costs), max(costs)
    factor = max(1.0, (10 * low / high) ** 0.5)
    return [low / factor, high * factor]


def _method_label(score: MethodScore, *, with_params: bool) -> str:
    title = short_method_title(score.method)
    return f"{title}, {format_count(score.params)}" if with_params else title


def _draw_point(score: MethodScore, axes: Axes, scores: Sequence[MethodScore]) -> Markup:
    flops, x, y = total_flops(score), axes.x, axes.y
    px = x.to_px(max(1.0, flops))
    is_dominated = any(total_flops(o) < flops and o.value >= score.value for o in scores)
    class_ = f"method method-{score.method}"
    title = f"{short_method_title(score.method)}, {score.value:.3f}"
    return join(
        line(px, y.to_px(score.interval_low), px, y.to_px(score.interval_high), class_),
        dot(px, y.to_px(score.value), 4.5, "actual" if is_dominated else class_, title),
    )
