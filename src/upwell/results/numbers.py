"""Numbers as people write them in tables: "70M", "1.3B params", "70,000,000", "0,25", "47.3 %".

A comma is the decimal sign or parts thousands. Which of the two is decided for a whole file: one
cell that can only be read in one way decides for the others. A cell that both ways could read, in a
file that does not decide, is no number.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

from ..errors import DataError

NUMBER_SUFFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}

UNIT_WORDS = {
    "thousand": "k", "million": "m", "millions": "m", "mio": "m", "mn": "m", "billion": "b",
    "billions": "b", "bn": "b", "trillion": "t", "trillions": "t",
}  # fmt: skip
CHINESE_UNITS = {"万": 1e4, "亿": 1e8, "万亿": 1e12}

COUNTED_WORDS = re.compile(
    r"(?:params?|parameters?|tokens?|toks?|flops?|-?shots?|items?|samples?|参数|个?词元)\.?$"
)
"""What a cell says that it counts: "1.3B params"."""

NUMBER_PATTERN = re.compile(r"(\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?)([kmbgt]?)", re.IGNORECASE)

_SUFFIXED = re.compile(
    r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?)\s*([a-z]+|万亿|万|亿)?", re.IGNORECASE
)
_THOUSANDS_COMMA = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
_THOUSANDS_DOT = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+")
_DIGIT_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f\u2009'’_](?=\d{3}(?!\d))")
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def parse_number(text: str) -> float:
    """The positive number in "1.4e9", "1.4b", "300B" or "70m"; DataError otherwise."""
    parsed = NUMBER_PATTERN.fullmatch(text.strip().replace("_", ""))
    number = float(parsed[1]) * NUMBER_SUFFIXES[parsed[2].lower()] if parsed else 0.0
    if not 0 < number < math.inf:
        raise DataError(f"expected a positive number such as 1.4e9, 1.4b or 70m, found {text!r}")
    return number


def has_decimal_commas(cells: Iterable[str]) -> bool:
    """Whether a cell can only be read with the comma as the decimal sign: "0,25", "1.234,5"."""
    return any("," in cell and _is_decimal_comma(_clean(cell)) for cell in cells)


def parse_cell(
    text: str, *, decimal_comma: bool = False, units: bool = True, whole: bool = True
) -> float | None:
    """The number in a cell; None where it is no number. A percent sign is ignored.

    `decimal_comma` says that the file writes "0,25" and parts thousands by dots; `units` allows
    "70M"; `whole` says that the column counts something, so that "1,319" is above a thousand.
    """
    number = _clean(text)
    if not whole and not decimal_comma and _ONE_GROUP.fullmatch(number):
        return None
    plain = _to_plain(number, decimal_comma)
    parsed = _SUFFIXED.fullmatch(plain) if plain is not None else None
    factor = _unit_factor(parsed[2] or "") if parsed else None
    if parsed is None or factor is None or (parsed[2] and not units):
        return None
    value = float(parsed[1]) * factor
    return value if math.isfinite(value) else None


def is_percent(text: str) -> bool:
    """Whether a cell ends in a percent sign."""
    return text.rstrip().endswith(("%", "％"))


def _clean(text: str) -> str:
    """The cell without percent sign, counted word and spaces between digits."""
    cell = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
    cell = cell.strip().lstrip("~≈ ").removesuffix("%").strip()
    return _DIGIT_SPACES.sub("", COUNTED_WORDS.sub("", cell.lower()).strip())


def _is_decimal_comma(number: str) -> bool:
    digits = re.match(r"[+-]?[\d.,]*", number)
    text = digits[0] if digits else ""
    if text.count(",") != 1 or _THOUSANDS_COMMA.fullmatch(text):
        return False
    head, _, tail = text.partition(",")
    if "." in tail:
        return False
    return tail.isdigit() and ("." not in head or bool(_THOUSANDS_DOT.fullmatch(head)))


def _to_plain(number: str, decimal_comma: bool) -> str | None:
    """The number with a dot as the decimal sign and no other separators; None if ambiguous."""
    match = re.match(r"([+-]?[\d.,]*)(.*)", number, re.DOTALL)
    assert match is not None
    digits, rest = match[1], match[2]
    if decimal_comma:
        whole, comma, fraction = digits.partition(",")
        if _THOUSANDS_DOT.fullmatch(whole):
            whole = whole.replace(".", "")
        elif "." in whole and comma:
            return None
        return f"{whole}.{fraction}{rest}" if comma else whole + rest
    if "," not in digits:
        if digits.count(".") > 1 and _THOUSANDS_DOT.fullmatch(digits):
            return digits.replace(".", "") + rest
        return digits + rest
    whole, dot, fraction = digits.partition(".")
    if not _THOUSANDS_COMMA.fullmatch(whole):
        return None
    return whole.replace(",", "") + dot + fraction + rest


def _unit_factor(unit: str) -> float | None:
    unit = UNIT_WORDS.get(unit.lower(), unit.lower())
    return CHINESE_UNITS.get(unit, NUMBER_SUFFIXES.get(unit))
