"""The prefixes that rows of tokens share, as a tree.

The nodes of the tree are segments: tokens between two points where rows diverge. The tree is then
partitioned into scopes. A scope has a shared prefix, whose keys and values are kept, and chunks,
small subtrees that are read in one row each. Nothing here needs a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

PASS_OVERHEAD_TOKENS = 64
"""Overhead of a forward pass in tokens, measured on a CPU at 6 million parameters. A prefix gets a
pass of its own if that saves more."""

MAX_ATTENTION_WASTE = 3
"""Maximum number of token pairs that a row compares per pair that is needed. A chain compares twice
as many, two long branches side by side four times."""


@dataclass(frozen=True)
class Segment:
    """A node: tokens that are always read together."""

    tokens: tuple[int, ...]
    depth: int
    """Position of the first token in the row."""

    parent: int
    """Index of the segment before it, or -1."""


@dataclass(frozen=True)
class PrefixTree:
    """Segments in preorder: the subtree of a segment follows it without a gap."""

    segments: list[Segment]
    row_ends: list[int]
    """Index of the last segment of each row."""

    subtree_end: list[int]
    """End index of the subtree of each segment."""

    subtree_tokens: list[int]
    """Number of tokens in the subtree of each segment."""

    subtree_position_sum: list[int]
    """Sum of the positions of these tokens, counted from 1."""

    def children(self, index: int) -> Iterator[int]:
        """Indices of the children of a segment; those of the root for -1."""
        child, end = index + 1, len(self.segments) if index < 0 else self.subtree_end[index]
        while child < end:
            yield child
            child = self.subtree_end[child]

    def path(self, index: int) -> Iterator[int]:
        """Indices from this segment back to the first of the row."""
        while index >= 0:
            yield index
            index = self.segments[index].parent


@dataclass(frozen=True)
class Chunk:
    """The subtree of a segment, read in one row."""

    root: int
    replayed_prefix: tuple[int, ...] = ()
    """Segments before it that are read again, because keeping them does not pay."""


@dataclass
class Scope:
    """Chunks after the same shared prefix."""

    level: int
    """Number of shared prefixes before its chunks."""

    shared_prefix: tuple[int, ...] = ()
    """Segments that its prefix adds to that of the scope above."""

    chunks: list[Chunk] = field(default_factory=list)


def build_tree(rows: Sequence[Sequence[int]], max_segment_tokens: int) -> PrefixTree:
    """The tree of non-empty rows of ids; no segment is longer than `max_segment_tokens`."""
    row_order = sorted(range(len(rows)), key=lambda row: tuple(rows[row]))
    sorted_rows = [rows[row] for row in row_order]
    segments: list[Segment] = []
    row_ends = [-1] * len(rows)
    todo = [(low, high, 0, -1) for low, high in reversed(_group_rows(sorted_rows, 0, len(rows), 0))]
    while todo:
        low, high, depth, parent = todo.pop()
        end = min(
            _shared_length(sorted_rows[low], sorted_rows[high - 1], depth),
            depth + max_segment_tokens,
        )
        index = len(segments)
        segments.append(Segment(tuple(sorted_rows[low][depth:end]), depth, parent))
        while low < high and len(sorted_rows[low]) == end:
            row_ends[row_order[low]] = index
            low += 1
        groups = _group_rows(sorted_rows, low, high, end)
        todo += [(*group, end, index) for group in reversed(groups)]
    return _measure(segments, row_ends)


def partition(tree: PrefixTree, limit: int) -> list[Scope]:
    """Scopes in reading order; every segment is in a shared prefix or in a chunk.

    A chunk has at most `limit` tokens, unless a single segment has more.
    """
    scopes = [Scope(0)]
    todo: list[tuple[int, tuple[int, ...], Scope]] = [
        (child, (), scopes[0]) for child in reversed(list(tree.children(-1)))
    ]
    while todo:
        index, replayed, scope = todo.pop()
        children = list(tree.children(index))
        replayed_tokens = sum(len(tree.segments[each].tokens) for each in replayed)
        own_tokens = replayed_tokens + len(tree.segments[index].tokens)
        if not children or _fits(tree, index, replayed_tokens, limit):
            scope.chunks.append(Chunk(index, replayed))
        elif own_tokens * (len(children) - 1) >= PASS_OVERHEAD_TOKENS or own_tokens >= limit:
            scopes.append(Scope(scope.level + 1, (*replayed, index)))
            todo += [(child, (), scopes[-1]) for child in reversed(children)]
        else:
            todo += [(child, (*replayed, index), scope) for child in reversed(children)]
    return _drop_empty_root(scopes)


def _drop_empty_root(scopes: list[Scope]) -> list[Scope]:
    """Without the first scope if it has no chunks."""
    return scopes if scopes[0].chunks else scopes[1:]


def _fits(tree: PrefixTree, index: int, replayed_tokens: int, limit: int) -> bool:
    """Whether the subtree of a segment fits one row without much waste."""
    tokens = replayed_tokens + tree.subtree_tokens[index]
    start = tree.segments[index].depth - replayed_tokens
    pairs = (
        tree.subtree_position_sum[index]
        - tree.subtree_tokens[index] * start
        + replayed_tokens**2 // 2
    )
    return tokens <= limit and tokens**2 <= MAX_ATTENTION_WASTE * pairs + PASS_OVERHEAD_TOKENS**2


def _group_rows(
    rows: Sequence[Sequence[int]], low: int, high: int, depth: int
) -> list[tuple[int, int]]:
    """Ranges of sorted rows with the same token at a position."""
    firsts = [
        row for row in range(low, high) if row == low or rows[row][depth] != rows[row - 1][depth]
    ]
    return list(pairwise([*firsts, high])) if firsts else []


def _shared_length(first: Sequence[int], last: Sequence[int], depth: int) -> int:
    """Length of the common prefix of two rows, at least `depth`."""
    shortest = min(len(first), len(last))
    if first[:shortest] == last[:shortest]:
        return shortest
    return next(
        position for position in range(depth, shortest) if first[position] != last[position]
    )


def _measure(segments: list[Segment], row_ends: list[int]) -> PrefixTree:
    sizes = [len(each.tokens) for each in segments]
    subtree_tokens = sizes[:]
    subtree_position_sum = [
        size * each.depth + size * (size + 1) // 2
        for size, each in zip(sizes, segments, strict=True)
    ]
    subtree_end = [index + 1 for index in range(len(segments))]
    for index in reversed(range(len(segments))):
        parent = segments[index].parent
        if parent >= 0:
            subtree_tokens[parent] += subtree_tokens[index]
            subtree_position_sum[parent] += subtree_position_sum[index]
            subtree_end[parent] = max(subtree_end[parent], subtree_end[index])
    return PrefixTree(segments, row_ends, subtree_end, subtree_tokens, subtree_position_sum)


def common_prefix_length(rows: Sequence[Sequence[int]]) -> int:
    """Number of ids at the start of all rows that are the same."""
    first, last = min(rows, key=tuple), max(rows, key=tuple)
    return _shared_length(first, last, 0)
