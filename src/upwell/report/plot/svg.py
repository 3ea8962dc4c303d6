"""Lines, text and shapes of SVG, and the layout of labels that must not overlap.

Coordinates are user units. Every figure is 400 of them wide, so that its text is as large as the
page's on a desktop and still readable on a phone. There are no colors here: a class names what a
shape means, and the style sheet says how it looks.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

from ..html.markup import Markup, clean, element

FIGURE_WIDTH = 400.0
"""Width of a figure in user units."""

LABEL_FONT_SIZE = 12.0
"""Font size of ticks and labels, the same as `.chart text` in the style sheet."""

Point = tuple[float, float]


def canvas(title: str, height: float, *children: object, width: float = FIGURE_WIDTH) -> Markup:
    """The `svg` element of a figure; screen readers read its title."""
    return element(
        "svg",
        element("title", title),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        class_="chart",
        role="img",
    )


def text(
    x: float, y: float, content: str, class_: str | None = None, anchor: str | None = None
) -> Markup:
    """A line of text whose baseline is at y."""
    return element("text", content, x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Sequence[Point], class_: str) -> Markup:
    """A line through all points, in their order."""
    return element("path", d=_path_data(simplify(points)), class_=class_)


def band(lower: Sequence[Point], upper: Sequence[Point], class_: str) -> Markup:
    """The area between two lines through `lower` and `upper`."""
    return element("path", d=f"{_path_data([*lower, *reversed(upper)])}Z", class_=class_)


def dot(x: float, y: float, radius: float, class_: str, title: str | None = None) -> Markup:
    """A round marker; its title is the tooltip."""
    inner = None if title is None else element("title", title)
    return element("circle", inner, cx=x, cy=y, r=radius, class_=class_)


def diamond(x: float, y: float, radius: float, class_: str, title: str | None = None) -> Markup:
    """A marker that differs from a dot by shape, not by color alone."""
    corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
    inner = None if title is None else element("title", title)
    return element("path", inner, d=f"{_path_data(corners)}Z", class_=class_)


def cross(x: float, y: float, radius: float, class_: str, title: str | None = None) -> Markup:
    """The marker of a missing value."""
    d = "".join(
        f"M{x - radius:.1f},{y - sign * radius:.1f}L{x + radius:.1f},{y + sign * radius:.1f}"
        for sign in (1, -1)
    )
    inner = None if title is None else element("title", title)
    return element("path", inner, d=d, class_=class_)


def simplify(points: Sequence[Point], tolerance: float = 0.1) -> list[Point]:
    """The points without those within `tolerance` units of the simplified line.

    The line looks the same at a fraction of the bytes (Douglas and Peucker 1973).
    """
    retained = {0, len(points) - 1}
    segments = [(0, len(points) - 1)]
    while segments:
        first, last = segments.pop()
        inner = range(first + 1, last)
        if not inner:
            continue
        farthest = max(
            inner, key=lambda i: _distance_to_line(points[i], points[first], points[last])
        )
        if _distance_to_line(points[farthest], points[first], points[last]) > tolerance:
            retained.add(farthest)
            segments += [(first, farthest), (farthest, last)]
    return [points[i] for i in sorted(retained)]


def _distance_to_line(point: Point, start: Point, end: Point) -> float:
    """Distance of a point from the line through two others; from `start` if those coincide."""
    width, height = end[0] - start[0], end[1] - start[1]
    length = math.hypot(width, height)
    offset = (point[0] - start[0], point[1] - start[1])
    return abs(width * offset[1] - height * offset[0]) / length if length else math.hypot(*offset)


def text_width(text: str, size: float = LABEL_FONT_SIZE) -> float:
    """Estimated width of a text in user units; a wide character (CJK) takes a whole em."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return size * (wide + 0.56 * (len(text) - wide))


def truncate(text: str, max_width: float, size: float = LABEL_FONT_SIZE) -> str:
    """The text, cut with an ellipsis where it is wider than `max_width`."""
    text = " ".join(clean(text).split())
    if text_width(text, size) <= max_width:
        return text
    while text and text_width(f"{text}…", size) > max_width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def spread_labels(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions moved so that neighbors are at least `gap` apart, in the order given.

    They stay between `low` and `high` if there is room for all of them.
    """
    ranked = sorted(range(len(positions)), key=lambda i: positions[i])
    moved = list(positions)
    for previous, i in zip([None, *ranked], ranked, strict=False):
        lower_limit = low if previous is None else moved[previous] + gap
        moved[i] = max(moved[i], lower_limit)
    for following, i in zip([None, *reversed(ranked)], reversed(ranked), strict=False):
        upper_limit = high if following is None else moved[following] - gap
        moved[i] = min(moved[i], upper_limit)
    return moved


def _path_data(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
