"""The page of a crossover: which way wins where, at what cost, and what more labels are worth."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Crossing, Standing, Worth
from ..document import document, section
from ..markup import element
from . import costs, curves, opening, wins


def page(crossing: Crossing, standings: Sequence[Standing], worths: Sequence[Worth]) -> str:
    """A whole HTML document, to be written as UTF-8."""
    main = element(
        "main",
        opening.shown(crossing, standings),
        section("Accuracy against labelled rows", curves.shown(crossing, standings)),
        section("Which way wins where", wins.shown(standings)),
        section("What it costs", costs.shown(standings)),
        section("What the next hundred labels are worth", wins.worth(worths)),
        section("How it was measured", opening.how(crossing)),
    )
    return document(opening.title(crossing), main, sheets=("crossing.css",))


finding = opening.finding

__all__ = ["finding", "page"]
