"""The pool of unlabeled rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...data.labeled import LabeledDataset, Row
from ...data.labeled.issues import normalized_key
from ...errors import DataError, SpecError
from ..data.dataset import FinetuneData


def read_pool(data: FinetuneData, path: Path) -> LabeledDataset:
    """The rows of a file that are in no split. Labels in the file are ignored.

    Raises SpecError for tasks without one label a row, DataError if no row is left.
    """
    task = data.task
    if not (task.has_linear_head and task.one_label_per_row) or data.multilabel:
        raise SpecError(
            f"--unlabeled needs a task with one label per row, and {data.config.task!r} is not one"
        )
    dataset = task.read(path, data.train.dataset.columns, labeled=False)
    splits = (data.train, data.dev, *([data.test] if data.test is not None else []))
    known_keys = {normalized_key(row) for split in splits for row in split.rows}
    rows = tuple(
        Row(row.line, row.texts, (), file_sha256=row.file_sha256)
        for row in dataset.rows
        if all(row.texts) and normalized_key(row) not in known_keys
    )
    if not rows:
        raise DataError(f"{path.name} has no rows that are not in the labeled data; give others")
    return replace(dataset, rows=rows)
