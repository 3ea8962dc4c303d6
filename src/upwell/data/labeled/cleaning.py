"""Rows fit for training: without those that are empty, unlabeled, repeated or leaked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...errors import DataError
from .dataset import LabeledDataset, Row
from .issues import DataIssue, find_issues, find_leaks

DROPPED_KINDS = ("empty", "unlabeled", "repeated", "leaked")
MIN_LABELS = 2
"""Smallest number of labels that can be told apart."""


@dataclass(frozen=True)
class CleanedDataset:
    """The remaining rows, and all issues found."""

    data: LabeledDataset
    issues: tuple[DataIssue, ...]


def clean(data: LabeledDataset, tests: tuple[LabeledDataset, ...] = ()) -> CleanedDataset:
    """The usable training rows, without rows that are also in one of the `tests`.

    Raises DataError where fewer than two rows, or rows of fewer than two labels, are left.
    """
    leak_issues = [leak for test in tests if (leak := find_leaks(data, test)) is not None]
    issues = (*leak_issues, *find_issues(data))
    dropped_lines = {
        line for issue in issues if issue.kind in DROPPED_KINDS for line in issue.lines
    }
    remaining = replace(data, rows=tuple(row for row in data.rows if row.line not in dropped_lines))
    if not data.has_fixed_labels and len(remaining.rows) < MIN_LABELS:
        raise DataError(
            f"{data.name} has {len(remaining.rows)} usable rows; give at least {MIN_LABELS}"
        )
    if data.has_fixed_labels and len(remaining.labels) < MIN_LABELS:
        raise DataError(
            f"{data.name} has {len(remaining.rows)} usable rows of {len(remaining.labels)} "
            f"label{'s' * (len(remaining.labels) != 1)}; give rows of at least {MIN_LABELS}"
        )
    return CleanedDataset(remaining, issues)


def exclude_overlap(data: LabeledDataset, others: LabeledDataset) -> LabeledDataset:
    """The rows whose text is in none of the others; a note counts the rest."""
    leak = find_leaks(data, others)
    if leak is None:
        return data
    lines = set(leak.lines)
    remaining: tuple[Row, ...] = tuple(row for row in data.rows if row.line not in lines)
    count = f"{len(lines)} row{'s' * (len(lines) > 1)}"
    message = replace(leak, message=f"{count} in {others.name} too, left out")
    return replace(data, rows=remaining, notes=(*data.notes, str(message)))
