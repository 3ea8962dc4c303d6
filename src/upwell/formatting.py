"""Numbers, counts, intervals, probabilities, durations and sizes as text for people.

This is the one place that formats them. It imports nothing of Upwell and nothing heavy.

Two styles. Sentences, messages and tables of the terminal are plain ASCII ("1.2e24 FLOPs",
"-0.5"). Pages are typographic ("1.2×10²⁴", "−0.5", with thousands separators). An unknown value
is a word on a page, not a dash that could be read as a minus or a zero.
"""

from __future__ import annotations

import math
from decimal import Decimal

UNKNOWN = "unknown"

COUNT_SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))

MIN_SCIENTIFIC = 1e15
"""From here on a power of ten says more than a letter."""

COUNT_AXES = ("params", "tokens", "step", "bytes", "train_rows")
"""Axes whose values are counts."""

AXIS_UNITS = {"params": "parameters", "flops": "FLOPs", "step": "steps", "loss": "of loss"}
"""What follows a number in a sentence; an axis that is not here is called by its own name."""

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


# Plain text: sentences, messages, terminal tables.


def format_count(number: float) -> str:
    """Three significant digits with K, M, B or T: "28.2K", "300B".

    A power of ten from 10¹⁵ on ("1.2e24") and for numbers that are very small ("2e-5").
    """
    if number < 0:
        return f"-{format_count(-number)}"
    rounded = float(f"{number:.3g}")
    if rounded < MIN_SCIENTIFIC:
        for size, letter in COUNT_SUFFIXES:
            if rounded >= size:
                return f"{rounded / size:.3g}{letter}"
    return f"{rounded:.3g}".replace("e+", "e").replace("e-0", "e-")


def format_scale(number: float, axis: str) -> str:
    """A position on an axis with its unit: "28.2K parameters", "1.2e24 FLOPs"."""
    return f"{format_count(number)} {axis_unit(axis)}"


def format_range(low: float, high: float, axis: str) -> str:
    """Two positions on an axis: "between 15.7K and 28.2K parameters"."""
    return f"between {format_count(low)} and {format_count(high)} {axis_unit(axis)}"


def axis_unit(axis: str) -> str:
    """What the numbers of an axis count: "parameters", "tokens"."""
    return AXIS_UNITS.get(axis, axis.replace("_", " "))


def format_number(number: float | None, digits: int = 3) -> str:
    """A number for a terminal table: "0.0123", "4.56e-07"; empty for None."""
    if number is None:
        return ""
    return f"{number:.{digits}g}" if 1e-4 <= abs(number) < 1e5 or number == 0 else f"{number:.2e}"


def format_ability(name: str, shots: int | None) -> str:
    """An ability with its number of few-shot examples, if any: "addition2, 4-shot"."""
    return f"{name}, {shots}-shot" if shots else name


def format_duration(seconds: float) -> str:
    """A time: "0.25 s", "48 s", "12 min 30 s", "3 h 5 min"."""
    if seconds < 1:
        return f"{seconds:.2g} s"
    if seconds < 100:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def format_bytes(count: float) -> str:
    """A size in decimal megabytes or gigabytes, with at most one decimal: "4.2 MB", "12 GB"."""
    size, unit = (count / 1e9, "GB") if count >= 1e9 else (count / 1e6, "MB")
    return f"{f'{size:.1f}'.removesuffix('.0')} {unit}"


def pluralize(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: "1 model", "3 models"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


# Typographic text: pages and figures.


def format_value(value: float | None, digits: int = 3) -> str:
    """A measured value with that many significant digits: "0.0123", "4.56", "1,230"."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    if abs(value) >= 1e6 or abs(value) < 1e-4:
        return format_scientific(value, digits - 1)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return typographic_minus(f"{value:,.{min(decimals, 6)}f}")


def format_exact(value: float | None) -> str:
    """A value with six significant digits, for the tables under the figures."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e7:
        text = format(Decimal(f"{value:.6g}"), "f")
        return typographic_minus(text.rstrip("0").rstrip(".") if "." in text else f"{int(text):,}")
    return format_scientific(value, 5)


def format_scientific(number: float, decimals: int = 1) -> str:
    """A number as "3.2×10¹⁷"; a bare power as "10¹⁷"."""
    if number == 0:
        return "0"
    mantissa, power = f"{number:.{decimals}e}".split("e")
    tail = f"10{str(int(power)).translate(SUPERSCRIPTS)}"
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return tail if mantissa == "1" else f"{typographic_minus(mantissa)}×{tail}"


def format_axis_value(number: float | None, axis: str = "params") -> str:
    """A position on an axis without its unit: "4.1K" for counts, "3.2×10¹⁷" for FLOPs."""
    if number is None:
        return UNKNOWN
    if axis == "flops":
        return format_scientific(number)
    return format_count(number) if axis in COUNT_AXES else format_value(number)


def format_interval(low: float | None, high: float | None, axis: str | None = None) -> str | None:
    """An interval, "0.42 to 0.58"; None when neither end is known."""
    if low is None and high is None:
        return None
    ends = [format_value(end) if axis is None else format_axis_value(end, axis)
            for end in (low, high)]  # fmt: skip
    return f"{ends[0]} to {ends[1]}"


def format_exact_interval(low: float | None, high: float | None) -> str:
    """An interval with six significant digits; "unknown" where an end is."""
    if low is None or high is None:
        return UNKNOWN
    return f"{format_exact(low)} to {format_exact(high)}"


def format_percent(fraction: float) -> str:
    """A fraction as a whole percentage: "89 %"."""
    return f"{fraction * 100:.0f} %"


def format_probability(probability: float | None) -> str:
    """A probability with two decimals; none is written as 0 or 1."""
    if probability is None:
        return UNKNOWN
    if probability < 0.01:
        return "under 0.01"
    return "over 0.99" if probability > 0.99 else f"{probability:.2f}"


def typographic_minus(text: str) -> str:
    """The text with the typographic minus, which is as wide as a plus."""
    return text.replace("-", "−")
