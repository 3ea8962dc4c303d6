"""From values to positions on a figure: scales, ticks, and the axes that show them.

An axis is logarithmic where scale is (parameters, tokens, compute, rows) and linear elsewhere. The
axis of a bounded metric spans its bounds. A cut axis would make a small step look like a cliff.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...formatting import format_axis_value, format_count, format_exact, typographic_minus
from ..html.markup import Markup, join
from .svg import Point, line, text

LOG_AXES = ("params", "tokens", "flops", "step", "bytes", "train_rows", "width")
"""Axes that grow by factors; any other does when its values span `LOG_SCALE_RATIO`."""

LOG_SCALE_RATIO = 50.0

MIN_SPREAD = 1e-200
"""Smaller than anything that is measured; below it floats have no digits left to divide."""

CHART_TOP, CHART_BOTTOM, CHART_HEIGHT = 44.0, 236.0, 274.0
"""Plot area and height of a figure that has a title, a note and a titled x axis."""

TICK_LABEL_OFFSET, AXIS_TITLE_OFFSET = 16, 33
"""From the bottom of the plot area to the baselines of tick labels and of the axis title."""

TICK_LENGTH = 4


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A range of values laid on a range of positions in the figure."""

    low: float
    high: float
    start: float
    """Position of `low`, in user units of the figure."""

    end: float
    """Position of `high`."""

    logarithmic: bool = False
    name: str = ""
    """Column of the table; it decides how ticks are formatted."""

    def to_px(self, value: float) -> float:
        """The position of a value, also of one outside the axis."""
        low, high = self._transform(self.low), self._transform(self.high)
        return self.start + (self._transform(value) - low) / (high - low) * (self.end - self.start)

    def contains(self, value: float) -> bool:
        """Whether the value lies on the axis."""
        return min(self.low, self.high) <= value <= max(self.low, self.high)

    def interpolate(
        self, steps: int, low: float | None = None, high: float | None = None
    ) -> list[float]:
        """`steps + 1` values at equal distances in the figure from low to high, both included."""
        first = self._transform(self.low if low is None else low)
        last = self._transform(self.high if high is None else high)
        return [
            self._inverse_transform(first + (last - first) * i / steps) for i in range(steps + 1)
        ]

    def _transform(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def _inverse_transform(self, value: float) -> float:
        return 10**value if self.logarithmic else value


@dataclass(frozen=True, kw_only=True)
class Axes:
    """The plot area of a figure: an x axis from left to right, a y axis from bottom to top.

    Draw the y axis first, then the data, then the x axis; `draw` does both axes at once.
    """

    x: Axis
    y: Axis

    @property
    def left(self) -> float:
        """Left edge of the plot area."""
        return min(self.x.start, self.x.end)

    @property
    def right(self) -> float:
        """Right edge of the plot area."""
        return max(self.x.start, self.x.end)

    @property
    def top(self) -> float:
        """Upper edge of the plot area."""
        return min(self.y.start, self.y.end)

    @property
    def bottom(self) -> float:
        """Lower edge of the plot area."""
        return max(self.y.start, self.y.end)

    def to_px(self, points: Sequence[Point]) -> list[Point]:
        """Positions of (x, y) values."""
        return [(self.x.to_px(x), self.y.to_px(y)) for x, y in points]

    def draw(
        self,
        title: str,
        *,
        x_gap: float = 50,
        y_gap: float = 24,
        x_labels: Sequence[tuple[float, str]] | None = None,
        tick_marks: bool = False,
    ) -> Markup:
        """Both axes."""
        return join(
            self.draw_y(min_gap=y_gap),
            self.draw_x(title, min_gap=x_gap, labels=x_labels, tick_marks=tick_marks),
        )

    def draw_y(self, *, min_gap: float = 24) -> Markup:
        """A labeled grid line for each tick of y, and the baseline."""
        return join(
            [
                join(
                    line(self.left, self.y.to_px(value), self.right, self.y.to_px(value), "grid"),
                    text(self.left - 6, self.y.to_px(value) + 4.2, label, "tick", "end"),
                )
                for value, label in ticks(self.y, min_gap=min_gap)
            ],
            self.draw_baseline(),
        )

    def draw_baseline(self) -> Markup:
        """The line along the bottom of the plot area."""
        return line(self.left, self.bottom, self.right, self.bottom, "axis")

    def draw_x(
        self,
        title: str | None = None,
        *,
        min_gap: float = 50,
        labels: Sequence[tuple[float, str]] | None = None,
        tick_marks: bool = False,
    ) -> Markup:
        """Labels below the plot area, those of `ticks` unless others are given, and the title."""
        labels = ticks(self.x, min_gap=min_gap) if labels is None else labels
        middle = (self.left + self.right) / 2
        return join(
            [self._draw_x_label(value, label, tick_marks) for value, label in labels],
            None
            if title is None
            else text(middle, self.bottom + AXIS_TITLE_OFFSET, title, "note", "middle"),
        )

    def draw_vertical_grid(self, values: Sequence[float]) -> Markup:
        """A grid line at each value of x."""
        positions = [self.x.to_px(value) for value in values]
        return join([line(px, self.top, px, self.bottom, "grid") for px in positions])

    def _draw_x_label(self, value: float, label: str, tick_mark: bool) -> Markup:
        px = self.x.to_px(value)
        return join(
            line(px, self.bottom, px, self.bottom + TICK_LENGTH, "axis") if tick_mark else None,
            text(px, self.bottom + TICK_LABEL_OFFSET, label, "tick", "middle"),
        )


def scale_axis(
    name: str,
    values: Sequence[float],
    start: float,
    end: float,
    *,
    padding: float = 0.06,
    force_log: bool = False,
) -> Axis:
    """The axis of a scale, wide enough for all values.

    Loss runs from high to low: a smaller loss is a better model, so growth reads from left to
    right on it too. With `force_log` the axis is logarithmic, if its values allow it.
    """
    low, high = min(values), max(values)
    logarithmic = low > 0 and (force_log or name in LOG_AXES or high / low >= LOG_SCALE_RATIO)
    if logarithmic:
        factor = max((high / low) ** padding, 1.15)
        low, high = low / factor, high * factor
    else:
        margin = _value_range(low, high) * (padding if high > low else 0.1)
        low, high = low - margin, high + margin
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
    """The axis of a metric.

    It spans the bounds where there are two, else round numbers that enclose all values. A bound
    that a value exceeds is ignored, so that the value is drawn.
    """
    smallest, largest = min(values), max(values)
    low = None if low is not None and smallest < low else low
    high = None if high is not None and largest > high else high
    if low is not None and high is not None:
        return Axis(low=low, high=high, start=start, end=end)
    step = _round_step(_value_range(smallest, largest), 4)
    bottom, top = math.floor(smallest / step) * step, math.ceil(largest / step) * step
    bottom = bottom if low is None else max(bottom, low)
    top = top if high is None else min(top, high)
    if bottom >= top:
        bottom, top = (low, low + step) if low is not None else (top - step, top)
    return Axis(low=bottom, high=top, start=start, end=end)


def _value_range(smallest: float, largest: float) -> float:
    """Distance between two values; values that differ by rounding alone count as one value."""
    size = max(abs(smallest), abs(largest))
    if largest - smallest > max(1e-9 * size, MIN_SPREAD):
        return largest - smallest
    return size if size > MIN_SPREAD else 1.0


def ticks(axis: Axis, *, min_gap: float) -> list[tuple[float, str]]:
    """Round values of the axis with their labels, at least `min_gap` user units apart."""
    values = _log_ticks(axis, min_gap) if axis.logarithmic else []
    if len(values) < 2:
        values = _linear_ticks(axis, min_gap)
    decimals = _num_decimals(values)
    return [(value, _format_tick(axis, value, decimals)) for value in values]


def _log_ticks(axis: Axis, min_gap: float) -> list[float]:
    """Powers of ten, with round numbers between them where there is room for those."""
    low, high = sorted((axis.low, axis.high))
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits, exponent_step in (
        ((1, 2, 3, 5), 1),
        ((1, 3), 1),
        ((1,), 1),
        ((1,), 2),
        ((1,), 3),
        ((1,), 6),
    ):
        values = [
            digit * 10.0**power
            for power in powers
            if power % exponent_step == 0
            for digit in digits
        ]
        values = [value for value in values if low <= value <= high]
        if _min_gap(axis, values) >= min_gap:
            return values
    return []


def _linear_ticks(axis: Axis, min_gap: float) -> list[float]:
    low, high = sorted((axis.low, axis.high))
    for num_parts in (5, 4, 3, 2, 1):
        step = _round_step(high - low, num_parts)
        first = math.ceil(low / step - 1e-9)
        values = [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
        # A step that is larger than the lowest value makes a tick at zero.
        values = [value for value in values if value > 0 or not axis.logarithmic]
        if _min_gap(axis, values) >= min_gap:
            return values
    return [low]


def _round_step(value_range: float, num_parts: int) -> float:
    """The largest of 1, 2, 2.5, 5 times a power of ten that fits `num_parts` times."""
    power = 10.0 ** math.floor(math.log10(value_range / num_parts))
    return max(
        digit * power
        for digit in (1, 2, 2.5, 5)
        if digit * power <= value_range / num_parts * 1.0001
    )


def _min_gap(axis: Axis, values: Sequence[float]) -> float:
    positions = sorted(axis.to_px(value) for value in values)
    return min((b - a for a, b in pairwise(positions)), default=math.inf)


def _num_decimals(values: Sequence[float]) -> int:
    """Decimals that the labels of a linear axis share."""
    return max((len(f"{value:.6g}".partition(".")[2]) for value in values if value), default=0)


def _format_tick(axis: Axis, value: float, decimals: int) -> str:
    if axis.name in LOG_AXES:
        return format_axis_value(value, axis.name)
    if axis.logarithmic:
        return format_exact(value)
    label = f"{value:,.{decimals}f}" if abs(value) < 1000 else format_count(value)
    return typographic_minus(label)
