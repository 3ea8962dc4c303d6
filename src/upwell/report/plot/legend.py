"""The legend of all ability figures, drawn with the same functions as the figures."""

from __future__ import annotations

from ..html.markup import Markup, element, join
from .svg import band, cross, diamond, dot, line


def legend() -> Markup:
    """A list of the markers with their meanings."""
    return element(
        "ul",
        [
            element("li", _sample(symbol), name)
            for name, symbol in (
                ("one seed", dot(14, 8, 2.6, "seed")),
                (
                    "mean, 90 % interval",
                    join(line(14, 1, 14, 15, "interval"), dot(14, 8, 3.4, "mean")),
                ),
                ("best fit", line(2, 8, 26, 8, "fit")),
                ("best alternative fit", line(2, 8, 26, 8, "rival")),
                (
                    "onset, its interval",
                    join(_sample_band(4, 24, "onset-band"), line(14, 1, 14, 15, "onset")),
                ),
                ("chance or ceiling", line(2, 8, 26, 8, "level")),
                (
                    "forecast",
                    join(
                        _sample_band(10, 18, "forecast-interval"),
                        line(7, 8, 21, 8, "forecast-value"),
                    ),
                ),
                ("actual value", diamond(14, 8, 4.6, "actual")),
                ("missing", cross(14, 8, 3.2, "missing")),
            )
        ],
        class_="legend",
    )


def _sample_band(left: float, right: float, class_: str) -> Markup:
    return band([(left, 15), (right, 15)], [(left, 1), (right, 1)], class_)


def _sample(symbol: Markup) -> Markup:
    return element(
        "svg",
        symbol,
        class_="chart",
        viewBox="0 0 28 16",
        width="28",
        height="16",
        aria_hidden="true",
    )
