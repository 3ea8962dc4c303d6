"""Rows that an owner of the data should look at: problems, likely wrong labels, hardest rows."""

from __future__ import annotations

import math

from ...records import Adapted, Shown
from .. import numbers
from ..markup import Markup, element, join, said
from ..tabular import folded, table

HARDEST = 20
OPEN = 10
LETTERS = 240
"""Of a row's text; the line tells where the rest is."""


def shown(adapted: Adapted) -> Markup | None:
    """Three lists; None where there is nothing in any of them."""
    return join(_problems(adapted), _suspects(adapted), _hardest(adapted)) or None


def _problems(adapted: Adapted) -> Markup | None:
    if not adapted.problems and not adapted.cut:
        return element("p", "Nothing was wrong with the rows.", class_="lead")
    cut = []
    if adapted.cut:
        most = f"longer than {adapted.adapt.length} tokens, and cut"
        cut = [f"{numbers.many(adapted.cut, 'row')} {most}"]
    items = [element("li", said(problem)) for problem in (*adapted.problems, *cut)]
    return join(element("h3", "Problems found before training"), element("ul", items))


def _suspects(adapted: Adapted) -> Markup | None:
    if not adapted.suspects:
        return None
    lines = [
        (
            f"{one.line:,}",
            said(_short(one.text)),
            said(one.label),
            said(one.likelier),
            numbers.chance_of(one.probability),
        )
        for one in adapted.suspects
    ]
    head = ["line", "text", "label", "likelier", "probability of the label"]
    return join(
        element("h3", f"Labels that may be wrong, in {adapted.data}"),
        element(
            "p",
            "Models that had not seen the row find its label improbable and another likely. "
            "Look before you change any: some are hard and right.",
            class_="meaning",
        ),
        table(head, lines[:OPEN], words=4),
        folded("More of them", table(head, lines[OPEN:], words=4)) if lines[OPEN:] else None,
    )


def _hardest(adapted: Adapted) -> Markup | None:
    wrong = [row for row in adapted.rows if row.said != row.label]
    if not wrong:
        return None
    order = sorted(wrong, key=lambda row: (_known(row), row.line))[:HARDEST]
    told = any(row.of_label is not None for row in order)
    head = ["line", "text", "label", "said", "probability of the label" if told else "score"]
    lines = [_line(row) for row in order]
    return join(
        element("h3", f"Hardest rows, of {adapted.scored_on}"),
        table(head, lines[:OPEN], words=4),
        folded("More of them", table(head, lines[OPEN:], words=4)) if lines[OPEN:] else None,
    )


def _line(row: Shown) -> tuple[object, ...]:
    return (
        f"{row.line:,}",
        said(_short(row.text)),
        said(row.label),
        said(row.said or "nothing"),
        _grade(row),
    )


def _known(row: Shown) -> float:
    """How near it was to right; rows of which nothing is known come last."""
    grade = row.score if row.of_label is None else row.of_label
    return math.inf if grade is None else grade


def _grade(row: Shown) -> str:
    if row.of_label is not None:
        return numbers.chance_of(row.of_label)
    return "" if row.score is None else numbers.plain(row.score)


def _short(text: str) -> str:
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"
