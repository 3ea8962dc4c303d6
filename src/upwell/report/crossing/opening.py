"""How the page begins: one sentence to act on; and how it was measured, at its end."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Contender, Crossing, Standing
from .. import numbers
from ..markup import Markup, element, join, said

WAYS = {
    "in_context": "examples in the prompt",
    "head": "a linear head on the frozen model",
    "lora": "tuning low-rank updates (LoRA)",
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
    spans: list[tuple[tuple[str, bool], int, int]] = []
    for one in known:
        taken = _taken(one).way, one.tells
        if spans and spans[-1][0] == taken:
            spans[-1] = (taken, spans[-1][1], one.rows)
        else:
            spans.append((taken, one.rows, one.rows))
    told = "; ".join(f"{_span(low, high)}, {_verdict(*taken)}" for taken, low, high in spans)
    return f"{told[:1].upper()}{told[1:]}."


def cost(one: Contender) -> float:
    """Compute to make it and to answer a million times."""
    return one.make_flops + 1e6 * one.answer_flops


def _taken(one: Standing) -> Contender:
    """The cheapest of those that cannot be told from the best."""
    return min((each for each in one.contenders if each.tied), key=cost)


def _span(low: int, high: int) -> str:
    return f"with {low:,} labelled rows" if low == high else f"from {low:,} to {high:,} rows"


def _verdict(way: str, tells: bool) -> str:
    if tells:
        return f"{WAYS[way]} wins"
    return f"several cannot be told from the best, and {WAYS[way]} is the cheapest of them"


def how(crossing: Crossing) -> Markup:
    """Facts, and every reason why there is no value."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for cell in crossing.cells:
        if cell.reason is not None:
            reasons.setdefault((SHORT[cell.way], cell.model), []).append(cell.reason)
    facts = [
        ("Rows", said(f"{crossing.data}, {crossing.available:,} to learn from")),
        ("Labels", f"{len(crossing.labels)}"),
        ("Examples in the prompt", ", ".join(map(str, crossing.shots))),
        ("Draws", f"{crossing.seeds}, nested: more rows are the fewer ones and others"),
    ]
    items = [
        element("li", said(f"{way}, {model}, {numbers.many(len(why), 'measurement')}: {why[0]}"))
        for (way, model), why in reasons.items()
    ] + [element("li", said(problem)) for problem in crossing.problems]
    return join(
        element(
            "dl",
            [element("div", element("dt", name), element("dd", value)) for name, value in facts],
            class_="facts made",
        ),
        element("h3", "Not measured, and problems of the rows") if items else None,
        element("ul", items) if items else None,
    )
