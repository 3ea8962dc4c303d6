"""Calibration of the probabilities, and accuracy when the model abstains."""

from __future__ import annotations

from collections.abc import Sequence

from ....formatting import format_percent, format_value, pluralize
from ....records import ModelCard
from ...html.markup import Markup, element, join
from ...html.tables import table
from ...plot.axes import CHART_BOTTOM, CHART_HEIGHT, CHART_TOP, Axes, Axis
from ...plot.figure import Figure
from ...plot.svg import canvas, dot, line, path, text

LEFT, RIGHT = 44.0, 388.0
NUM_BINS = 10
INTERVAL_Z = 1.6449
"""Standard errors on either side that contain 90 % of a normal distribution."""

ScoredPrediction = tuple[float, bool]
"""Probability of a prediction, and whether it is correct."""


def render(model_card: ModelCard) -> Markup | None:
    """A sentence on calibration, and two figures; None without a calibration."""
    calibration = model_card.calibration
    if calibration is None or not model_card.predictions:
        return None
    if calibration.threshold is None or calibration.selective_accuracy is None:
        target = format_percent(calibration.target_accuracy)
        rest = f"No threshold makes {target} of its predictions correct."
    elif not calibration.abstention_rate:
        accuracy = format_percent(calibration.selective_accuracy)
        rest = f"{accuracy} of its predictions are correct: it need not abstain."
    else:
        rest = (
            f"If it abstains below a probability of {calibration.threshold:.2f}, on "
            f"{format_percent(calibration.abstention_rate)} of the rows, "
            f"{format_percent(calibration.selective_accuracy)} of the other predictions "
            "are correct."
        )
    sentence = (
        f"Calibration error {format_value(calibration.ece_before)} as trained, "
        f"{format_value(calibration.ece_after)} with temperature "
        f"{format_value(calibration.temperature)}, on "
        f"{pluralize(calibration.rows, 'row')} that it was not trained on. {rest}"
    )
    if model_card.finetune.task == "token-classification":
        # Words are calibrated, but rows are sentences: figures of rows would not match.
        return element("p", sentence.replace("row", "word"), class_="lead")
    predictions = [
        (row.probability, row.prediction == row.label)
        for row in model_card.predictions
        if row.probability is not None
    ]
    figures = [_reliability_figure(predictions), _risk_figure(model_card, predictions)]
    return join(
        element("p", sentence, class_="lead"),
        element("div", [figure.render() for figure in figures], class_="panels"),
    )


def _reliability_figure(predictions: Sequence[ScoredPrediction]) -> Figure:
    x = Axis(low=0, high=1, start=LEFT, end=RIGHT)
    y = Axis(low=0, high=1, start=CHART_BOTTOM, end=CHART_TOP)
    axes = Axes(x=x, y=y)
    ranked = sorted(predictions)
    size = -(-len(ranked) // NUM_BINS)
    bins = [ranked[i : i + size] for i in range(0, len(ranked), size)]
    marks, lines = [], []
    for members in bins:
        confidence = sum(probability for probability, _ in members) / len(members)
        accuracy = sum(is_correct for _, is_correct in members) / len(members)
        error = INTERVAL_Z * (accuracy * (1 - accuracy) / len(members)) ** 0.5
        marks.append(_draw_point(x.to_px(confidence), accuracy, error, y))
        lines.append((f"{confidence:.3f}", f"{accuracy:.3f}", f"{len(members):,}"))
    svg = canvas(
        "Reliability",
        CHART_HEIGHT,
        text(0, 14, "Accuracy against probability", "title"),
        text(0, 31, "accuracy, rows in ten bins by probability", "note"),
        axes.draw("probability of the prediction"),
        path(axes.to_px([(0, 0), (1, 1)]), "rival"),
        marks,
    )
    data_table = table(["probability", "accuracy", "rows"], lines, num_text_columns=0)
    caption = "On the dashed line probabilities are calibrated. Bars are 90 % intervals."
    return Figure(name="reliability", svg=svg, data_table=data_table, caption=caption)


def _draw_point(x: float, accuracy: float, error: float, y: Axis) -> Markup:
    low, high = max(0.0, accuracy - error), min(1.0, accuracy + error)
    return join(
        line(x, y.to_px(low), x, y.to_px(high), "interval"),
        dot(x, y.to_px(accuracy), 4, "mean", f"{accuracy:.3f}"),
    )


def _risk_figure(model_card: ModelCard, predictions: Sequence[ScoredPrediction]) -> Figure:
    ranked = sorted(predictions, key=lambda row: -row[0])
    wrong, points = 0, []
    for rank, (_, is_correct) in enumerate(ranked, start=1):
        wrong += not is_correct
        points.append((rank / len(ranked), wrong / rank))
    top = max(0.02, *(risk for _, risk in points[len(points) // 20 :]))
    x = Axis(low=0, high=1, start=LEFT, end=RIGHT)
    y = Axis(low=0, high=min(1.0, 1.15 * top), start=CHART_BOTTOM, end=CHART_TOP)
    axes = Axes(x=x, y=y)
    curve = axes.to_px([(coverage, risk) for coverage, risk in points if y.contains(risk)])
    svg = canvas(
        "Risk against coverage",
        CHART_HEIGHT,
        text(0, 14, "Errors when the model abstains", "title"),
        text(0, 31, "error rate of the predictions, most confident first", "note"),
        axes.draw("coverage: fraction of rows with a prediction"),
        path(curve, "fit"),
        _draw_threshold(model_card, predictions, axes),
    )
    tenths = [points[max(0, round(len(points) * tenth / 10) - 1)] for tenth in range(1, 11)]
    data_table = table(
        ["coverage", "error rate"],
        [(f"{a:.2f}", f"{b:.4f}") for a, b in tenths],
        num_text_columns=0,
    )
    return Figure(name="risk", svg=svg, data_table=data_table)


def _draw_threshold(
    model_card: ModelCard, predictions: Sequence[ScoredPrediction], axes: Axes
) -> Markup | None:
    calibration = model_card.calibration
    if calibration is None or calibration.threshold is None:
        return None
    num_covered = sum(confidence >= calibration.threshold for confidence, _ in predictions)
    px = axes.x.to_px(num_covered / len(predictions))
    label = f"threshold {calibration.threshold:.2f}"
    return join(
        line(px, axes.top, px, axes.bottom, "onset"),
        text(px - 6, axes.top + 12, label, "onset", "end"),
    )
