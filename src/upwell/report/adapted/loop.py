"""The history of a loop: what each round scored, and which took the place of the one before."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Past
from .. import numbers
from ..draw import canvas, dot, path, stroke, words
from ..drawing import Drawing
from ..markup import Markup, element, join, said
from ..scales import Axis, ticks, value_axis
from ..tabular import table

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 48.0, 388.0, 44.0, 236.0, 274.0


def shown(rounds: Sequence[Past]) -> Markup | None:
    """One figure and one table; None where no loop has begun."""
    if len(rounds) < 2:
        return None
    kept = [one for one in rounds if one.kept]
    told = (
        f"{numbers.many(len(rounds) - 1, 'round')} since the first model; round {kept[-1].number} "
        "is in place. A round that is worse on the rows of the gate, compared row by row, is made "
        "and not used."
    )
    return join(
        element("p", told, class_="lead"),
        element("div", _figure(rounds).shown(), class_="panels"),
    )


def _figure(rounds: Sequence[Past]) -> Drawing:
    x = Axis(low=-0.5, high=len(rounds) - 0.5, start=LEFT, end=RIGHT)
    bounds = [value for one in rounds for value in (one.score.low, one.score.high)]
    y = value_axis(bounds, BOTTOM, TOP, high=1)
    svg = canvas(
        "Rounds of feedback",
        HEIGHT,
        words(0, 14, "Score of every round on the gate's rows", "title"),
        words(0, 31, "filled: in place at its time; bars hold 90 %", "note"),
        [
            join(
                stroke(LEFT, y.place(value), RIGHT, y.place(value), "grid"),
                words(LEFT - 6, y.place(value) + 4.2, text, "tick", "end"),
            )
            for value, text in ticks(y, room=24)
        ],
        stroke(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"),
        path([(x.place(p.number), y.place(p.score.value)) for p in rounds if p.kept], "fit"),
        [_spot(one, x, y) for one in rounds],
        [words(x.place(p.number), BOTTOM + 16, f"{p.number}", "tick", "middle") for p in rounds],
        words((LEFT + RIGHT) / 2, BOTTOM + 33, "round", "note", "middle"),
    )
    lines = [
        (
            f"{one.number}",
            said(one.model),
            f"{one.learnt:,}",
            f"{one.score.value:.4f}",
            "in place" if one.kept else "not used",
        )
        for one in rounds
    ]
    told = table(["round", "model", "rows learnt", rounds[0].score.metric, ""], lines)
    return Drawing(name="loop", svg=svg, numbers=told)


def _spot(one: Past, x: Axis, y: Axis) -> Markup:
    place, score = x.place(one.number), one.score
    return join(
        stroke(place, y.place(score.low), place, y.place(score.high), "interval"),
        dot(place, y.place(score.value), 4, "mean" if one.kept else "truth", f"{score.value:.4f}"),
    )
