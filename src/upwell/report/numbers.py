"""How numbers are written for people: short, with their unit, and never a zero for a missing one.

`None` becomes a word ("unknown"), not a dash that could be read as a minus or a nought.
"""

from __future__ import annotations

import math
from decimal import Decimal

LETTERS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
UNKNOWN = "unknown"


def plain(value: float, digits: int = 3) -> str:
    """A measured value with that many significant digits, e.g. 0.0123, 4.56, 1,230."""
    if value == 0:
        return "0"
    if abs(value) >= 1e6 or abs(value) < 1e-4:
        return scientific(value, digits - 1)
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return _minus(f"{value:,.{min(places, 6)}f}")


def known(number: float | None, digits: int = 3) -> str:
    """A measured value, or the word that says there is none."""
    return UNKNOWN if number is None else plain(number, digits)


def scale(number: float | None, axis: str = "params") -> str:
    """A place on an axis: 4.1K, 105K, 1.5M, 12B for counts, 3.2×10¹⁷ for FLOPs."""
    if number is None:
        return UNKNOWN
    if axis == "flops":
        return scientific(number)
    if axis not in ("params", "tokens", "step", "bytes", "rows"):
        return plain(number)
    return count(number)


def count(number: float) -> str:
    """A count with a letter for thousands, millions, billions (10⁹) and trillions."""
    for size, letter in LETTERS:
        if abs(number) >= size * 0.9995:
            return f"{_three(number / size)}{letter}"
    return _three(number)


def scientific(number: float, places: int = 1) -> str:
    """A number as 3.2×10¹⁷; a lone power as 10¹⁷."""
    if number == 0:
        return "0"
    mantissa, power = f"{number:.{places}e}".split("e")
    tail = f"10{str(int(power)).translate(SUPERSCRIPTS)}"
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return tail if mantissa == "1" else f"{_minus(mantissa)}×{tail}"


def span(low: float | None, high: float | None, axis: str | None = None) -> str | None:
    """An interval, or None when neither end is known; a missing end is named as such."""
    if low is None and high is None:
        return None
    ends = [known(end) if axis is None else scale(end, axis) for end in (low, high)]
    return f"{ends[0]} to {ends[1]}"


def interval_text(low: float | None, high: float | None) -> str:
    """An interval for a table, or the word that says there is none."""
    return UNKNOWN if low is None or high is None else f"{exact(low)} to {exact(high)}"


def duration(seconds: float) -> str:
    """A time that people can picture: 48 s, 12 min 30 s, 3 h 5 min."""
    if seconds < 1:
        return f"{seconds:.2g} s"
    if seconds < 100:
        return f"{_three(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{share * 100:.0f} %"


def chance_of(probability: float | None) -> str:
    """A probability to two digits; none is told as nought or one."""
    if probability is None:
        return UNKNOWN
    if probability < 0.01:
        return "under 0.01"
    return "over 0.99" if probability > 0.99 else f"{probability:.2f}"


def many(number: int, one: str, several: str | None = None) -> str:
    """`1 model`, `3 models`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def exact(number: float) -> str:
    """The number to six significant digits, for the tables under the figures."""
    if number == 0:
        return "0"
    if 1e-4 <= abs(number) < 1e7:
        text = format(Decimal(f"{number:.6g}"), "f")
        return _minus(text.rstrip("0").rstrip(".") if "." in text else f"{int(text):,}")
    return scientific(number, 5)


def exact_or_unknown(number: float | None) -> str:
    """The number for a table, or the word that says there is none."""
    return UNKNOWN if number is None else exact(number)


def _three(number: float) -> str:
    text = f"{number:.3g}"
    return _minus(text if "e" not in text else f"{number:,.0f}")


def _minus(text: str) -> str:
    """The typographic minus, which is as wide as a plus."""
    return text.replace("-", "−")
