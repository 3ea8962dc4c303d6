r"""Additions written out, one after the other: `27+35=62\n48+91=139\n...`.

A share of the operand pairs never stands in training rows, in neither order, so that an
ability can ask sums that were not learnt by heart. Which ones is a matter of `held_out`,
a pure function of the two numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, SpecError
from ..source import Rows, needed
from ..tokenizers import Tokenizer

LICENCE = "made by Upwell"

HELD_OUT_SHARE = 0.1
"""Share of the unordered operand pairs that are test items."""

_SYMBOLS = "0123456789+=\n"
_PLUS, _EQUALS, _NEWLINE = 10, 11, 12
_SUM = re.compile(r"(?<!\d)(\d+)\+(\d+)=")

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def question(a: int, b: int) -> str:
    """How a sum is asked: "27+35="."""
    return f"{a}+{b}="


def answer(a: int, b: int) -> str:
    r"""How it is answered: "62\n"; the newline says that the number has ended."""
    return f"{a + b}\n"


def held_out(a: int, b: int) -> bool:
    """Whether the sum of a and b is a test item; the order does not matter."""
    return bool(_held_out(np.array([a]), np.array([b]))[0])


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """Sums of two numbers of equally many digits, without leading zeros."""

    digits: int | str = 2
    """Digits of the operands; several in one mixture as "2,3"."""

    unpredictable: float = 0.0
    """Loss weight of the operands; the answer and the newline after it weigh 1."""

    def __post_init__(self) -> None:
        if not self.lengths:
            raise SpecError(
                f"source 'sums': digits is {self.digits!r}, expected 1 to 9, several as \"2,3\""
            )

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The numbers of digits, rising; empty when they cannot be read."""
        parts = str(self.digits).split(",")
        if not all(part.strip() in set("123456789") for part in parts):
            return ()
        return tuple(sorted({int(part) for part in parts}))

    def fill(
        self,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        rows: int,
        dice: np.random.Generator,
    ) -> Rows:
        """Rows that begin with bos and a whole sum; the last sum may be cut off.

        Raises DataError for a tokenizer that writes a sum in other than single characters.
        """
        words = needed(tokenizer, "sums")
        ids = _symbol_ids(words)
        lines = context // (3 * self.lengths[0] + 3) + 1
        length = np.array(self.lengths)[dice.integers(len(self.lengths), size=rows * lines)]
        a, b = _operands(length, split == "test", dice)
        symbols, real, foretold = _written(a, b, length)
        per_row = np.count_nonzero(real.reshape(rows, -1), axis=1)
        taken = (np.cumsum(per_row) - per_row)[:, None] + np.arange(context)
        tokens = np.full((rows, context + 1), words.bos, dtype=np.int64)
        tokens[:, 1:] = ids[symbols[real]][taken]
        weight = np.where(foretold[real], 1.0, self.unpredictable).astype(np.float32)
        return {"tokens": tokens, "weights": weight[taken]}

    def holds(self, text: str, split: str) -> bool:
        """Whether the text asks a sum that rows of the split may ask."""
        return any(
            len(first) == len(second)
            and len(first) in self.lengths
            and question(int(first), int(second)) == f"{first}+{second}="
            and held_out(int(first), int(second)) == (split == "test")
            for first, second in _SUM.findall(text)
        )


def _symbol_ids(tokenizer: Tokenizer) -> Ints:
    together = tokenizer.encode(_SYMBOLS)
    apart = [i for symbol in _SYMBOLS for i in tokenizer.encode(symbol)]
    if together != apart or len(together) != len(_SYMBOLS):
        raise DataError(
            f"tokenizer {tokenizer.name!r} joins digits or signs, so sums cannot be packed; "
            "use 'bytes', 'ascii' or one made by train_bpe"
        )
    return np.array(together)


def _operands(length: Ints, test: bool, dice: np.random.Generator) -> tuple[Ints, Ints]:
    """Pairs of the given numbers of digits, drawn again until all are of the split."""
    # One digit: 0 to 9. More: no leading zero.
    low = np.where(length == 1, 0, 10 ** (length - 1))
    high = 10**length
    a, b = dice.integers(low, high), dice.integers(low, high)
    wrong = np.flatnonzero(_held_out(a, b) != test)
    while len(wrong):
        a[wrong] = dice.integers(low[wrong], high[wrong])
        b[wrong] = dice.integers(low[wrong], high[wrong])
        wrong = wrong[_held_out(a[wrong], b[wrong]) != test]
    return a, b


def _written(a: Ints, b: Ints, length: Ints) -> tuple[Ints, Mask, Mask]:
    """Symbols [sums, columns], which of them are real, and which columns follow "="."""
    longest = int(length.max())
    columns = np.arange(longest, -1, -1)
    powers = 10**columns
    first, second, total = (number[:, None] // powers % 10 for number in (a, b, a + b))
    operand = columns < length[:, None]
    result = (powers <= (a + b)[:, None]) | (columns == 0)
    sign = np.ones((len(a), 1), dtype=np.int64)
    plus, equals, newline = _PLUS * sign, _EQUALS * sign, _NEWLINE * sign
    symbols = np.hstack([first, plus, second, equals, total, newline])
    real = np.hstack([operand, sign > 0, operand, sign > 0, result, sign > 0])
    foretold = np.arange(symbols.shape[1]) > 2 * len(columns) + 1
    return symbols, real, np.broadcast_to(foretold, symbols.shape)


def _held_out(a: Ints, b: Ints) -> Mask:
    """SplitMix64's finaliser over the unordered pair (Steele et al. 2014)."""
    low, high = (pick(a, b).astype(np.uint64) for pick in (np.minimum, np.maximum))
    mixed = ((low << np.uint64(32)) ^ high) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed < np.uint64(int(HELD_OUT_SHARE * 2**64)))
