"""The seven kinds of verdict as glyphs: a small curve, a word and a color, never color alone."""

from __future__ import annotations

from ...records import VERDICT_KINDS
from ..html.markup import Markup, element

GLYPH_PATHS = {
    "emergent": "M1 11H8V2H15",
    "metric-made": "M1 11H8V2H15M1 11L15 2",
    "smooth": "M1 11L15 2",
    "flat": "M1 6.5H15",
    "inverse": "M1 2L15 11",
    "u-shaped": "M1 2C3 14 13 14 15 2",
    "undecided": "M3 6.5h.01M8 6.5h.01M13 6.5h.01",
}
"""A typical curve of each kind, in a box of 16 by 13."""


def glyph(kind: str, x: float | None = None, y: float | None = None) -> Markup:
    """The small curve alone, for a line of text, or at (x, y) in another figure."""
    return element(
        "svg",
        element("path", d=GLYPH_PATHS.get(kind, GLYPH_PATHS["undecided"])),
        class_=f"glyph {kind_class(kind)}",
        viewBox="0 0 16 13",
        width="16",
        height="13",
        x=x,
        y=y,
        aria_hidden="true",
    )


def badge(kind: str) -> Markup:
    """The small curve and the word."""
    return element("span", glyph(kind), element("bdi", kind), class_=f"badge {kind_class(kind)}")


def kind_class(kind: str) -> str:
    """The CSS class of a kind; an unknown kind looks like "undecided"."""
    return f"kind-{kind if kind in VERDICT_KINDS else 'undecided'}"


def kind_rank(kind: str) -> int:
    """Position in `records.VERDICT_KINDS`; an unknown kind comes last."""
    return VERDICT_KINDS.index(kind) if kind in VERDICT_KINDS else len(VERDICT_KINDS)
