"""Rows that deserve a look: problems, likely label errors, and the hardest rows."""

from __future__ import annotations

import math

from ....formatting import format_probability, format_value, pluralize
from ....records import ModelCard, ScoredRow
from ...html.markup import Markup, element, isolate, join
from ...html.tables import details, table

MAX_HARDEST_ROWS = 20
MAX_OPEN_ROWS = 10
MAX_TEXT_CHARS = 240
"""Longer texts of rows are cut; the line number tells where the rest is."""


def render(model_card: ModelCard) -> Markup | None:
    """The three lists; None if all are empty."""
    return join(_problems(model_card), _label_issues(model_card), _hardest_rows(model_card)) or None


def _problems(model_card: ModelCard) -> Markup | None:
    if not model_card.problems and not model_card.truncated_rows:
        return element("p", "The rows have no problems.", class_="lead")
    truncated = []
    if model_card.truncated_rows:
        note = f"longer than {model_card.finetune.max_length} tokens, truncated"
        truncated = [f"{pluralize(model_card.truncated_rows, 'row')} {note}"]
    items = [element("li", isolate(problem)) for problem in (*model_card.problems, *truncated)]
    return join(element("h3", "Problems before training"), element("ul", items))


def _label_issues(model_card: ModelCard) -> Markup | None:
    if not model_card.label_issues:
        return None
    lines = [
        (
            f"{one.line:,}",
            isolate(_truncate(one.text)),
            isolate(one.label),
            isolate(one.suggested_label),
            format_probability(one.label_probability),
        )
        for one in model_card.label_issues
    ]
    head = ["line", "text", "label", "suggested label", "probability of the label"]
    return join(
        element("h3", f"Likely label errors in {model_card.data}"),
        element(
            "p",
            "Models that were not trained on the row give its label a low probability and another "
            "label a high one. Check before you change a label: some are hard and correct.",
            class_="hint",
        ),
        table(head, lines[:MAX_OPEN_ROWS], num_text_columns=4),
        details("More rows", table(head, lines[MAX_OPEN_ROWS:], num_text_columns=4))
        if lines[MAX_OPEN_ROWS:]
        else None,
    )


def _hardest_rows(model_card: ModelCard) -> Markup | None:
    wrong = [row for row in model_card.predictions if row.prediction != row.label]
    if not wrong:
        return None
    hardest = sorted(wrong, key=lambda row: (_label_score(row), row.line))[:MAX_HARDEST_ROWS]
    has_probability = any(row.label_probability is not None for row in hardest)
    head = [
        "line",
        "text",
        "label",
        "prediction",
        "probability of the label" if has_probability else "score",
    ]
    lines = [_hardest_row(row) for row in hardest]
    return join(
        element("h3", f"Hardest rows of {model_card.eval_set}"),
        table(head, lines[:MAX_OPEN_ROWS], num_text_columns=4),
        details("More rows", table(head, lines[MAX_OPEN_ROWS:], num_text_columns=4))
        if lines[MAX_OPEN_ROWS:]
        else None,
    )


def _hardest_row(row: ScoredRow) -> tuple[object, ...]:
    return (
        f"{row.line:,}",
        isolate(_truncate(row.text)),
        isolate(row.label),
        isolate(row.prediction or "none"),
        _probability_cell(row),
    )


def _label_score(row: ScoredRow) -> float:
    """Probability of the label, or the row's score; rows with neither come last."""
    value = row.score if row.label_probability is None else row.label_probability
    return math.inf if value is None else value


def _probability_cell(row: ScoredRow) -> str:
    if row.label_probability is not None:
        return format_probability(row.label_probability)
    return "" if row.score is None else format_value(row.score)


def _truncate(text: str) -> str:
    return text if len(text) <= MAX_TEXT_CHARS else f"{text[: MAX_TEXT_CHARS - 1]}…"
