"""What many rows of tokens share, so that it is read once.

Rows become a tree whose branches are the stretches of tokens between two places where rows
part. The tree is then carved into scopes: a trunk, whose keys and values are worth keeping
because much hangs on it, and pieces, small trees that are each read in one row. Nothing here
knows a network; it is arithmetic on lists of ids, and holds for rows of any shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

PASS = 64
"""Tokens that a forward pass of its own costs besides those it reads, measured on a CPU at 6
million parameters. A trunk is kept apart when that saves more than this."""

WASTE = 3
"""How many pairs of tokens a row may compare for each pair that is needed. A chain compares twice
as many; two long ones side by side, four times."""


@dataclass(frozen=True)
class Stretch:
    """Tokens that are always read together."""

    tokens: tuple[int, ...]
    depth: int
    """Position of the first token in the row."""

    parent: int
    """Place of the stretch before it, or -1."""


@dataclass(frozen=True)
class Tree:
    """Stretches in preorder, so that what hangs on one follows it without a gap."""

    stretches: list[Stretch]
    ends: list[int]
    """For each row, the stretch with which it ends."""

    after: list[int]
    """For each stretch, the place after the last one that hangs on it."""

    tokens: list[int]
    """For each stretch, how many tokens it and all that hangs on it have."""

    reach: list[int]
    """For each stretch, the sum of the positions of those tokens."""

    def children(self, place: int) -> Iterator[int]:
        """Places of the stretches that follow directly; of the root for -1."""
        child, end = place + 1, len(self.stretches) if place < 0 else self.after[place]
        while child < end:
            yield child
            child = self.after[child]

    def path(self, place: int) -> Iterator[int]:
        """Places from this stretch back to the first of the row."""
        while place >= 0:
            yield place
            place = self.stretches[place].parent


@dataclass(frozen=True)
class Piece:
    """A stretch and all that hangs on it, to be read in one row."""

    top: int
    lead: tuple[int, ...] = ()
    """Stretches before it that are read again, since they are not worth keeping."""


@dataclass
class Scope:
    """What is read after the same trunk."""

    level: int
    """How many trunks stand before its pieces."""

    trunk: tuple[int, ...] = ()
    """Stretches that its trunk adds to the trunk above."""

    pieces: list[Piece] = field(default_factory=list)


def tree(rows: Sequence[Sequence[int]], longest: int) -> Tree:
    """The tree of rows of ids, none of them empty; no stretch is longer than `longest`."""
    order = sorted(range(len(rows)), key=lambda row: tuple(rows[row]))
    sorted_rows = [rows[row] for row in order]
    stretches: list[Stretch] = []
    ends = [-1] * len(rows)
    todo = [(low, high, 0, -1) for low, high in reversed(_groups(sorted_rows, 0, len(rows), 0))]
    while todo:
        low, high, depth, parent = todo.pop()
        end = min(_shared(sorted_rows[low], sorted_rows[high - 1], depth), depth + longest)
        place = len(stretches)
        stretches.append(Stretch(tuple(sorted_rows[low][depth:end]), depth, parent))
        while low < high and len(sorted_rows[low]) == end:
            ends[order[low]] = place
            low += 1
        groups = _groups(sorted_rows, low, high, end)
        todo += [(*group, end, place) for group in reversed(groups)]
    return _measured(stretches, ends)


def carved(tree: Tree, limit: int) -> list[Scope]:
    """Scopes in the order in which they are read, every stretch in a trunk or in a piece.

    A piece has at most `limit` tokens, unless a single stretch has more.
    """
    scopes = [Scope(0)]
    todo: list[tuple[int, tuple[int, ...], Scope]] = [
        (child, (), scopes[0]) for child in reversed(list(tree.children(-1)))
    ]
    while todo:
        place, lead, scope = todo.pop()
        children = list(tree.children(place))
        before = sum(len(tree.stretches[each].tokens) for each in lead)
        own = before + len(tree.stretches[place].tokens)
        if not children or _fits(tree, place, before, limit):
            scope.pieces.append(Piece(place, lead))
        elif own * (len(children) - 1) >= PASS or own >= limit:
            scopes.append(Scope(scope.level + 1, (*lead, place)))
            todo += [(child, (), scopes[-1]) for child in reversed(children)]
        else:
            todo += [(child, (*lead, place), scope) for child in reversed(children)]
    return _in_order(scopes)


def _in_order(scopes: list[Scope]) -> list[Scope]:
    """Without the first scope where nothing stands outside of trunks."""
    return scopes if scopes[0].pieces else scopes[1:]


def _fits(tree: Tree, place: int, before: int, limit: int) -> bool:
    """Whether all that hangs on a stretch can be one row without much waste."""
    tokens = before + tree.tokens[place]
    start = tree.stretches[place].depth - before
    pairs = tree.reach[place] - tree.tokens[place] * start + before**2 // 2
    return tokens <= limit and tokens**2 <= WASTE * pairs + PASS**2


def _groups(
    rows: Sequence[Sequence[int]], low: int, high: int, depth: int
) -> list[tuple[int, int]]:
    """Runs of sorted rows that have the same token at a position."""
    firsts = [
        row for row in range(low, high) if row == low or rows[row][depth] != rows[row - 1][depth]
    ]
    return list(pairwise([*firsts, high])) if firsts else []


def _shared(first: Sequence[int], last: Sequence[int], depth: int) -> int:
    """Where two rows part that are the same up to `depth`."""
    shortest = min(len(first), len(last))
    if first[:shortest] == last[:shortest]:
        return shortest
    return next(place for place in range(depth, shortest) if first[place] != last[place])


def _measured(stretches: list[Stretch], ends: list[int]) -> Tree:
    sizes = [len(each.tokens) for each in stretches]
    tokens = sizes[:]
    reach = [
        size * each.depth + size * (size + 1) // 2
        for size, each in zip(sizes, stretches, strict=True)
    ]
    after = [place + 1 for place in range(len(stretches))]
    for place in reversed(range(len(stretches))):
        parent = stretches[place].parent
        if parent >= 0:
            tokens[parent] += tokens[place]
            reach[parent] += reach[place]
            after[parent] = max(after[parent], after[place])
    return Tree(stretches, ends, after, tokens, reach)


def common(rows: Sequence[Sequence[int]]) -> int:
    """How many ids all rows begin with."""
    first, last = min(rows, key=tuple), max(rows, key=tuple)
    return _shared(first, last, 0)
