"""Confused labels: the confusion matrix where labels are few, and the worst pairs."""

from __future__ import annotations

from collections import Counter

from ....formatting import format_percent, format_value
from ....records import ModelCard, ScoredRow
from ...html.markup import Markup, element, isolate, join
from ...html.tables import details, table
from ...plot.figure import Figure
from ...plot.svg import canvas, text, truncate

MAX_LABELS = 12
"""A matrix of more labels is not readable."""

MAX_PAIRS = 12
LEFT, TOP, MATRIX_SIZE = 128.0, 96.0, 268.0
NUM_SHADES = 5


def render(model_card: ModelCard) -> Markup | None:
    """The matrix, the worst pairs and every label; None unless each row has one label."""
    if not model_card.predictions or not {row.label for row in model_card.predictions} <= set(
        model_card.finetune.labels
    ):
        return None
    pairs = Counter((row.label, row.prediction) for row in model_card.predictions)
    wrong = {pair: count for pair, count in pairs.items() if pair[0] != pair[1]}
    labels = model_card.finetune.labels
    matrix = _matrix(pairs, labels).render() if len(labels) <= MAX_LABELS else None
    return join(
        element("p", _summary(sum(wrong.values()), len(model_card.predictions)), class_="lead"),
        element(
            "div",
            matrix,
            _pairs_table(wrong, Counter(row.label for row in model_card.predictions))
            if wrong
            else None,
            class_="two-columns" if matrix else None,
        ),
        details("Every label", _labels_table(model_card.predictions, labels)),
    )


def _summary(wrong: int, rows: int) -> str:
    return f"{wrong:,} of {rows:,} predictions are wrong."


def _pairs_table(wrong: dict[tuple[str, str], int], rows: Counter[str]) -> Markup:
    worst = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:MAX_PAIRS]
    lines = [
        (
            isolate(label),
            isolate(predicted),
            f"{count:,}",
            format_percent(count / rows[label]),
        )
        for (label, predicted), count in worst
    ]
    return table(["label", "prediction", "rows", "of the label"], lines, num_text_columns=2)


def _labels_table(rows: tuple[ScoredRow, ...], labels: tuple[str, ...]) -> Markup:
    lines = []
    for label in labels:
        num_correct = sum(row.label == label == row.prediction for row in rows)
        num_actual = sum(row.label == label for row in rows)
        num_predicted = sum(row.prediction == label for row in rows)
        precision, recall = _ratio(num_correct, num_predicted), _ratio(num_correct, num_actual)
        f1 = _ratio(2 * num_correct, num_actual + num_predicted)
        lines.append((isolate(label), f"{num_actual:,}", precision, recall, f1))
    return table(["label", "rows", "precision", "recall", "F1"], lines)


def _ratio(numerator: int, denominator: int) -> str:
    return format_value(numerator / denominator) if denominator else "no rows"


def _matrix(pairs: Counter[tuple[str, str]], labels: tuple[str, ...]) -> Figure:
    side = MATRIX_SIZE / len(labels)
    totals = Counter[str]()
    for (label, _), count in pairs.items():
        totals[label] += count
    cells = [
        _draw_cell(
            LEFT + x * side,
            TOP + y * side,
            side,
            pairs[label, predicted],
            totals[label],
            label == predicted,
        )
        for y, label in enumerate(labels)
        for x, predicted in enumerate(labels)
    ]
    rows = [
        text(LEFT - 8, TOP + (y + 0.5) * side + 4, truncate(name, LEFT - 10), anchor="end")
        for y, name in enumerate(labels)
    ]
    columns = [
        element(
            "text",
            truncate(name, 78),
            transform=f"translate({LEFT + (x + 0.5) * side + 4:.1f} {TOP - 8}) rotate(-60)",
        )
        for x, name in enumerate(labels)
    ]
    svg = canvas(
        "Confusion matrix",
        TOP + MATRIX_SIZE + 8,
        text(0, 14, "Label by row, prediction by column", "title"),
        rows,
        columns,
        cells,
    )
    lines = [(isolate(a), *(f"{pairs[a, b]:,}" for b in labels)) for a in labels]
    return Figure(name="confusion", svg=svg, data_table=table(["label", *labels], lines))


def _draw_cell(x: float, y: float, side: float, count: int, total: int, correct: bool) -> Markup:
    fraction = count / total if total else 0.0
    box = element(
        "rect",
        x=x + 1, y=y + 1, width=side - 2, height=side - 2, rx=2,
        class_="cell correct" if correct else "cell incorrect",
        fill_opacity=round(0.06 + 0.8 * fraction, 3) if count else 0.04,
    )  # fmt: skip
    label = text(x + side / 2, y + side / 2 + 4, f"{count:,}", "count", "middle") if count else None
    return join(box, label)
