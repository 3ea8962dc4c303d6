"""In-context sequences: random tokens repeated until the context is full.

Only what was seen earlier in the same row tells what comes next, so the loss on them
measures induction (Olsson et al. 2022, arXiv 2209.11895). The period differs from row to
row, so that looking back a fixed distance does not solve them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from ...errors import SpecError
from ..source import Rows, needed
from ..tokenizers import Tokenizer

LICENCE = "made by Upwell"


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """bos, then random tokens of a random period, over and over."""

    shortest: int | None = None
    """Least period in tokens; None for an eighth of the context."""

    longest: int | None = None
    """Greatest period in tokens; None for three eighths of the context."""

    unpredictable: float = 0.0
    """Loss weight of the tokens that nothing before them foretells; the others weigh 1."""

    def fill(
        self,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        rows: int,
        dice: np.random.Generator,
    ) -> Rows:
        """Rows of ordinary tokens. The first token of the second round is as unpredictable
        as the first round: nothing tells that a round has ended."""
        words = needed(tokenizer, "repeats")
        shortest, longest = self.periods(context)
        ordinary = np.array(words.ordinary)
        period = dice.integers(shortest, longest + 1, size=(rows, 1))
        pattern = ordinary[dice.integers(len(ordinary), size=(rows, longest))]
        place = np.arange(context)
        tokens = np.full((rows, context + 1), words.bos, dtype=np.int64)
        tokens[:, 1:] = np.take_along_axis(pattern, place % period, axis=1)
        weights = np.where(place > period, 1.0, self.unpredictable).astype(np.float32)
        return {"tokens": tokens, "weights": weights}

    def holds(self, text: str, split: str) -> bool:
        """False: the rows are random."""
        return False

    def periods(self, context: int) -> tuple[int, int]:
        """Least and greatest period. Raises SpecError when no second round would fit."""
        shortest = max(2, context // 8) if self.shortest is None else self.shortest
        longest = max(shortest, context * 3 // 8) if self.longest is None else self.longest
        if not 1 <= shortest <= longest < context - 1:
            raise SpecError(
                f"source 'repeats': periods {shortest} to {longest} do not repeat within a "
                f"context of {context}; need 1 <= shortest <= longest < {context - 1}"
            )
        return shortest, longest
