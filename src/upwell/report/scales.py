"""From values to places on paper, and the ticks that let a reader go back.

An axis is logarithmic where scale is (parameters, tokens, compute, rows) and linear
elsewhere. It never starts a bounded metric's axis away from its bound: a step must
not be made to look like a cliff by cutting the paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from . import numbers

LOGARITHMIC = ("params", "tokens", "flops", "step", "bytes", "rows", "width")
"""Columns that grow by factors; others do when they span a factor of `WIDE`."""

WIDE = 50.0


TINY = 1e-200
"""Smaller than anything that is measured; below it floats have no digits left to divide."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A stretch of values laid on a stretch of paper."""

    low: float
    high: float
    start: float
    """Place of `low` on the paper, in its units."""

    end: float
    logarithmic: bool = False
    name: str = ""
    """The column, which decides how ticks are written."""

    def place(self, value: float) -> float:
        """Where the value stands on paper, also when it lies outside the axis."""
        low, high = self._bend(self.low), self._bend(self.high)
        return self.start + (self._bend(value) - low) / (high - low) * (self.end - self.start)

    def inside(self, value: float) -> bool:
        """Whether the value is on the axis."""
        return min(self.low, self.high) <= value <= max(self.low, self.high)

    def between(
        self, steps: int, low: float | None = None, high: float | None = None
    ) -> list[float]:
        """Values evenly spread on paper from low to high, both included."""
        first = self._bend(self.low if low is None else low)
        last = self._bend(self.high if high is None else high)
        return [self._unbend(first + (last - first) * i / steps) for i in range(steps + 1)]

    def _bend(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def _unbend(self, value: float) -> float:
        return 10**value if self.logarithmic else value


def scale_axis(
    name: str,
    values: Sequence[float],
    start: float,
    end: float,
    *,
    padding: float = 0.06,
    factors: bool = False,
) -> Axis:
    """The axis of a scale, wide enough for all values; loss runs from high to low.

    A smaller loss is a better model, so growth reads from left to right on it too. With
    `factors` it is logarithmic whatever its name, if its values allow it.
    """
    low, high = min(values), max(values)
    logarithmic = low > 0 and (factors or name in LOGARITHMIC or high / low >= WIDE)
    if logarithmic:
        factor = max((high / low) ** padding, 1.15)
        low, high = low / factor, high * factor
    else:
        room = _stretch(low, high) * (padding if high > low else 0.1)
        low, high = low - room, high + room
    if name == "loss":
        low, high = high, low
    return Axis(low=low, high=high, start=start, end=end, logarithmic=logarithmic, name=name)


def value_axis(
    values: Sequence[float],
    start: float,
    end: float,
    *,
    low: float | None = None,
    high: float | None = None,
) -> Axis:
    """The axis of a metric: its whole range where it has two bounds, else round numbers
    that hold all values and stay within the bound that there is. A bound that a value
    breaks is none: the value is shown."""
    smallest, largest = min(values), max(values)
    low = None if low is not None and smallest < low else low
    high = None if high is not None and largest > high else high
    if low is not None and high is not None:
        return Axis(low=low, high=high, start=start, end=end)
    step = _round_step(_stretch(smallest, largest), 4)
    bottom, top = math.floor(smallest / step) * step, math.ceil(largest / step) * step
    bottom = bottom if low is None else max(bottom, low)
    top = top if high is None else min(top, high)
    if bottom >= top:
        bottom, top = (low, low + step) if low is not None else (top - step, top)
    return Axis(low=bottom, high=top, start=start, end=end)


def _stretch(smallest: float, largest: float) -> float:
    """How much paper values need; values that differ by rounding alone are one value."""
    size = max(abs(smallest), abs(largest))
    if largest - smallest > max(1e-9 * size, TINY):
        return largest - smallest
    return size if size > TINY else 1.0


def ticks(axis: Axis, *, room: float) -> list[tuple[float, str]]:
    """Round values of the axis with how they are written, none closer than `room` on paper."""
    chosen = _powers(axis, room) if axis.logarithmic else []
    if len(chosen) < 2:
        chosen = _evenly(axis, room)
    places = _places(chosen)
    return [(value, _written(axis, value, places)) for value in chosen]


def _powers(axis: Axis, room: float) -> list[float]:
    """Powers of ten, with round numbers between them where there is room for those."""
    low, high = sorted((axis.low, axis.high))
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for leads, every in (
        ((1, 2, 3, 5), 1),
        ((1, 3), 1),
        ((1,), 1),
        ((1,), 2),
        ((1,), 3),
        ((1,), 6),
    ):
        found = [lead * 10.0**power for power in powers if power % every == 0 for lead in leads]
        found = [value for value in found if low <= value <= high]
        if _closest(axis, found) >= room:
            return found
    return []


def _evenly(axis: Axis, room: float) -> list[float]:
    low, high = sorted((axis.low, axis.high))
    for parts in (5, 4, 3, 2, 1):
        step = _round_step(high - low, parts)
        first = math.ceil(low / step - 1e-9)
        found = [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
        if _closest(axis, found) >= room:
            return found
    return [low]


def _round_step(stretch: float, parts: int) -> float:
    """The largest of 1, 2, 2.5, 5 times a power of ten that cuts the stretch in so many parts."""
    power = 10.0 ** math.floor(math.log10(stretch / parts))
    return max(lead * power for lead in (1, 2, 2.5, 5) if lead * power <= stretch / parts * 1.0001)


def _closest(axis: Axis, values: Sequence[float]) -> float:
    spots = sorted(axis.place(value) for value in values)
    return min((b - a for a, b in pairwise(spots)), default=math.inf)


def _places(values: Sequence[float]) -> int:
    """Decimals that all the values of a linear axis are written with."""
    return max((len(f"{value:.6g}".partition(".")[2]) for value in values if value), default=0)


def _written(axis: Axis, value: float, places: int) -> str:
    if axis.name in LOGARITHMIC:
        return numbers.scale(value, axis.name)
    if axis.logarithmic:
        return numbers.exact(value)
    if abs(value) >= 1000:
        return numbers.count(value)
    return f"{value:,.{places}f}".replace("-", "−")
