"""What models made, as it changed with training: sheets of samples, none of them chosen."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import groupby

from ..store import Picture
from . import numbers
from .markup import Markup, element, said

MOST_ROWS = 6
"""Runs that are shown; a page is to stay small."""


def shown(pictures: Sequence[Picture], unit: str) -> list[Markup] | None:
    """A row of sheets for each run, the untrained model's first; None where there are none."""
    if not pictures:
        return None
    ordered = sorted(pictures, key=lambda each: (each.model.params, each.model.run))
    runs = [list(group) for _, group in groupby(ordered, key=lambda each: each.model.run)]
    left = len(runs) - MOST_ROWS
    rest = f" {numbers.many(left, 'run')} more are not shown." if left > 0 else ""
    told = element(
        "p",
        "The first images that each model made from noise that is the same for all; none was "
        f"chosen.{rest}",
        class_="quiet",
    )
    return [told, *(_row(run, unit) for run in runs[:MOST_ROWS])]


def _row(run: Sequence[Picture], unit: str) -> Markup:
    ordered = sorted(run, key=lambda each: each.model.tokens)
    return element(
        "div",
        element("h3", said(ordered[0].model.run)),
        element("div", [_figure(picture, unit) for picture in ordered], class_="sheets"),
    )


def _figure(picture: Picture, unit: str) -> Markup:
    tokens = picture.model.tokens
    after = f"after {numbers.many(tokens, unit)}" if tokens else "untrained"
    source = f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"
    image = element("img", src=source, alt=f"images made by {picture.model.id}, {after}")
    return element("figure", image, element("figcaption", after))
