"""A figure with everything that belongs to it: name, caption, and the table of its numbers.

On a page the table is folded beneath the figure. As a file a figure is SVG, PNG or PDF in the light
theme, with its colors inside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from ...errors import DataError, MissingDependencyError
from ...store.atomic import write_bytes
from ..html.assets import read_asset
from ..html.markup import Markup, element
from ..html.tables import details
from .inline_styles import inline_styles, parse_variables

STANDALONE_MARGIN = 14.0
"""Margin around the figure in a file, in user units."""

FILE_SUFFIXES = (".svg", ".png", ".pdf")
"""Formats that a figure can be written in."""

PNG_PPI = 192.0
"""Two pixels per user unit."""

TYPST_PAGE = b"""#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg")
"""
"""A document that is as large as the figure."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure."""

    name: str
    """A file name without its suffix: letters, digits and dashes."""

    svg: Markup = field(repr=False)
    data_table: Markup = field(repr=False)
    """The numbers that are drawn."""

    caption: Markup | str | None = None

    def render(self) -> Markup:
        """The figure as it stands on the page."""
        caption = element("figcaption", self.caption) if self.caption else None
        return element(
            "figure", self.svg, caption, details("Numbers of this figure", self.data_table)
        )

    def standalone(self) -> str:
        """The figure as an SVG file in the light theme; it needs no style sheet."""
        css, variables = _light_theme()
        svg = inline_styles(_add_margin(self.svg, variables["--paper"]), css, variables)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg}\n'

    def _repr_svg_(self) -> str:
        """The figure in a notebook."""
        return self.standalone()

    def save(self, path: str | Path) -> Path:
        """Write the figure to a .svg, .png or .pdf file; see `save_figure`."""
        return save_figure(self.standalone(), path)


def save_figure(svg: str, path: str | Path) -> Path:
    """Write a standalone figure to a file; its suffix is the format. Returns the path.

    PNG and PDF need the extra `figures` (`pip install upwell[figures]`). Raises DataError for
    another suffix, and MissingDependencyError without the extra.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FILE_SUFFIXES:
        raise DataError(
            f"a figure cannot be written as {path.name!r}; end the name in .svg, .png or .pdf"
        )
    if suffix == ".svg":
        write_bytes(path, svg.encode("utf-8"))
    else:
        write_bytes(path, convert_svg(svg, "png" if suffix == ".png" else "pdf"))
    return path


def convert_svg(svg: str, format: Literal["png", "pdf"]) -> bytes:
    """The bytes of a standalone figure as "png" or "pdf"."""
    try:
        import typst
    except ImportError:
        raise MissingDependencyError(
            f"figures as {format.upper()} need the package typst; "
            "install it with: pip install 'upwell[figures]'"
        ) from None
    return typst.compile(TYPST_PAGE, format=format, ppi=PNG_PPI, sys_inputs={"svg": svg})


def slug(*parts: object) -> str:
    """A safe file name out of anything; letters of any script stay. It has at most 160 bytes."""
    joined = "-".join(str(part) for part in parts if part not in (None, ""))
    name = re.sub(r"[^\w]+", "-", joined).strip("-_").lower()
    return name[:80].encode("utf-8", "ignore")[:160].decode(errors="ignore").rstrip("-") or "figure"


def figures_by_name(figures: Sequence[Figure]) -> dict[str, str]:
    """Standalone SVG by name; a name that is taken gets a number."""
    svg_by_name: dict[str, str] = {}
    for figure in figures:
        name, number = figure.name, 2
        while name in svg_by_name:
            name, number = f"{figure.name}-{number}", number + 1
        svg_by_name[name] = figure.standalone()
    return svg_by_name


@cache
def _light_theme() -> tuple[str, dict[str, str]]:
    """Rules and variables of the figures' style sheets."""
    css = "".join(read_asset(name) for name in ("chart.css", "crossover.css"))
    return css, parse_variables(read_asset("light.css"))


def _add_margin(svg: str, paper: str) -> str:
    """The SVG on a sheet of paper with a margin, and with a size to open at."""
    head, tail = svg.split(">", 1)
    box = re.search(r'viewBox="0 0 (\S+) (\S+)"', head)
    assert box is not None, head
    width, height = (float(side) + 2 * STANDALONE_MARGIN for side in box.groups())
    view_box = f'viewBox="{-STANDALONE_MARGIN:g} {-STANDALONE_MARGIN:g} {width:g} {height:g}"'
    head = head.replace(box[0], f'{view_box} width="{width:g}" height="{height:g}"')
    sheet = element(
        "rect",
        x=-STANDALONE_MARGIN,
        y=-STANDALONE_MARGIN,
        width=width,
        height=height,
        fill=paper,
    )
    title, end, body = tail.partition("</title>")
    return f"{head}>{title}{end}{sheet}{body}"
