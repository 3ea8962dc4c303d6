"""Accuracy of every method against train rows: one figure for each model."""

from __future__ import annotations

from collections.abc import Sequence

from ....formatting import format_count
from ....records import CrossoverResult, MethodScore, Ranking
from ...html.markup import Markup, element, isolate, join
from ...html.tables import table
from ...plot.axes import (
    CHART_BOTTOM,
    CHART_HEIGHT,
    CHART_TOP,
    Axes,
    Axis,
    scale_axis,
    value_axis,
)
from ...plot.figure import Figure, slug
from ...plot.svg import canvas, dot, line, path, spread_labels, text, truncate
from ...titles import short_method_title

LEFT, RIGHT = 44.0, 306.0
LABEL_GAP = 14.0


def render(result: CrossoverResult, method_rankings: Sequence[Ranking]) -> Markup | None:
    """A figure for each model; None where nothing was measured."""
    figures = [
        figure
        for model in result.models
        if (figure := _figure(result, model, method_rankings)) is not None
    ]
    if not figures:
        return None
    return element("div", [figure.render() for figure in figures], class_="panels")


def _figure(
    result: CrossoverResult, model: str, method_rankings: Sequence[Ranking]
) -> Figure | None:
    scores_by_method: dict[str, list[tuple[int, MethodScore]]] = {}
    for ranking in method_rankings:
        for score in ranking.methods:
            if score.model == model:
                scores_by_method.setdefault(score.method, []).append((ranking.train_rows, score))
    if not scores_by_method:
        return None
    all_scores = [score for scores in scores_by_method.values() for _, score in scores]
    chance = 1 / len(result.labels)
    row_counts = [float(n) for scores in scores_by_method.values() for n, _ in scores]
    bounds = [b for score in all_scores for b in (score.interval_low, score.interval_high)]
    x = scale_axis("train_rows", row_counts, LEFT, RIGHT)
    y = value_axis([chance, *bounds], CHART_BOTTOM, CHART_TOP, low=0, high=1)
    axes = Axes(x=x, y=y)
    ends = [y.to_px(scores[-1][1].value) + 4 for scores in scores_by_method.values()]
    label_ys = spread_labels(ends, LABEL_GAP, CHART_TOP, CHART_BOTTOM)
    params = format_count(all_scores[0].params)
    svg = canvas(
        f"Accuracy against train rows, {model}",
        CHART_HEIGHT,
        text(0, 14, truncate(f"{model}, {params} parameters", 390, 14), "title"),
        text(0, 31, "accuracy with 90 % intervals; dashed: chance", "note"),
        axes.draw_y(),
        path(axes.to_px([(x.low, chance), (x.high, chance)]), "rival"),
        axes.draw_x("train rows"),
        [
            join(
                path(
                    axes.to_px([(n, score.value) for n, score in scores]),
                    f"method method-{method}",
                ),
                [_draw_point(x.to_px(n), y, score) for n, score in scores],
                text(RIGHT + 8, label_y, short_method_title(method), f"method method-{method}"),
            )
            for (method, scores), label_y in zip(scores_by_method.items(), label_ys, strict=True)
        ],
    )
    lines = [
        (
            short_method_title(method),
            f"{n:,}",
            f"{score.value:.4f}",
            f"{score.interval_low:.4f}",
            f"{score.interval_high:.4f}",
        )
        for method, scores in scores_by_method.items()
        for n, score in scores
    ]
    data_table = table(["method", "train rows", "accuracy", "low", "high"], lines)
    return Figure(
        name=slug("curves", model),
        svg=svg,
        data_table=data_table,
        caption=isolate(_caption(scores_by_method)),
    )


def _caption(scores_by_method: dict[str, list[tuple[int, MethodScore]]]) -> str:
    in_context = scores_by_method.get("in_context")
    if not in_context:
        return "Each line is a method."
    return (
        "Each line is a method; a prompt holds at most "
        f"{max(one.train_rows for _, one in in_context)} examples."
    )


def _draw_point(x: float, y: Axis, score: MethodScore) -> Markup:
    title = f"{short_method_title(score.method)}, {score.value:.3f}"
    class_ = f"method method-{score.method}"
    return join(
        line(x, y.to_px(score.interval_low), x, y.to_px(score.interval_high), class_),
        dot(x, y.to_px(score.value), 3.6, class_, title),
    )
