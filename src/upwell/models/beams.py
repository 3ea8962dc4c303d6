"""Beam search: the best of several texts that are written side by side.

A finished text is worth its log-probability over ((5 + length) / 6) ** penalty (Wu et al. 2016,
arXiv 1609.08144, without coverage). A search ends when nothing unfinished can be worth more.

Axes: N texts being written (B searches of K beams each), V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

Step: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""The last token of each text [N], and which of the texts before it goes on [N], to the
log-probability of what follows [N, V]."""


@dataclass
class _Search:
    """One text to be written, and the best that has been found for it."""

    most: int
    """Most tokens, its end among them; one that has not ended is cut off before the last."""

    penalty: float
    value: float = float("-inf")
    best: list[int] | None = None
    broken: bool = False

    def worth(self, logprob: float, length: int) -> float:
        """Of a text with so many tokens, its end among them."""
        return float(logprob / ((5 + length) / 6) ** self.penalty)

    def offer(self, value: float, tokens: list[int]) -> None:
        """A text that may be the best so far."""
        if value > self.value:
            self.value, self.best = value, tokens

    def goes_on(self, logprob: float, text: list[int]) -> bool:
        """Whether the likeliest unfinished text may yet become the best."""
        if self.broken:
            return False
        if len(text) < self.most:
            # The sum can only fall, and the divisor is largest at the end.
            return self.worth(logprob, self.most) > self.value
        if self.best is None:
            self.best = text[:-1]
        return False


def beam_search(
    step: Step, start: int, end: int, most: Sequence[int], beams: int, penalty: float
) -> list[list[int] | None]:
    """For each search the ids of the best text, without `start` and `end`; None where numbers
    are not finite. `most` has for each the most tokens that it may take, its end included.
    """
    searches = [_Search(each, penalty) for each in most]
    alive = list(range(len(searches)))
    tokens_NT = torch.full((len(alive), 1), start)
    sum_N = torch.zeros(len(alive), dtype=torch.float64)
    kept_N = torch.arange(len(alive))
    while alive:
        logprob_NV = step(tokens_NT[:, -1], kept_N)
        sums_BX = (sum_N[:, None] + logprob_NV).view(len(alive), -1)
        found = sums_BX.topk(min(2 * beams, sums_BX.shape[1]))
        first_B = torch.arange(len(alive)) * (len(tokens_NT) // len(alive))
        parent = found.indices // logprob_NV.shape[1] + first_B[:, None]
        token = found.indices % logprob_NV.shape[1]
        longer = torch.cat([tokens_NT[parent], token[..., None]], -1)
        ended = token == end
        for row, place in enumerate(alive):
            searches[place].broken = bool(sums_BX[row].isnan().any())
            _offer(searches[place], found.values[row], longer[row], ended[row, :beams])
        # The unfinished ones in their order; of twice as many as beams enough are unfinished.
        order = ended.long().argsort(dim=1, stable=True)[:, :beams]
        going = found.values.masked_fill(ended, float("-inf")).gather(1, order)
        stay = [
            row
            for row, place in enumerate(alive)
            if searches[place].goes_on(
                going[row, 0].item(), longer[row, order[row, 0], 1:].tolist()
            )
        ]
        alive = [alive[row] for row in stay]
        rows = torch.tensor(stay, dtype=torch.int64)[:, None]
        tokens_NT = longer[rows, order[stay]].flatten(0, 1)
        sum_N, kept_N = going[stay].flatten(), parent[rows, order[stay]].flatten()
    return [None if search.broken else search.best for search in searches]


def _offer(search: _Search, sums: Tensor, texts: Tensor, ended: Tensor) -> None:
    """The texts that have ended among the likeliest ones."""
    for rank in ended.nonzero()[:, 0].tolist():
        text = texts[rank, 1:].tolist()
        search.offer(search.worth(sums[rank].item(), len(text)), text[:-1])
