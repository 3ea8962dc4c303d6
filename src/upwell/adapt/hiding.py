"""Words hidden from what is learnt from: a label that a few words gave away is told by the others.

It is for texts what a crop is for images (word dropout: Iyyer et al. 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..records import Adapt
from .encoding import Encoded, Prepared


@dataclass(frozen=True)
class Hiding:
    """Rows of texts, other words hidden each time that one is learnt from."""

    rows: Encoded
    share: float
    """Of the words, in the mean; every row draws its own, from none to twice as many."""

    mask: int
    kept: frozenset[int]
    """Tokens that are never hidden."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row."""
        return self.rows.lengths

    @property
    def cut(self) -> int:
        """Rows that were longer than is read."""
        return self.rows.cut

    def batch(
        self, places: Sequence[int], dice: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """These rows, words of them hidden where there are dice."""
        found = self.rows.batch(places, dice)
        if dice is None:
            return found
        ids = found["input_ids"]
        shares = dice.uniform(0, min(1.0, 2 * self.share), (len(ids), 1))
        hit = (dice.random(ids.shape) < shares) & ~np.isin(ids, list(self.kept))
        return found | {"input_ids": np.where(hit, self.mask, ids)}


def hidden(rows: Prepared, words: Any, adapt: Adapt) -> Prepared:
    """The rows as they are to be learnt from; as they are where nothing is to be hidden, or where
    the tokenizer has no token that hides."""
    mask = None if words is None else words.mask_token_id
    if not adapt.hide or mask is None or not isinstance(rows, Encoded):
        return rows
    return Hiding(rows, adapt.hide, int(mask), frozenset(words.all_special_ids))
