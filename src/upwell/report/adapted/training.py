"""The learning curve: loss of the rows learnt from, score of the rows that choose."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Adapted, Progress, Round
from .. import numbers
from ..draw import canvas, dot, path, stroke, words
from ..drawing import Drawing
from ..markup import Markup, element, join
from ..scales import Axis, scale_axis, ticks, value_axis
from ..tabular import table

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 48.0, 388.0, 44.0, 236.0, 274.0


def shown(adapted: Adapted, curve: Sequence[Progress]) -> Markup | None:
    """Two figures; None where nothing was trained."""
    rounds = next((one.rounds for one in adapted.tried if one.rounds), ())
    points = [(float(one.tokens), one.loss) for one in curve if one.loss is not None]
    drawings = [
        *([_loss(points)] if len(points) > 1 else []),
        *([_rounds(rounds)] if len(rounds) > 1 else []),
    ]
    if not drawings:
        return None
    events = sum(one.event is not None for one in curve)
    told = (
        "No loss spiked and none became infinite."
        if not events
        else (
            f"{numbers.many(events, 'incident')}: training went back to before each "
            "and on with other rows."
        )
    )
    return join(
        element("p", told, class_="lead"),
        element("div", [drawing.shown() for drawing in drawings], class_="panels"),
    )


def _loss(points: Sequence[tuple[float, float]]) -> Drawing:
    x = scale_axis("rows", [rows for rows, _ in points], LEFT, RIGHT, padding=0.02)
    y = value_axis([0.0, *(loss for _, loss in points)], BOTTOM, TOP, low=0)
    svg = canvas(
        "Training loss",
        HEIGHT,
        words(0, 14, "Loss of the rows learnt from", "title"),
        words(0, 31, "nats a row", "note"),
        _ground(x, y, "rows seen"),
        path([(x.place(rows), y.place(loss)) for rows, loss in points], "fit"),
    )
    lines = [(f"{rows:,.0f}", numbers.exact(loss)) for rows, loss in points]
    return Drawing(name="loss", svg=svg, numbers=table(["rows seen", "loss"], lines, words=0))


def _rounds(rounds: Sequence[Round]) -> Drawing:
    x = Axis(low=0.5, high=len(rounds) + 0.5, start=LEFT, end=RIGHT)
    y = value_axis([one.score for one in rounds], BOTTOM, TOP, high=1)
    top = max(rounds, key=lambda one: (one.score, -one.loss, -one.number))
    spots = [(x.place(one.number), y.place(one.score)) for one in rounds]
    svg = canvas(
        "Development score",
        HEIGHT,
        words(0, 14, "Score of the rows that choose", "title"),
        words(0, 31, f"kept: round {top.number}", "note"),
        _ground(x, y, "round", whole=True),
        path(spots, "fit"),
        [
            dot(*spot, 4, "mean", f"{one.score:.4f}")
            for spot, one in zip(spots, rounds, strict=True)
        ],
    )
    lines = [(one.number, f"{one.score:.4f}", f"{one.loss:.4f}") for one in rounds]
    told = table(["round", "score", "loss, nats/row"], lines, words=0)
    return Drawing(name="rounds", svg=svg, numbers=told)


def _ground(x: Axis, y: Axis, name: str, whole: bool = False) -> Markup:
    below = ticks(x, room=50)
    if whole:
        below = [(n, str(n)) for n in range(1, int(x.high) + 1)]
    return join(
        [
            join(
                stroke(LEFT, y.place(value), RIGHT, y.place(value), "grid"),
                words(LEFT - 6, y.place(value) + 4.2, text, "tick", "end"),
            )
            for value, text in ticks(y, room=24)
        ],
        stroke(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"),
        [words(x.place(v), BOTTOM + 16, text, "tick", "middle") for v, text in below],
        words((LEFT + RIGHT) / 2, BOTTOM + 33, name, "note", "middle"),
    )
