"""Beam search over several texts at once.

The score of a finished text is its log-probability over ((5 + length) / 6) ** penalty (Wu et al.
2016, arXiv 1609.08144, without coverage). A search ends when no unfinished text can score higher.

Axes: N texts (B searches with K beams each), V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

StepFn: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Last token of each text [N] and the index of the text before it [N], to log-probabilities of the
next token [N, V]."""


@dataclass
class _Search:
    """The best text of one search so far."""

    max_tokens: int
    """Maximum number of tokens, the end included; an unfinished text is cut before the last."""

    length_penalty: float
    best_score: float = float("-inf")
    best_tokens: list[int] | None = None
    has_nan: bool = False

    def score(self, logprob: float, length: int) -> float:
        """Score of a text of `length` tokens, the end included."""
        return float(logprob / ((5 + length) / 6) ** self.length_penalty)

    def add(self, score: float, tokens: list[int]) -> None:
        """Keep a finished text if it is the best so far."""
        if score > self.best_score:
            self.best_score, self.best_tokens = score, tokens

    def can_improve(self, logprob: float, tokens: list[int]) -> bool:
        """Whether the most probable unfinished text may become the best."""
        if self.has_nan:
            return False
        if len(tokens) < self.max_tokens:
            # The sum can only fall, and the divisor is largest at the end.
            return self.score(logprob, self.max_tokens) > self.best_score
        if self.best_tokens is None:
            self.best_tokens = tokens[:-1]
        return False


def beam_search(
    step: StepFn,
    start: int,
    end: int,
    max_tokens: Sequence[int],
    num_beams: int,
    length_penalty: float,
) -> list[list[int] | None]:
    """Ids of the best text of each search, without `start` and `end`; None after a NaN.

    `max_tokens` has the maximum number of tokens of each search, the end included.
    """
    searches = [_Search(each, length_penalty) for each in max_tokens]
    active = list(range(len(searches)))
    tokens_NT = torch.full((len(active), 1), start)
    sum_N = torch.zeros(len(active), dtype=torch.float64)
    beam_idx_N = torch.arange(len(active))
    while active:
        logprob_NV = step(tokens_NT[:, -1], beam_idx_N)
        sums_BX = (sum_N[:, None] + logprob_NV).view(len(active), -1)
        top = sums_BX.topk(min(2 * num_beams, sums_BX.shape[1]))
        first_B = torch.arange(len(active)) * (len(tokens_NT) // len(active))
        parent = top.indices // logprob_NV.shape[1] + first_B[:, None]
        token = top.indices % logprob_NV.shape[1]
        extended = torch.cat([tokens_NT[parent], token[..., None]], -1)
        ended = token == end
        for row, index in enumerate(active):
            searches[index].has_nan = bool(sums_BX[row].isnan().any())
            _add_finished(searches[index], top.values[row], extended[row], ended[row, :num_beams])
        # Unfinished texts in their order; of the best 2 K at least K are unfinished.
        unfinished_order = ended.long().argsort(dim=1, stable=True)[:, :num_beams]
        unfinished_sums = top.values.masked_fill(ended, float("-inf")).gather(1, unfinished_order)
        active_rows = [
            row
            for row, index in enumerate(active)
            if searches[index].can_improve(
                unfinished_sums[row, 0].item(), extended[row, unfinished_order[row, 0], 1:].tolist()
            )
        ]
        active = [active[row] for row in active_rows]
        rows = torch.tensor(active_rows, dtype=torch.int64)[:, None]
        tokens_NT = extended[rows, unfinished_order[active_rows]].flatten(0, 1)
        sum_N, beam_idx_N = (
            unfinished_sums[active_rows].flatten(),
            parent[rows, unfinished_order[active_rows]].flatten(),
        )
    return [None if search.has_nan else search.best_tokens for search in searches]


def _add_finished(search: _Search, sums: Tensor, texts: Tensor, ended: Tensor) -> None:
    """Keep the texts that have ended among the most probable ones."""
    for rank in ended.nonzero()[:, 0].tolist():
        text = texts[rank, 1:].tolist()
        search.add(search.score(sums[rank].item(), len(text)), text[:-1])
