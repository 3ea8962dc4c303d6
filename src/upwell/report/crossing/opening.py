"""How the page begins: one sentence to act on; and how it was measured, at its end."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Crossing, Standing
from .. import numbers
from ..markup import Markup, element, join, said

WAYS = {
    "in_context": "examples in the prompt",
    "head": "a linear head on the frozen model",
    "lora": "low-rank updates (LoRA)",
    "full": "tuning all weights",
}
SHORT = {
    "in_context": "in context",
    "head": "frozen + head",
    "lora": "LoRA",
    "full": "all weights",
}


def title(crossing: Crossing) -> str:
    """What the page is called."""
    return f"{crossing.name}: which way?"


def shown(crossing: Crossing, standings: Sequence[Standing]) -> Markup:
    """Title, finding, what was compared."""
    return element(
        "header",
        element("p", "Upwell", class_="mark"),
        element("h1", said(title(crossing))),
        element("p", finding(standings), class_="findings"),
        element(
            "p",
            f"{numbers.many(len(crossing.models), 'model')}, "
            f"{numbers.many(crossing.seeds, 'draw')} of the rows, measured on "
            f"{numbers.many(crossing.tested, 'row')} of ",
            said(crossing.test),
            ". Intervals are 90 %, over draws and rows.",
            class_="byline",
        ),
        class_="opening",
    )


def finding(standings: Sequence[Standing]) -> str:
    """Which way to take with how many labelled rows, or that it cannot be told."""
    known = [one for one in standings if one.gain is not None]
    if not known:
        return "Only one way could be measured, so nothing can be compared."
    spans: list[tuple[str | None, int, int]] = []
    for one in known:
        way = one.contenders[0].way if one.tells else None
        if spans and spans[-1][0] == way:
            spans[-1] = (way, spans[-1][1], one.rows)
        else:
            spans.append((way, one.rows, one.rows))
    told = "; ".join(f"{_span(low, high)}, {_verdict(way)}" for way, low, high in spans)
    return f"{told[:1].upper()}{told[1:]}."


def _span(low: int, high: int) -> str:
    return f"with {low:,} labelled rows" if low == high else f"from {low:,} to {high:,} rows"


def _verdict(way: str | None) -> str:
    return "no way can be told from the next best" if way is None else f"{WAYS[way]} wins"


def how(crossing: Crossing) -> Markup:
    """Facts, and every reason why there is no value."""
    reasons = dict.fromkeys(
        (SHORT[cell.way], cell.model, cell.reason)
        for cell in crossing.cells
        if cell.reason is not None
    )
    facts = [
        ("Rows", said(f"{crossing.data}, {crossing.available:,} to learn from")),
        ("Labels", f"{len(crossing.labels)}"),
        ("Examples in the prompt", ", ".join(map(str, crossing.shots))),
        ("Draws", f"{crossing.seeds}, nested: more rows are the fewer ones and others"),
    ]
    items = [element("li", said(f"{way}, {model}: {reason}")) for way, model, reason in reasons] + [
        element("li", said(problem)) for problem in crossing.problems
    ]
    return join(
        element(
            "dl",
            [element("div", element("dt", name), element("dd", value)) for name, value in facts],
            class_="facts made",
        ),
        element("h3", "Not measured, and problems of the rows") if items else None,
        element("ul", items) if items else None,
    )
