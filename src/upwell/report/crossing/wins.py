"""Which way is best where, against the best of another way; and what more labels are worth."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Standing, Worth
from .. import numbers
from ..markup import Markup, element, join, said
from ..tabular import table
from .opening import SHORT


def shown(standings: Sequence[Standing]) -> Markup | None:
    """A line for each number of rows; None where nothing was measured."""
    if not standings:
        return None
    head = ["rows", "best", "", "ahead by", "accuracy", "next best way", "accuracy", "model"]
    note = (
        "The difference is taken row by row on the same test rows; its interval counts luck with "
        "rows and draws. Where it holds zero, it cannot be told which is better."
    )
    return join(
        element("p", note, class_="lead"), table(head, [_line(one) for one in standings], words=3)
    )


def _line(one: Standing) -> tuple[object, ...]:
    first = one.contenders[0]
    rival = next((each for each in one.contenders if each.way != first.way), None)
    start, value, model = (f"{one.rows:,}", SHORT[first.way]), f"{first.value:.3f}", first.model
    if rival is None or one.gain is None or one.low is None or one.high is None:
        return (*start, "", "", value, "no other", "", said(model))
    ahead = f"{one.gain:+.3f} ({one.low:+.3f} to {one.high:+.3f})".replace("-", "−")
    verdict = "wins" if one.tells else "cannot tell"
    return (*start, verdict, ahead, value, SHORT[rival.way], f"{rival.value:.3f}", said(model))


def worth(worths: Sequence[Worth]) -> Markup | None:
    """A line for each way that learns from rows and each model."""
    if not worths:
        return None
    lines = [
        (
            SHORT[one.way],
            said(one.model),
            f"{one.rows:,}",
            "cannot tell" if one.gain is None else f"+{numbers.plain(one.gain)}",
            "" if one.low is None or one.high is None else
            f"{numbers.plain(one.low)} to {numbers.plain(one.high)}",
            said(one.why),
        )
        for one in worths
    ]  # fmt: skip
    head = ["way", "model", "from rows", "accuracy gained", "90 % interval", "how it is known"]
    return table(head, lines, words=2)
