"""Whether probabilities mean what they say, and what is gained by answering fewer rows."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Adapted
from .. import numbers
from ..draw import canvas, dot, path, stroke, words
from ..drawing import Drawing
from ..markup import Markup, element, join
from ..scales import Axis, ticks
from ..tabular import table

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 44.0, 388.0, 44.0, 236.0, 274.0
BINS = 10
REACH = 1.6449
"""Standard errors on either side that hold 90 % of a normal distribution."""


Answered = tuple[float, bool]
"""The probability of what was said of a row, and whether it is right."""


def shown(adapted: Adapted) -> Markup | None:
    """The sentence on calibration, reliability and risk against coverage."""
    told = adapted.calibration
    if told is None or not adapted.rows:
        return None
    if told.threshold is None or told.right is None:
        rest = f"No threshold makes {numbers.percent(told.aim)} of its answers right."
    elif not told.abstained:
        rest = f"{numbers.percent(told.right)} of its answers are right: none need be withheld."
    else:
        rest = (
            f"Where it withholds answers under {told.threshold:.2f}, that is "
            f"{numbers.percent(told.abstained)} of them, "
            f"{numbers.percent(told.right)} of the others are right."
        )
    sentence = (
        f"Calibration error {numbers.plain(told.before)} as trained, {numbers.plain(told.after)} "
        f"with the temperature {numbers.plain(told.temperature)}, on "
        f"{numbers.many(told.rows, 'row')} that it had not learnt from. {rest}"
    )
    if adapted.adapt.task == "tag":
        # Words are calibrated and sentences are shown: their figures would be of something else.
        return element("p", sentence.replace("row", "word"), class_="lead")
    sure = [
        (row.probability, row.said == row.label)
        for row in adapted.rows
        if row.probability is not None
    ]
    drawings = [_reliability(sure), _risk(adapted, sure)]
    return join(
        element("p", sentence, class_="lead"),
        element("div", [drawing.shown() for drawing in drawings], class_="panels"),
    )


def _reliability(rows: Sequence[Answered]) -> Drawing:
    x = Axis(low=0, high=1, start=LEFT, end=RIGHT)
    y = Axis(low=0, high=1, start=BOTTOM, end=TOP)
    order = sorted(rows)
    size = -(-len(order) // BINS)
    bins = [order[i : i + size] for i in range(0, len(order), size)]
    spots, lines = [], []
    for some in bins:
        sure = sum(probability for probability, _ in some) / len(some)
        right = sum(fine for _, fine in some) / len(some)
        error = REACH * (right * (1 - right) / len(some)) ** 0.5
        spots.append(_with_interval(x.place(sure), right, error, y))
        lines.append((f"{sure:.3f}", f"{right:.3f}", f"{len(some):,}"))
    svg = canvas(
        "Reliability",
        HEIGHT,
        words(0, 14, "Share right against probability", "title"),
        words(0, 31, "share right, rows in tenths by probability", "note"),
        _ground(x, y, "probability of what was said"),
        path([(x.place(0), y.place(0)), (x.place(1), y.place(1))], "rival"),
        spots,
    )
    told = table(["probability", "share right", "rows"], lines, words=0)
    return Drawing(name="reliability", svg=svg, numbers=told, caption=(
        "On the dashed line a probability is what it says. Bars hold 90 %."
    ))  # fmt: skip


def _with_interval(x: float, right: float, error: float, y: Axis) -> Markup:
    low, high = max(0.0, right - error), min(1.0, right + error)
    return join(
        stroke(x, y.place(low), x, y.place(high), "interval"),
        dot(x, y.place(right), 4, "mean", f"{right:.3f}"),
    )


def _risk(adapted: Adapted, rows: Sequence[Answered]) -> Drawing:
    order = sorted(rows, key=lambda row: -row[0])
    wrong, points = 0, []
    for place, (_, fine) in enumerate(order, start=1):
        wrong += not fine
        points.append((place / len(order), wrong / place))
    top = max(0.02, *(risk for _, risk in points[len(points) // 20 :]))
    x = Axis(low=0, high=1, start=LEFT, end=RIGHT)
    y = Axis(low=0, high=min(1.0, 1.15 * top), start=BOTTOM, end=TOP)
    line = [(x.place(share), y.place(risk)) for share, risk in points if y.inside(risk)]
    svg = canvas(
        "Risk against coverage",
        HEIGHT,
        words(0, 14, "Errors among the answers, surest first", "title"),
        words(0, 31, "share wrong of the rows that are answered", "note"),
        _ground(x, y, "share of the rows that are answered"),
        path(line, "fit"),
        _threshold(adapted, rows, x),
    )
    tenths = [points[max(0, round(len(points) * part / 10) - 1)] for part in range(1, 11)]
    told = table(["answered", "wrong"], [(f"{a:.2f}", f"{b:.4f}") for a, b in tenths], words=0)
    return Drawing(name="risk", svg=svg, numbers=told)


def _threshold(adapted: Adapted, rows: Sequence[Answered], x: Axis) -> Markup | None:
    told = adapted.calibration
    if told is None or told.threshold is None:
        return None
    kept = sum(sure >= told.threshold for sure, _ in rows) / len(rows)
    return join(
        stroke(x.place(kept), TOP, x.place(kept), BOTTOM, "onset"),
        words(x.place(kept) - 6, TOP + 12, f"from {told.threshold:.2f} on", "onset", "end"),
    )


def _ground(x: Axis, y: Axis, name: str) -> Markup:
    return join(
        [
            join(
                stroke(LEFT, y.place(value), RIGHT, y.place(value), "grid"),
                words(LEFT - 6, y.place(value) + 4.2, text, "tick", "end"),
            )
            for value, text in ticks(y, room=24)
        ],
        stroke(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"),
        [words(x.place(v), BOTTOM + 16, text, "tick", "middle") for v, text in ticks(x, room=50)],
        words((LEFT + RIGHT) / 2, BOTTOM + 33, name, "note", "middle"),
    )
