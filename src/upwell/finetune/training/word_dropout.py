"""Word dropout: mask random words of the training texts (Iyyer et al. 2015).

It keeps a model from relying on a few telltale words, as random crops do for images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...records import FinetuneSpec
from ..inputs.encoded import EncodedDataset
from ..inputs.text import TokenizedRows


@dataclass(frozen=True)
class WordDropout(EncodedDataset):
    """Texts whose words are masked at random, anew in every batch."""

    rows: TokenizedRows
    mean_fraction: float
    """Mean share of masked words. Each row draws its own, uniformly from 0 to twice the mean."""

    mask_token_id: int
    special_ids: frozenset[int]
    """Token ids that are never masked."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row."""
        return self.rows.lengths

    def batch(
        self, indices: Sequence[int], rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """These rows. With `rng`, words are masked."""
        arrays = self.rows.batch(indices, rng)
        if rng is None:
            return arrays
        ids = arrays["input_ids"]
        fractions = rng.uniform(0, min(1.0, 2 * self.mean_fraction), (len(ids), 1))
        is_dropped = (rng.random(ids.shape) < fractions) & ~np.isin(ids, list(self.special_ids))
        return arrays | {"input_ids": np.where(is_dropped, self.mask_token_id, ids)}


def apply_word_dropout(rows: EncodedDataset, tokenizer: Any, spec: FinetuneSpec) -> EncodedDataset:
    """The rows with word dropout.

    They are returned unchanged if word dropout is 0, if they are not texts, or if the tokenizer
    has no mask token.
    """
    mask_token_id = None if tokenizer is None else tokenizer.mask_token_id
    if not spec.word_dropout or mask_token_id is None or not isinstance(rows, TokenizedRows):
        return rows
    return WordDropout(
        rows,
        spec.word_dropout,
        int(mask_token_id),
        frozenset(tokenizer.all_special_ids),
        num_truncated=rows.num_truncated,
    )
