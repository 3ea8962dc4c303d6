"""Training curves: loss on the train rows, score on the dev rows after each epoch."""

from __future__ import annotations

from collections.abc import Sequence

from ....formatting import format_exact, pluralize
from ....records import EpochScore, ModelCard, TrainLogEntry
from ...html.markup import Markup, element, join
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
from ...plot.figure import Figure
from ...plot.svg import canvas, dot, path, text

LEFT, RIGHT = 48.0, 388.0


def render(model_card: ModelCard, log_entries: Sequence[TrainLogEntry]) -> Markup | None:
    """The two figures; None where nothing was trained."""
    epoch_scores = next((one.epoch_scores for one in model_card.candidates if one.epoch_scores), ())
    points = [(float(one.tokens), one.loss) for one in log_entries if one.loss is not None]
    figures = [
        *([_loss_figure(points)] if len(points) > 1 else []),
        *([_epoch_scores_figure(epoch_scores)] if len(epoch_scores) > 1 else []),
    ]
    if not figures:
        return None
    events = sum(one.event is not None for one in log_entries)
    note = (
        "No loss spiked, and all losses were finite."
        if not events
        else (
            f"{pluralize(events, 'incident')}: training was rolled back to before each "
            "and continued with other rows."
        )
    )
    return join(
        element("p", note, class_="lead"),
        element("div", [figure.render() for figure in figures], class_="panels"),
    )


def _loss_figure(points: Sequence[tuple[float, float]]) -> Figure:
    x = scale_axis("train_rows", [rows for rows, _ in points], LEFT, RIGHT, padding=0.02)
    y = value_axis([0.0, *(loss for _, loss in points)], CHART_BOTTOM, CHART_TOP, low=0)
    axes = Axes(x=x, y=y)
    svg = canvas(
        "Training loss",
        CHART_HEIGHT,
        text(0, 14, "Training loss", "title"),
        text(0, 31, "nats per row", "note"),
        axes.draw("train rows seen"),
        path(axes.to_px(points), "fit"),
    )
    lines = [(f"{rows:,.0f}", format_exact(loss)) for rows, loss in points]
    return Figure(
        name="loss",
        svg=svg,
        data_table=table(["train rows seen", "loss"], lines, num_text_columns=0),
    )


def _epoch_scores_figure(epoch_scores: Sequence[EpochScore]) -> Figure:
    x = Axis(low=0.5, high=len(epoch_scores) + 0.5, start=LEFT, end=RIGHT)
    y = value_axis([one.score for one in epoch_scores], CHART_BOTTOM, CHART_TOP, high=1)
    axes = Axes(x=x, y=y)
    best = max(epoch_scores, key=lambda one: (one.score, -one.loss, -one.epoch))
    score_points = axes.to_px([(one.epoch, one.score) for one in epoch_scores])
    svg = canvas(
        "Dev score",
        CHART_HEIGHT,
        text(0, 14, "Score on the dev rows", "title"),
        text(0, 31, f"best: epoch {best.epoch}", "note"),
        axes.draw("epoch", x_labels=[(n, str(n)) for n in range(1, len(epoch_scores) + 1)]),
        path(score_points, "fit"),
        [
            dot(*point, 4, "mean", f"{one.score:.4f}")
            for point, one in zip(score_points, epoch_scores, strict=True)
        ],
    )
    lines = [(one.epoch, f"{one.score:.4f}", f"{one.loss:.4f}") for one in epoch_scores]
    data_table = table(["epoch", "score", "loss, nats/row"], lines, num_text_columns=0)
    return Figure(name="epochs", svg=svg, data_table=data_table)
