"""In-context sequences: random tokens, repeated until the context is full.

The next token can only be predicted from earlier tokens of the same row, so the loss measures
induction (Olsson et al. 2022, arXiv 2209.11895). The period differs from row to row, so that
looking back by a fixed distance does not solve the task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from ...errors import SpecError
from ..source import Rows, RowSource, require_tokenizer
from ..tokenization.tokenizer import Tokenizer

LICENSE = "made by Upwell"


@final
@dataclass(frozen=True, kw_only=True)
class Source(RowSource):
    """bos, then random tokens repeated with a random period."""

    min_period: int | None = None
    """Smallest period in tokens; None for an eighth of the context."""

    max_period: int | None = None
    """Largest period in tokens; None for three eighths of the context."""

    unpredictable_weight: float = 0.0
    """Loss weight of the tokens that cannot be predicted; the weight of the others is 1."""

    def generate_rows(
        self,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        rows: int,
        rng: np.random.Generator,
    ) -> Rows:
        """Rows without special tokens after bos.

        The first repetition and the token after it cannot be predicted: nothing marks the end of a
        period.
        """
        text_tokenizer = require_tokenizer(tokenizer, self.source_name)
        min_period, max_period = self.period_range(context)
        regular_ids = np.array(text_tokenizer.regular_ids)
        period = rng.integers(min_period, max_period + 1, size=(rows, 1))
        pattern = regular_ids[rng.integers(len(regular_ids), size=(rows, max_period))]
        position = np.arange(context)
        tokens = np.full((rows, context + 1), text_tokenizer.bos, dtype=np.int64)
        tokens[:, 1:] = np.take_along_axis(pattern, position % period, axis=1)
        weights = np.where(position > period, 1.0, self.unpredictable_weight).astype(np.float32)
        return {"tokens": tokens, "weights": weights}

    def contains(self, text: str, split: str) -> bool:
        """False: the rows are random."""
        return False

    def period_range(self, context: int) -> tuple[int, int]:
        """Smallest and largest period. Raises SpecError where no repetition fits."""
        min_period = max(2, context // 8) if self.min_period is None else self.min_period
        max_period = (
            max(min_period, context * 3 // 8) if self.max_period is None else self.max_period
        )
        if not 1 <= min_period <= max_period < context - 1:
            raise SpecError(
                f"source 'repeats': periods {min_period} to {max_period} do not repeat within a "
                f"context of {context}; need "
                f"1 <= min_period <= max_period < {context - 1}"
            )
        return min_period, max_period
