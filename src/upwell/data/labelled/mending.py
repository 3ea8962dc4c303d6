"""Rows fit to learn from: without those that are empty, unlabelled, repeated or leaked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...errors import DataError
from .problems import Problem, key, leaks, problems
from .reading import Labelled, Row

LEFT_OUT = ("empty", "unlabelled", "repeated", "leaked")
LEAST = 2
"""Labels without which there is nothing to tell apart."""


@dataclass(frozen=True)
class Mended:
    """Rows that are left, and everything that was wrong."""

    data: Labelled
    problems: tuple[Problem, ...]


def mended(data: Labelled, tests: tuple[Labelled, ...] = ()) -> Mended:
    """Training rows that can be learnt from; `tests` are rows that they must not hold.

    Raises DataError where no row, or fewer than two labels, are left.
    """
    leaked = [found for test in tests if (found := leaks(data, test)) is not None]
    told = (*leaked, *problems(data))
    out = {line for problem in told if problem.kind in LEFT_OUT for line in problem.lines}
    left = replace(data, rows=tuple(row for row in data.rows if row.line not in out))
    if not data.listed and len(left.rows) < LEAST:
        raise DataError(f"{data.name} has {len(left.rows)} usable rows; give at least {LEAST}")
    if data.listed and len(left.labels) < LEAST:
        raise DataError(
            f"{data.name} has {len(left.rows)} usable rows of {len(left.labels)} "
            f"label{'s' * (len(left.labels) != 1)}; give rows of at least {LEAST}"
        )
    return Mended(left, told)


def unseen(data: Labelled, others: Labelled) -> Labelled:
    """The rows whose text is not among the others'."""
    there = {key(row) for row in others.rows}
    kept: tuple[Row, ...] = tuple(row for row in data.rows if key(row) not in there)
    return replace(data, rows=kept)
