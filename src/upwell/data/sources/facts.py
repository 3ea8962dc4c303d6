r"""Invented facts to be memorized, one after the other: `kq=40713\nzb=18826\n...`.

A fact is a key of letters and a number that nothing tells but the fact itself. What a model knows
of them is what its weights hold (Allen-Zhu & Li 2024, arXiv 2404.05405). Facts of the test split
are never in training rows: no model can know them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from string import ascii_lowercase
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ..source import Rows, RowSource, require_tokenizer
from ..tokenization.tokenizer import Tokenizer

LICENSE = "made by Upwell"

NUM_TEST_FACTS = 200
"""Facts of the test split."""

MAX_FACTS = len(ascii_lowercase) ** 2 - NUM_TEST_FACTS
"""Most facts of the train split: a key has two letters."""

FACTS_SEED = 7
"""Seed of keys and numbers; all runs learn the same facts."""


@final
@dataclass(frozen=True, kw_only=True)
class Source(RowSource):
    """Facts in random order, all equally often."""

    count: int = 100
    """Number of facts of the train split."""

    digits: int = 5
    """Digits of each number."""

    unpredictable_weight: float = 0.0
    """Loss weight of the keys; the weight of the number and its newline is 1."""

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_FACTS:
            raise SpecError(
                f"source 'facts': count is {self.count}, expected 1 to {MAX_FACTS}: keys have two "
                "letters, and some are kept for the test split"
            )
        if self.digits < 1:
            raise SpecError(f"source 'facts': digits is {self.digits}, expected at least 1")

    def facts(self, split: str) -> list[tuple[str, str]]:
        """All (key, number) of a split, always the same."""
        if split == "test":
            return self._all_facts[:NUM_TEST_FACTS]
        return self._all_facts[NUM_TEST_FACTS:]

    @cached_property
    def _all_facts(self) -> list[tuple[str, str]]:
        rng = np.random.default_rng(FACTS_SEED)
        keys = [first + second for first in ascii_lowercase for second in ascii_lowercase]
        order = rng.permutation(len(keys))[: NUM_TEST_FACTS + self.count]
        numbers = rng.integers(10, size=(len(order), self.digits))
        return [
            (keys[index], "".join(map(str, number)))
            for index, number in zip(order.tolist(), numbers.tolist(), strict=True)
        ]

    def generate_rows(
        self,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        rows: int,
        rng: np.random.Generator,
    ) -> Rows:
        """Rows that begin with bos and a whole fact; the last fact may be cut off.

        Raises SpecError for a tokenizer that joins letters or digits.
        """
        text_tokenizer = require_tokenizer(tokenizer, self.source_name)
        encoded_FT = self._encode(text_tokenizer, split)
        per_row = -(-context // encoded_FT.shape[1])
        indices = rng.integers(len(encoded_FT), size=(rows, per_row))
        tokens = np.full((rows, context + 1), text_tokenizer.bos, dtype=np.int64)
        tokens[:, 1:] = encoded_FT[indices].reshape(rows, -1)[:, :context]
        is_number = np.arange(encoded_FT.shape[1]) >= encoded_FT.shape[1] - self.digits - 1
        weights = np.where(np.tile(is_number, per_row), 1.0, self.unpredictable_weight)
        return {
            "tokens": tokens,
            "weights": np.tile(weights[:context].astype(np.float32), (rows, 1)),
        }

    def contains(self, text: str, split: str) -> bool:
        """False for facts of the split itself: that they are memorized is what is asked."""
        return False

    def _encode(self, tokenizer: Tokenizer, split: str) -> NDArray[np.int64]:
        encoded = [
            tokenizer.encode(format_question(key) + number + "\n")
            for key, number in self.facts(split)
        ]
        if {len(ids) for ids in encoded} != {len(format_question("ab")) + self.digits + 1}:
            raise SpecError(
                f"tokenizer {tokenizer.name!r} joins letters or digits, so facts cannot be packed; "
                "use 'bytes' or 'ascii'"
            )
        return np.array(encoded, dtype=np.int64)


def format_question(key: str) -> str:
    """The question, e.g. "kq="."""
    return f"{key}="
