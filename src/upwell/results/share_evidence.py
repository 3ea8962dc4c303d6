"""Whether numbers from 0 to 1 are shares or percentages below 1, by what stands beside them.

Of n items, a share is k/n and a percentage is 100 k/n, rounded to the digits that were written. And
the standard error of a share p is sqrt(p(1-p)/(n-1)). A row decides if only one of the two
readings is possible.
"""

from __future__ import annotations

import math

import polars as pl

MAX_ROWS = 1000
PERCENT = 100.0
STDERR_TOLERANCE = 0.05
"""Relative difference of a standard error from that of its proportion."""


def shows_shares(rows: pl.DataFrame) -> bool:
    """Whether a row can only be a share, and no row can only be a percentage.

    `rows` has the columns value, items and stderr.
    """
    decisions = [
        decision
        for value, items, stderr in rows.select("value", "items", "stderr")
        .head(MAX_ROWS)
        .iter_rows()
        for decision in (_by_items(value, items), _by_stderr(value, items, stderr))
        if decision is not None
    ]
    return bool(decisions) and all(decisions)


def _by_items(value: float | None, items: float | None) -> bool | None:
    """True for a share, False for a percentage, None if both or none is possible."""
    if not value or not items or items < 2:
        return None
    as_share, as_percent = _is_count(value, items, 1.0), _is_count(value, items, PERCENT)
    return as_share if as_share != as_percent else None


def _is_count(value: float, items: float, factor: float) -> bool:
    """Whether a whole number of items gives the value, rounded to its digits."""
    text = repr(value)
    digits = 12 if "e" in text else min(12, len(text.partition(".")[2]))
    nearest = round(value / factor * items)
    return abs(nearest / items * factor - value) <= 0.5 * 10.0**-digits + 1e-12


def _by_stderr(value: float | None, items: float | None, stderr: float | None) -> bool | None:
    if not value or not items or items < 2 or not stderr or not 0 < value < 1:
        return None
    share = math.sqrt(value * (1 - value) / (items - 1))
    percentage = PERCENT * math.sqrt(value / PERCENT * (1 - value / PERCENT) / (items - 1))
    as_share = abs(stderr / share - 1) <= STDERR_TOLERANCE
    as_percent = abs(stderr / percentage - 1) <= STDERR_TOLERANCE
    return as_share if as_share != as_percent else None
