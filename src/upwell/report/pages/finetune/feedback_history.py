"""The feedback rounds of a model: their scores, and which of them were accepted."""

from __future__ import annotations

from collections.abc import Sequence

from ....formatting import pluralize
from ....records import FeedbackRound
from ...html.markup import Markup, element, isolate, join
from ...html.tables import table
from ...plot.axes import CHART_BOTTOM, CHART_HEIGHT, CHART_TOP, Axes, Axis, value_axis
from ...plot.figure import Figure
from ...plot.svg import canvas, dot, line, path, text
from ...titles import finetune_metric_title

LEFT, RIGHT = 48.0, 388.0


def render(history: Sequence[FeedbackRound]) -> Markup | None:
    """One figure with its table; None before the first round."""
    if len(history) < 2:
        return None
    accepted = [one for one in history if one.accepted]
    note = (
        f"{pluralize(len(history) - 1, 'round')} since the first model; round "
        f"{accepted[-1].number} is in use. The gate compares each round with the model in use, row "
        "by row. A round that is worse is rejected."
    )
    return join(
        element("p", note, class_="lead"),
        element("div", _figure(history).render(), class_="panels"),
    )


def _figure(history: Sequence[FeedbackRound]) -> Figure:
    accepted = [one for one in history if one.accepted]
    x = Axis(low=-0.5, high=len(history) - 0.5, start=LEFT, end=RIGHT)
    bounds = [
        value for one in history for value in (one.score.interval_low, one.score.interval_high)
    ]
    y = value_axis(bounds, CHART_BOTTOM, CHART_TOP, high=1)
    axes = Axes(x=x, y=y)
    svg = canvas(
        "Feedback rounds",
        CHART_HEIGHT,
        text(0, 14, "Score of every round on the gate rows", "title"),
        text(0, 31, "filled: accepted; bars are 90 % intervals", "note"),
        axes.draw_y(),
        path(axes.to_px([(one.number, one.score.value) for one in accepted]), "fit"),
        [_draw_score(one, x, y) for one in history],
        axes.draw_x("round", labels=[(one.number, f"{one.number}") for one in history]),
    )
    lines = [
        (
            f"{one.number}",
            isolate(one.model),
            f"{one.train_rows:,}",
            f"{one.score.value:.4f}",
            "accepted" if one.accepted else "rejected",
        )
        for one in history
    ]
    data_table = table(
        ["round", "model", "train rows", finetune_metric_title(history[0].score.metric), "gate"],
        lines,
    )
    return Figure(name="feedback-rounds", svg=svg, data_table=data_table)


def _draw_score(feedback_round: FeedbackRound, x: Axis, y: Axis) -> Markup:
    px, score = x.to_px(feedback_round.number), feedback_round.score
    return join(
        line(px, y.to_px(score.interval_low), px, y.to_px(score.interval_high), "interval"),
        dot(
            px,
            y.to_px(score.value),
            4,
            "mean" if feedback_round.accepted else "actual",
            f"{score.value:.4f}",
        ),
    )
