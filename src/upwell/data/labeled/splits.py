"""Train and dev rows: a fraction of every label, and no text in both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from .dataset import LabeledDataset, Row
from .issues import normalized_key

LARGE_DATASET_ROWS = 5000
MAX_DEV_ROWS = 2000
"""More dev rows add little precision and are lost for training."""


@dataclass(frozen=True)
class SplitDatasets:
    """The rows of a source by split."""

    train: LabeledDataset
    dev: LabeledDataset | None = None
    """Rows that choose; None where they are split off the training rows."""

    test: LabeledDataset | None = None
    """Rows that score, and choose nothing; None where there are none."""

    def map(self, change: Callable[[LabeledDataset], LabeledDataset]) -> SplitDatasets:
        """Each split changed in the same way."""
        dev, test = (each and change(each) for each in (self.dev, self.test))
        return SplitDatasets(change(self.train), dev, test)


GroupKey = Callable[[Row], tuple[str, ...] | None]
"""What rows of one group share; None for a row without a group."""


def read_each_split(
    path: Path, folders: Mapping[str, Path], read: Callable[[Path], LabeledDataset]
) -> SplitDatasets:
    """The rows of each split folder, under names such as "photos/val"."""
    datasets = {
        split: replace(read(folder), name=f"{path.name}/{folder.relative_to(path).as_posix()}")
        for split, folder in folders.items()
    }
    return SplitDatasets(datasets["train"], dev=datasets.get("dev"), test=datasets.get("test"))


def train_dev_split(
    data: LabeledDataset, seed: int, max_rows: int = MAX_DEV_ROWS, group_key: GroupKey | None = None
) -> tuple[LabeledDataset, LabeledDataset]:
    """Train and dev rows. A fifth of each label is dev, a tenth of more than 5,000 rows.

    A label with a single row stays in training. Rows with equal `group_key` stay in one split, by
    default rows with the same text. The same seed gives the same split, whatever the order of the
    rows.
    """
    fraction = 0.2 if len(data.rows) <= LARGE_DATASET_ROWS else 0.1
    fraction = min(fraction, max_rows / len(data.rows))

    def hash_key(row: Row) -> tuple[str, ...]:
        group = None if group_key is None else group_key(row)
        return _row_texts(row) if group is None else group

    def row_key(row: Row) -> tuple[str, ...]:
        group = None if group_key is None else group_key(row)
        return normalized_key(row) if group is None else normalized_key(Row(0, group, ()))

    dev_lines = {
        row.line
        for group in _group_by_labels(data.rows)
        for row in _select_by_hash(group, fraction, seed, hash_key)
    }
    dev_keys = {row_key(row) for row in data.rows if row.line in dev_lines}
    dev_rows = tuple(row for row in data.rows if row_key(row) in dev_keys)
    train_rows = tuple(row for row in data.rows if row_key(row) not in dev_keys)
    return replace(data, rows=train_rows), replace(data, rows=dev_rows)


def stratified_folds(labels: Sequence[int], count: int, seed: int) -> list[int]:
    """The fold of each row; every label is spread evenly over the folds."""
    order = sorted(range(len(labels)), key=lambda i: (labels[i], _hash_rank(f"{i}", seed)))
    assignment = [0] * len(labels)
    for position, i in enumerate(order):
        assignment[i] = position % count
    return assignment


def _group_by_labels(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows with the same labels; those with a unique set of several labels are one group."""
    groups: dict[frozenset[str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[frozenset(row.labels)].append(row)
    singletons = [g[0] for labels, g in groups.items() if len(g) == 1 and len(labels) != 1]
    return [
        *(g for g in groups.values() if g[0] not in singletons),
        *([singletons] if singletons else []),
    ]


def _row_texts(row: Row) -> tuple[str, ...]:
    """The content of a row: its texts, or that of its file."""
    return (row.file_sha256,) if row.file_sha256 else row.texts


def _select_by_hash(
    group: Sequence[Row], fraction: float, seed: int, hash_key: Callable[[Row], tuple[str, ...]]
) -> Sequence[Row]:
    """A fraction of the group, by the hash of its keys."""
    count = 0 if len(group) < 2 else max(1, round(fraction * len(group)))
    return sorted(group, key=lambda row: _hash_rank("\0".join(hash_key(row)), seed))[:count]


def _hash_rank(text: str, seed: int) -> bytes:
    return sha256(f"{seed}\0{text}".encode("utf-8", "replace")).digest()
