"""Accuracy of every way against the labelled rows it had: one figure a model."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Contender, Crossing, Standing
from .. import numbers
from ..draw import apart, canvas, dot, path, stroke, words
from ..drawing import Drawing
from ..markup import Markup, element, join, said
from ..scales import Axis, scale_axis, ticks, value_axis
from ..tabular import table
from .opening import SHORT

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 44.0, 306.0, 44.0, 236.0, 274.0
GAP = 14.0


def shown(crossing: Crossing, standings: Sequence[Standing]) -> Markup | None:
    """A figure for each model; None where nothing was measured."""
    drawings = [
        drawing
        for model in crossing.models
        if (drawing := _figure(crossing, model, standings)) is not None
    ]
    if not drawings:
        return None
    return element("div", [drawing.shown() for drawing in drawings], class_="panels")


def _figure(crossing: Crossing, model: str, standings: Sequence[Standing]) -> Drawing | None:
    ways: dict[str, list[tuple[int, Contender]]] = {}
    for standing in standings:
        for one in standing.contenders:
            if one.model == model:
                ways.setdefault(one.way, []).append((standing.rows, one))
    if not ways:
        return None
    every = [one for some in ways.values() for _, one in some]
    chance = 1 / len(crossing.labels)
    x = scale_axis("rows", [float(n) for some in ways.values() for n, _ in some], LEFT, RIGHT)
    y = value_axis([chance, *(b for one in every for b in (one.low, one.high))], BOTTOM, TOP,
                   low=0, high=1)  # fmt: skip
    ends = [y.place(some[-1][1].value) + 4 for some in ways.values()]
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    spread = apart([ends[i] for i in order], GAP, TOP, BOTTOM)
    at = dict(zip(order, spread, strict=True))
    params = numbers.count(every[0].params)
    svg = canvas(
        f"Accuracy against labelled rows, {model}",
        HEIGHT,
        words(0, 14, f"{model}, {params} parameters", "title"),
        words(0, 31, "accuracy; bars hold 90 %; dashed: guessing", "note"),
        _ground(x, y, chance),
        [
            join(
                path([(x.place(n), y.place(one.value)) for n, one in some], f"way way-{way}"),
                [_spot(x.place(n), y, one) for n, one in some],
                words(RIGHT + 8, at[i], SHORT[way], f"way way-{way}"),
            )
            for i, (way, some) in enumerate(ways.items())
        ],
    )
    lines = [
        (SHORT[way], f"{n:,}", f"{one.value:.4f}", f"{one.low:.4f}", f"{one.high:.4f}")
        for way, some in ways.items()
        for n, one in some
    ]
    told = table(["way", "rows", "accuracy", "low", "high"], lines)
    return Drawing(name=f"curves-{model}", svg=svg, numbers=told, caption=said(_caption(ways)))


def _caption(ways: dict[str, list[tuple[int, Contender]]]) -> str:
    prompt = ways.get("in_context")
    if not prompt:
        return "A line is a way of using the model."
    return (
        "A line is a way of using the model; a prompt holds "
        f"{max(one.rows for _, one in prompt)} examples at most."
    )


def _spot(x: float, y: Axis, one: Contender) -> Markup:
    title = f"{SHORT[one.way]}, {one.value:.3f}"
    return join(
        stroke(x, y.place(one.low), x, y.place(one.high), f"way way-{one.way}"),
        dot(x, y.place(one.value), 3.6, f"way way-{one.way}", title),
    )


def _ground(x: Axis, y: Axis, chance: float) -> Markup:
    return join(
        [
            join(
                stroke(LEFT, y.place(value), RIGHT, y.place(value), "grid"),
                words(LEFT - 6, y.place(value) + 4.2, text, "tick", "end"),
            )
            for value, text in ticks(y, room=24)
        ],
        stroke(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"),
        path([(LEFT, y.place(chance)), (RIGHT, y.place(chance))], "rival"),
        [words(x.place(v), BOTTOM + 16, text, "tick", "middle") for v, text in ticks(x, room=50)],
        words((LEFT + RIGHT) / 2, BOTTOM + 33, "labelled rows", "note", "middle"),
    )
