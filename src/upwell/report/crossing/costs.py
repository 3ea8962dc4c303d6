"""What every way costs to make and to ask, beside its accuracy with all rows."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Contender, Standing
from .. import numbers
from ..draw import apart, canvas, dot, stroke, words
from ..drawing import Drawing
from ..markup import Markup, element, join, said
from ..scales import Axis, scale_axis, ticks, value_axis
from ..tabular import table
from .opening import SHORT, cost

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 44.0, 262.0, 44.0, 236.0, 274.0
GAP = 14.0


def shown(standings: Sequence[Standing]) -> Markup | None:
    """A figure of accuracy against the cost of answering, and a table of all costs."""
    if not standings:
        return None
    last = standings[-1]
    lines = [
        (
            SHORT[one.way],
            said(one.model),
            f"{standing.rows:,}",
            f"{one.value:.3f}",
            numbers.scientific(one.make_flops) if one.make_flops else "none",
            numbers.duration(one.make_seconds) if one.make_seconds else "none",
            numbers.scientific(one.answer_flops),
            f"{1000 * one.answer_seconds:.3g} ms",
        )
        for standing in standings
        for one in standing.contenders
    ]
    head = ["way", "model", "rows", "accuracy", "FLOPs to make", "time to make",
            "FLOPs an answer", "time of an answer"]  # fmt: skip
    told = table(head, lines, words=2)
    note = (
        f"With {last.rows:,} labelled rows. FLOPs are estimates from parameters and tokens; times "
        "are processor time on the machine that measured. Nothing that is beaten by something "
        "cheaper is worth its price: such ways are hollow."
    )
    return join(
        element("p", note, class_="lead"),
        element("div", _figure(last.contenders, told).shown(), class_="panels"),
    )


def _figure(contenders: Sequence[Contender], told: Markup) -> Drawing:
    x = scale_axis("flops", _decade([max(1.0, cost(one)) for one in contenders]), LEFT, RIGHT,
                   factors=True)  # fmt: skip
    y = value_axis([b for one in contenders for b in (one.low, one.high)], BOTTOM, TOP, high=1)
    several = len({one.model for one in contenders}) > 1
    ends = [y.place(one.value) + 4 for one in contenders]
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    spread = apart([ends[i] for i in order], GAP, TOP, BOTTOM)
    at = dict(zip(order, spread, strict=True))
    svg = canvas(
        "Accuracy against cost",
        HEIGHT,
        words(0, 14, "Accuracy against compute", "title"),
        words(0, 31, "to make it and to answer a million times", "note"),
        _ground(x, y),
        [_spot(one, x, y, contenders) for one in contenders],
        [
            words(RIGHT + 8, at[i], _name(one, several=several), f"way way-{one.way}")
            for i, one in enumerate(contenders)
        ],
    )
    return Drawing(name="costs", svg=svg, numbers=told)


def _decade(costs: Sequence[float]) -> list[float]:
    """A factor of ten at least, so that an axis has ticks to read it by."""
    low, high = min(costs), max(costs)
    more = max(1.0, (10 * low / high) ** 0.5)
    return [low / more, high * more]


def _name(one: Contender, *, several: bool) -> str:
    return f"{SHORT[one.way]}, {numbers.count(one.params)}" if several else SHORT[one.way]


def _spot(one: Contender, x: Axis, y: Axis, every: Sequence[Contender]) -> Markup:
    place = x.place(max(1.0, cost(one)))
    beaten = any(cost(o) < cost(one) and o.value >= one.value for o in every)
    mark = dot(place, y.place(one.value), 4.5, "truth" if beaten else f"way way-{one.way}",
               f"{SHORT[one.way]}, {one.value:.3f}")  # fmt: skip
    return join(
        stroke(place, y.place(one.low), place, y.place(one.high), f"way way-{one.way}"), mark
    )


def _ground(x: Axis, y: Axis) -> Markup:
    return join(
        [
            join(
                stroke(LEFT, y.place(value), RIGHT, y.place(value), "grid"),
                words(LEFT - 6, y.place(value) + 4.2, text, "tick", "end"),
            )
            for value, text in ticks(y, room=24)
        ],
        stroke(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"),
        [words(x.place(v), BOTTOM + 16, text, "tick", "middle") for v, text in ticks(x, room=60)],
        words((LEFT + RIGHT) / 2, BOTTOM + 33, "FLOPs", "note", "middle"),
    )
