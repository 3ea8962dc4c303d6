"""The page of a crossover: the best method for each number of train rows, and its cost."""

from __future__ import annotations

from collections.abc import Sequence

from ....records import CrossoverResult, MarginalValue, Ranking
from ...html.document import document, section
from ...html.markup import element
from . import costs, curves, header, rankings
from .header import crossover_finding

__all__ = ["crossover_finding", "crossover_page"]


def crossover_page(
    result: CrossoverResult,
    method_rankings: Sequence[Ranking],
    marginal_values: Sequence[MarginalValue],
) -> str:
    """A whole HTML document, to be written as UTF-8."""
    main = element(
        "main",
        header.render(result, method_rankings),
        section("Accuracy against train rows", curves.render(result, method_rankings)),
        section("Best method by train rows", rankings.render(method_rankings)),
        section("Cost", costs.render(method_rankings)),
        section("Value of a hundred more labels", rankings.render_marginal_values(marginal_values)),
        section("Setup", header.render_setup(result)),
    )
    return document(header.title(result), main, style_sheets=("crossover.css",))
