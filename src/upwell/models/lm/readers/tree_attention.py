"""Rows of a prefix tree side by side: their layout, their mask, and the positions to score.

The branches of a tree lie in one row, each token at its position in its own text. The mask lets
every token attend to its own ancestors only.

Axes: B rows, T tokens of a row, P tokens of the shared prefix, N scored positions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from .base import TokenScores
from .prefix_tree import Chunk, PrefixTree

TokenRequests: TypeAlias = dict[int, dict[int, list[tuple[int, int, int]]]]
"""Segment -> offset in it -> next tokens: (token, row, index among the scores of the row)."""


@dataclass(frozen=True)
class PackedRow:
    """Segments of a prefix tree side by side in one row."""

    segments: tuple[int, ...]
    starts: tuple[int, ...]
    """Start of each segment in the row."""

    visible_until: tuple[int, ...]
    """End of the tokens that attend to each segment."""

    length: int


def collect_requests(
    prefix_tree: PrefixTree, rows: Sequence[tuple[Sequence[int], int]]
) -> TokenRequests:
    """The tokens to score at each position of the tree."""
    requests: TokenRequests = {}
    for row, (ids, start) in enumerate(rows):
        for segment in prefix_tree.path(prefix_tree.row_ends[row]):
            first = prefix_tree.segments[segment].depth
            size = len(prefix_tree.segments[segment].tokens)
            targets = requests.setdefault(segment, {})
            for position in range(max(first, start - 1), first + size):
                entry = (ids[position + 1], row, position + 1 - start)
                targets.setdefault(position - first, []).append(entry)
            if first < start:
                break
    return requests


def pack_rows(
    prefix_tree: PrefixTree, chunks: Sequence[Chunk], max_tokens: int
) -> Iterator[PackedRow]:
    """Chunks side by side in rows of at most `max_tokens` tokens, or one per row."""
    packed: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    tokens = 0
    for chunk in chunks:
        segments = (*chunk.replayed_prefix, *range(chunk.root, prefix_tree.subtree_end[chunk.root]))
        size = sum(len(prefix_tree.segments[each].tokens) for each in segments)
        if packed and tokens + size > max_tokens:
            yield layout_row(prefix_tree, packed)
            packed, tokens = [], 0
        packed.append((segments, chunk.replayed_prefix))
        tokens += size
    if packed:
        yield layout_row(prefix_tree, packed)


def layout_row(
    prefix_tree: PrefixTree, chunks: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]
) -> PackedRow:
    """One row of chunks: (segments in preorder, those of them that are replayed prefixes)."""
    segments: list[int] = []
    starts: list[int] = []
    visible_until: list[int] = []
    length = 0
    for chunk_segments, replayed in chunks:
        first = len(starts)
        for segment in chunk_segments:
            segments.append(segment)
            starts.append(length)
            length += len(prefix_tree.segments[segment].tokens)
        segment_start = {
            segment: starts[first + offset] for offset, segment in enumerate(chunk_segments)
        }
        visible_until += [
            length
            if segment in replayed
            else segment_start.get(prefix_tree.subtree_end[segment], length)
            for segment in chunk_segments
        ]
    return PackedRow(tuple(segments), tuple(starts), tuple(visible_until), length)


def rows_to_tensors(
    prefix_tree: PrefixTree, rows: Sequence[PackedRow]
) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, their positions, and the end of the tokens that attend to each: three [B, T] int64.

    Short rows are padded with zeros that only attend to themselves.
    """
    max_length = max(row.length for row in rows)
    tokens_BT = torch.zeros(len(rows), max_length, dtype=torch.int64)
    positions_BT = torch.zeros_like(tokens_BT)
    visible_until_BT = torch.arange(1, max_length + 1).repeat(len(rows), 1)
    for b, row in enumerate(rows):
        for segment_index, start, end in zip(
            row.segments, row.starts, row.visible_until, strict=True
        ):
            segment = prefix_tree.segments[segment_index]
            size = len(segment.tokens)
            tokens_BT[b, start : start + size] = torch.tensor(segment.tokens)
            positions_BT[b, start : start + size] = torch.arange(
                segment.depth, segment.depth + size
            )
            visible_until_BT[b, start : start + size] = end
    return tokens_BT, positions_BT, visible_until_BT


def build_tree_mask(visible_until_BT: Tensor, prefix_length: int, dtype: torch.dtype) -> Tensor:
    """Additive attention mask [B, 1, T, P + T].

    Every token attends to the whole prefix. It is attended to from its own position up to, not
    including, `visible_until_BT`.
    """
    B, T = visible_until_BT.shape
    position = torch.arange(T)
    visible = (position[None, :] <= position[:, None]) & (
        position[:, None] < visible_until_BT[:, None, :]
    )
    mask = torch.zeros(B, 1, T, prefix_length + T, dtype=dtype)
    mask[:, 0, :, prefix_length:].masked_fill_(~visible, torch.finfo(dtype).min)
    return mask


def collect_positions(
    rows: Sequence[PackedRow], requests: TokenRequests
) -> tuple[Tensor, list[list[tuple[int, int, int]]]]:
    """Positions (row, token) [2, N] to compute logits at, and the tokens to score at each.

    Requests are removed once collected: a segment may be replayed before other chunks.
    """
    positions: list[tuple[int, int]] = []
    targets: list[list[tuple[int, int, int]]] = []
    for b, row in enumerate(rows):
        for segment, start in zip(row.segments, row.starts, strict=True):
            for offset, entries in requests.pop(segment, {}).items():
                positions.append((b, start + offset))
                targets.append(entries)
    return torch.tensor(positions or [(0, 0)]).T, targets


def record_scores(
    logits_NV: Tensor, targets: Sequence[Sequence[tuple[int, int, int]]], scores: list[TokenScores]
) -> None:
    """Write the scores of the target tokens at each position into those of their rows."""
    if not targets:
        return
    assert logits_NV.ndim == 2 and len(logits_NV) == len(targets)
    index_M = torch.tensor(
        [index for index, position_targets in enumerate(targets) for _ in position_targets]
    )
    token_M = torch.tensor(
        [token for position_targets in targets for token, _, _ in position_targets]
    )
    logsumexp_N = logits_NV.logsumexp(-1)
    argmax_N = logits_NV.argmax(-1)
    logprobs = (logits_NV[index_M, token_M] - logsumexp_N[index_M]).tolist()
    argmax_tokens = argmax_N[index_M].tolist()
    entries = (entry for position_targets in targets for entry in position_targets)
    for (_, row, index), logprob, argmax_token in zip(
        entries, logprobs, argmax_tokens, strict=True
    ):
        scores[row].logprobs[index] = logprob
        scores[row].argmax_tokens[index] = argmax_token
