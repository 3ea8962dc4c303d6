r"""Additions written out, one after the other: `27+35=62\n48+91=139\n...`.

A tenth of the operand pairs is never in training rows, in either order, so that an ability can test
sums that were not memorized. `is_held_out` says which: a pure function of the two numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, SpecError
from ..source import Rows, RowSource, require_tokenizer
from ..tokenization.tokenizer import Tokenizer

LICENSE = "made by Upwell"

HELD_OUT_FRACTION = 0.1
"""Fraction of the unordered operand pairs that are test items."""

_SYMBOLS = "0123456789+=\n"
_PLUS, _EQUALS, _NEWLINE = 10, 11, 12
_SUM = re.compile(r"(?<!\d)(\d+)\+(\d+)=")

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def format_question(a: int, b: int) -> str:
    """The question, e.g. "27+35="."""
    return f"{a}+{b}="


def format_answer(a: int, b: int, last_digit_first: bool = False) -> str:
    r"""The answer, e.g. "62\n"; the newline ends the number."""
    return f"{format_sum(a + b, last_digit_first)}\n"


def format_sum(total: int, last_digit_first: bool = False) -> str:
    """The digits of a sum; the last one first where so asked, as one adds on paper."""
    return str(total)[::-1] if last_digit_first else str(total)


def is_held_out(a: int, b: int) -> bool:
    """Whether the sum of a and b is a test item; the order does not matter."""
    return bool(_is_held_out_pair(np.array([a]), np.array([b]))[0])


@final
@dataclass(frozen=True, kw_only=True)
class Source(RowSource):
    """Sums of two numbers with the same number of digits, without leading zeros."""

    digits: int | str = 2
    """Digits of the operands; a mixture of lengths is written "2,3"."""

    last_digit_first: int = 0
    """1 to write sums from their last digit on, which is easier: `27+35=26`."""

    unpredictable_weight: float = 0.0
    """Loss weight of the operands; the weight of the answer and its newline is 1."""

    def __post_init__(self) -> None:
        if not self.lengths:
            raise SpecError(
                f"source 'arithmetic': digits is {self.digits!r}, expected 1 to 9, or several as "
                '"2,3"'
            )

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The numbers of digits in increasing order; empty where `digits` is invalid."""
        parts = str(self.digits).split(",")
        if not all(part.strip() in set("123456789") for part in parts):
            return ()
        return tuple(sorted({int(part) for part in parts}))

    def generate_rows(
        self,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        rows: int,
        rng: np.random.Generator,
    ) -> Rows:
        """Rows that begin with bos and a whole sum; the last sum may be cut off.

        Raises DataError for a tokenizer that does not encode each character by itself.
        """
        text_tokenizer = require_tokenizer(tokenizer, self.source_name)
        ids = _encode_symbols(text_tokenizer)
        lines = context // (3 * self.lengths[0] + 3) + 1
        length = np.array(self.lengths)[rng.integers(len(self.lengths), size=rows * lines)]
        a, b = _sample_operands(length, split == "test", rng)
        symbols, is_used, is_answer = _write_symbols(a, b, length, bool(self.last_digit_first))
        per_row = np.count_nonzero(is_used.reshape(rows, -1), axis=1)
        positions = (np.cumsum(per_row) - per_row)[:, None] + np.arange(context)
        tokens = np.full((rows, context + 1), text_tokenizer.bos, dtype=np.int64)
        tokens[:, 1:] = ids[symbols[is_used]][positions]
        weight = np.where(is_answer[is_used], 1.0, self.unpredictable_weight).astype(np.float32)
        return {"tokens": tokens, "weights": weight[positions]}

    def contains(self, text: str, split: str) -> bool:
        """Whether the text asks a sum that rows of the split may hold."""
        return any(
            len(first) == len(second)
            and len(first) in self.lengths
            and format_question(int(first), int(second)) == f"{first}+{second}="
            and is_held_out(int(first), int(second)) == (split == "test")
            for first, second in _SUM.findall(text)
        )


def _encode_symbols(tokenizer: Tokenizer) -> Ints:
    joint_ids = tokenizer.encode(_SYMBOLS)
    separate_ids = [i for symbol in _SYMBOLS for i in tokenizer.encode(symbol)]
    if joint_ids != separate_ids or len(joint_ids) != len(_SYMBOLS):
        raise DataError(
            f"tokenizer {tokenizer.name!r} joins digits or signs, so sums cannot be packed; "
            "use 'bytes', 'ascii' or one made by train_bpe"
        )
    return np.array(joint_ids)


def _sample_operands(length: Ints, test: bool, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Pairs with the given numbers of digits; pairs of the other split are redrawn."""
    # One digit: 0 to 9. More: no leading zero.
    low = np.where(length == 1, 0, 10 ** (length - 1))
    high = 10**length
    a, b = rng.integers(low, high), rng.integers(low, high)
    wrong = np.flatnonzero(_is_held_out_pair(a, b) != test)
    while len(wrong):
        a[wrong] = rng.integers(low[wrong], high[wrong])
        b[wrong] = rng.integers(low[wrong], high[wrong])
        wrong = wrong[_is_held_out_pair(a[wrong], b[wrong]) != test]
    return a, b


def _write_symbols(
    a: Ints, b: Ints, length: Ints, last_digit_first: bool
) -> tuple[Ints, Flags, Flags]:
    """Symbols [sums, columns], which of them are used, and which belong to the answer."""
    max_digits = int(length.max())
    columns = np.arange(max_digits, -1, -1)
    powers = 10**columns
    first, second, total = (number[:, None] // powers % 10 for number in (a, b, a + b))
    operand = columns < length[:, None]
    result = (powers <= (a + b)[:, None]) | (columns == 0)
    if last_digit_first:
        total, result = total[:, ::-1], result[:, ::-1]
    sign = np.ones((len(a), 1), dtype=np.int64)
    plus, equals, newline = _PLUS * sign, _EQUALS * sign, _NEWLINE * sign
    symbols = np.hstack([first, plus, second, equals, total, newline])
    is_used = np.hstack([operand, sign > 0, operand, sign > 0, result, sign > 0])
    is_answer = np.arange(symbols.shape[1]) > 2 * len(columns) + 1
    return symbols, is_used, np.broadcast_to(is_answer, symbols.shape)


def _is_held_out_pair(a: Ints, b: Ints) -> Flags:
    """SplitMix64's finalizer over the unordered pair (Steele et al. 2014)."""
    low, high = (pick(a, b).astype(np.uint64) for pick in (np.minimum, np.maximum))
    mixed = ((low << np.uint64(32)) ^ high) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed < np.uint64(int(HELD_OUT_FRACTION * 2**64)))
