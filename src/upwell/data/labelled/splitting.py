"""Rows held back to choose by: a share of every label, no text on both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

from .problems import key
from .reading import Labelled, Row

MANY = 5000
MOST = 2000
"""Rows held back at most: more tell hardly more and are missed in training."""

Together = Callable[[Row], tuple[str, ...]]
"""What rows share that have to stay on one side."""


def divided(
    data: Labelled, seed: int, most: int = MOST, together: Together | None = None
) -> tuple[Labelled, Labelled]:
    """(to learn from, to choose by): a fifth of each label, a tenth where rows are many.

    A label with a single row stays in training; rows that `together` says the same of stay on one
    side. The same seed gives the same rows, whatever their order in the file.
    """
    share = 0.2 if len(data.rows) <= MANY else 0.1
    share = min(share, most / len(data.rows))
    by = together or _texts
    held = {row.line for group in _groups(data.rows) for row in _first(group, share, seed, by)}
    same = together or key
    texts = {same(row) for row in data.rows if row.line in held}
    back = tuple(row for row in data.rows if same(row) in texts)
    rest = tuple(row for row in data.rows if same(row) not in texts)
    return replace(data, rows=rest), replace(data, rows=back)


def folds(labels: Sequence[int], count: int, seed: int) -> list[int]:
    """The fold of each row, so that every label is spread over all of them."""
    order = sorted(range(len(labels)), key=lambda i: (labels[i], _draw(f"{i}", seed)))
    found = [0] * len(labels)
    for place, i in enumerate(order):
        found[i] = place % count
    return found


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of the same labels together; those whose several labels are like no other's, too."""
    groups: dict[frozenset[str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[frozenset(row.labels)].append(row)
    alone = [g[0] for labels, g in groups.items() if len(g) == 1 and len(labels) != 1]
    return [*(g for g in groups.values() if g[0] not in alone), *([alone] if alone else [])]


def _texts(row: Row) -> tuple[str, ...]:
    """What is drawn by; of a file what is in it, wherever it lies."""
    return (row.content,) if row.content else row.texts


def _first(group: Sequence[Row], share: float, seed: int, by: Together) -> Sequence[Row]:
    """So many of the group as its share, by the hash of their texts."""
    count = 0 if len(group) < 2 else max(1, round(share * len(group)))
    return sorted(group, key=lambda row: _draw("\0".join(by(row)), seed))[:count]


def _draw(text: str, seed: int) -> bytes:
    return sha256(f"{seed}\0{text}".encode("utf-8", "replace")).digest()
