"""Nested draws of labelled rows: more rows are always the fewer ones and others beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256

from ..data.labelled import Row


def drawn(rows: Sequence[Row], seed: int) -> tuple[Row, ...]:
    """The rows in the order of a draw: labels take turns, so that any first few have about as many
    of each. The same rows and seed give the same order, whatever theirs was."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.labels].append(row)
    for group in groups.values():
        group.sort(key=lambda row: _draw("\0".join(row.texts), seed))
    order = sorted(groups, key=lambda labels: _draw("\0".join(labels), seed))
    longest = max(map(len, groups.values()), default=0)
    return tuple(
        groups[labels][turn] for turn in range(longest) for labels in order
        if turn < len(groups[labels])
    )  # fmt: skip


def sizes(available: int, wanted: Sequence[int] = ()) -> tuple[int, ...]:
    """Numbers of rows, rising: those wanted, or 8, 16, 32, ... and all. More than there are is
    all."""
    asked = wanted or (*(8 * 2**step for step in range(24)), available)
    return tuple(sorted({min(n, available) for n in asked}))


def _draw(text: str, seed: int) -> bytes:
    return sha256(f"{seed}\0{text}".encode("utf-8", "replace")).digest()
