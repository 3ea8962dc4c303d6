"""Nested random subsets: a larger subset contains every smaller one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256

from ..data.labeled import Row


def nested_subset(rows: Sequence[Row], seed: int) -> tuple[Row, ...]:
    """The rows in random order, with the labels in turn, so that every prefix is balanced.

    The order depends on the rows and the seed, and not on the order of the rows.
    """
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.labels].append(row)
    for group in groups.values():
        group.sort(key=lambda row: _hash_key("\0".join(row.texts), seed))
    label_order = sorted(groups, key=lambda labels: _hash_key("\0".join(labels), seed))
    max_rows = max(map(len, groups.values()), default=0)
    return tuple(
        groups[labels][turn] for turn in range(max_rows) for labels in label_order
        if turn < len(groups[labels])
    )  # fmt: skip


def train_sizes(available: int, requested: Sequence[int] = ()) -> tuple[int, ...]:
    """Numbers of rows, in ascending order: the requested ones, or 8, 16, 32, ... and all.

    Requests above `available` become `available`.
    """
    sizes = requested or (*(8 * 2**step for step in range(24)), available)
    return tuple(sorted({min(n, available) for n in sizes}))


def _hash_key(text: str, seed: int) -> bytes:
    return sha256(f"{seed}\0{text}".encode("utf-8", "replace")).digest()
