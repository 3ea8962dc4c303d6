"""Rows that can be scored, and rows as a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

from ...data.formula_cells import escape_cell
from ...data.labeled import LabeledDataset
from ...data.labeled.issues import find_issues, is_labeled
from ...store.atomic import write_bytes


def drop_unscorable(dataset: LabeledDataset) -> LabeledDataset:
    """The rows that have a text and a label. Dropped rows are counted in `notes`."""
    multilabel = dataset.columns.label_separator is not None
    usable = tuple(
        row for row in dataset.rows if all(row.texts) and (multilabel or is_labeled(row))
    )
    dropped = [issue for issue in find_issues(dataset) if issue.kind in ("empty", "unlabeled")]
    return replace(dataset, rows=usable, notes=(*dataset.notes, *map(str, dropped)))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """Write a CSV file atomically and create its folder; the path. No cell is a formula."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    for row in (header, *rows):
        writer.writerow(map(escape_cell, row))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, text.getvalue().encode("utf-8", "backslashreplace"))
    return path
