"""The top of the page, one sentence to act on; and the setup at its end."""

from __future__ import annotations

from collections.abc import Sequence

from ....formatting import pluralize
from ....records import CrossoverResult, MethodScore, Ranking
from ...html.markup import Markup, element, isolate, join
from ...titles import method_title, short_method_title

NUM_QUERIES = 1e6
"""Predictions whose compute is added to that of training when methods are compared by cost."""


def title(result: CrossoverResult) -> str:
    """The title of the page."""
    return f"{result.name}: which method?"


def render(result: CrossoverResult, method_rankings: Sequence[Ranking]) -> Markup:
    """Title, finding, and what was compared."""
    return element(
        "header",
        element("p", "Upwell", class_="brand"),
        element("h1", isolate(title(result))),
        element("p", crossover_finding(method_rankings), class_="findings"),
        element(
            "p",
            f"{pluralize(len(result.models), 'model')}, "
            f"{pluralize(result.seeds, 'draw')} of the train rows, evaluated on "
            f"{pluralize(result.test_rows, 'row')} of ",
            isolate(result.eval_set),
            ". Intervals are 90 %, over draws and rows.",
            class_="byline",
        ),
        class_="page-header",
    )


def crossover_finding(method_rankings: Sequence[Ranking]) -> str:
    """Which method to use with how many train rows, or that the data cannot tell."""
    comparable = [ranking for ranking in method_rankings if ranking.gain is not None]
    if not comparable:
        return "Only one method could be measured, so there is nothing to compare."
    spans: list[tuple[tuple[str, bool], int, int]] = []
    for ranking in comparable:
        recommended = _cheapest_tied(ranking).method, ranking.significant
        if spans and spans[-1][0] == recommended:
            spans[-1] = (recommended, spans[-1][1], ranking.train_rows)
        else:
            spans.append((recommended, ranking.train_rows, ranking.train_rows))
    text = "; ".join(
        f"{_rows_phrase(low, high)}, {_method_phrase(*recommended)}"
        for recommended, low, high in spans
    )
    return f"{text[:1].upper()}{text[1:]}."


def total_flops(score: MethodScore) -> float:
    """Compute of training and of `NUM_QUERIES` predictions."""
    return score.train_flops + NUM_QUERIES * score.inference_flops


def _cheapest_tied(ranking: Ranking) -> MethodScore:
    """The cheapest of the methods that do not differ significantly from the best."""
    return min((score for score in ranking.methods if score.tied), key=total_flops)


def _rows_phrase(low: int, high: int) -> str:
    return f"with {low:,} train rows" if low == high else f"from {low:,} to {high:,} train rows"


def _method_phrase(method: str, significant: bool) -> str:
    if significant:
        return f"{method_title(method)} wins"
    return f"several methods are tied, and {method_title(method)} is the cheapest of them"


def render_setup(result: CrossoverResult) -> Markup:
    """Facts of the setup, and every reason for a missing value."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for cell in result.cells:
        if cell.reason is not None:
            key = (short_method_title(cell.method), cell.model)
            reasons.setdefault(key, []).append(cell.reason)
    facts = [
        ("Data", isolate(f"{result.data}, {result.available_rows:,} train rows")),
        ("Labels", f"{len(result.labels)}"),
        ("Few-shot examples", ", ".join(map(str, result.shots))),
        ("Draws", f"{result.seeds}, nested: a larger draw contains the smaller ones"),
    ]
    items = [
        element(
            "li",
            isolate(f"{method}, {model}, {pluralize(len(texts), 'measurement')}: {texts[0]}"),
        )
        for (method, model), texts in reasons.items()
    ] + [element("li", isolate(problem)) for problem in result.problems]
    return join(
        element(
            "dl",
            [element("div", element("dt", name), element("dd", value)) for name, value in facts],
            class_="facts fact-grid",
        ),
        element("h3", "Missing measurements and problems of the rows") if items else None,
        element("ul", items) if items else None,
    )
