"""What the model takes for what: the matrix where labels are few, the worst pairs always."""

from __future__ import annotations

from collections import Counter

from ...records import Adapted, Shown
from .. import numbers
from ..draw import canvas, shortened, words
from ..drawing import Drawing
from ..markup import Markup, element, join, said
from ..tabular import folded, table

MOST_LABELS = 12
"""More labels make a matrix that nobody can read."""

MOST_PAIRS = 12
LEFT, TOP, SIDE = 128.0, 96.0, 268.0
SHADES = 5


def shown(adapted: Adapted) -> Markup | None:
    """The matrix, the worst pairs and every label; None where rows are no single labels."""
    if not adapted.rows or not {row.label for row in adapted.rows} <= set(adapted.adapt.labels):
        return None
    pairs = Counter((row.label, row.said) for row in adapted.rows)
    wrong = {pair: count for pair, count in pairs.items() if pair[0] != pair[1]}
    labels = adapted.adapt.labels
    matrix = _matrix(pairs, labels).shown() if len(labels) <= MOST_LABELS else None
    return join(
        element("p", _lead(sum(wrong.values()), len(adapted.rows)), class_="lead"),
        element(
            "div",
            matrix,
            _pairs(wrong, Counter(row.label for row in adapted.rows)) if wrong else None,
            class_="training" if matrix else None,
        ),
        folded("Every label", _each(adapted.rows, labels)),
    )


def _lead(wrong: int, rows: int) -> str:
    return f"{wrong:,} of {rows:,} rows are taken for something else."


def _pairs(wrong: dict[tuple[str, str], int], rows: Counter[str]) -> Markup:
    order = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:MOST_PAIRS]
    lines = [
        (said(label), said(told), f"{count:,}", numbers.percent(count / rows[label]))
        for (label, told), count in order
    ]
    return table(["label", "taken for", "rows", "of the label's"], lines, words=2)


def _each(rows: tuple[Shown, ...], labels: tuple[str, ...]) -> Markup:
    lines = []
    for label in labels:
        hits = sum(row.label == label == row.said for row in rows)
        there = sum(row.label == label for row in rows)
        told = sum(row.said == label for row in rows)
        lines.append((said(label), f"{there:,}", _share(hits, told), _share(hits, there),
                      _share(2 * hits, there + told)))  # fmt: skip
    return table(["label", "rows", "precision", "recall", "F1"], lines)


def _share(part: int, whole: int) -> str:
    return numbers.plain(part / whole) if whole else "no rows"


def _matrix(pairs: Counter[tuple[str, str]], labels: tuple[str, ...]) -> Drawing:
    side = SIDE / len(labels)
    totals = Counter[str]()
    for (label, _), count in pairs.items():
        totals[label] += count
    cells = [
        _cell(
            LEFT + x * side, TOP + y * side, side, pairs[label, told], totals[label], label == told
        )
        for y, label in enumerate(labels)
        for x, told in enumerate(labels)
    ]
    rows = [
        words(LEFT - 8, TOP + (y + 0.5) * side + 4, shortened(name, LEFT - 10), anchor="end")
        for y, name in enumerate(labels)
    ]
    columns = [
        element(
            "text",
            shortened(name, 78),
            transform=f"translate({LEFT + (x + 0.5) * side + 4:.1f} {TOP - 8}) rotate(-60)",
        )
        for x, name in enumerate(labels)
    ]
    svg = canvas(
        "Confusion of labels",
        TOP + SIDE + 8,
        words(0, 14, "Right label by row, said by column", "title"),
        rows,
        columns,
        cells,
    )
    lines = [(said(a), *(f"{pairs[a, b]:,}" for b in labels)) for a in labels]
    return Drawing(name="confusion", svg=svg, numbers=table(["label", *labels], lines))


def _cell(x: float, y: float, side: float, count: int, total: int, right: bool) -> Markup:
    share = count / total if total else 0.0
    box = element(
        "rect",
        x=x + 1, y=y + 1, width=side - 2, height=side - 2, rx=2,
        class_="cell right" if right else "cell wrong",
        fill_opacity=round(0.06 + 0.8 * share, 3) if count else 0.04,
    )  # fmt: skip
    text = words(x + side / 2, y + side / 2 + 4, f"{count:,}", "count", "middle") if count else None
    return join(box, text)
