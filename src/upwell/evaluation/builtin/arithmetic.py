"""Arithmetic on digits: addition, multiplication, addition modulo a prime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

import numpy

from ...data.sources.arithmetic import format_answer, format_question, format_sum, is_held_out
from ...models.protocols import LM
from ...records import Answer
from .. import chance_level
from ..base import Ability, Bounds
from ..item import Item
from .generated import NUM_CHOICES as NUM_GENERATED_CHOICES
from .generated import STOP, GeneratedAbility, GeneratedQuestion, Rng, corrupt_one_letter

NUM_SUMS = 200
NUM_CHOICES = 5

MISS_OFFSETS = (1, -1, 10, -10, 11, -11, 9, -9, 2, -2)
"""Differences of near misses: a wrong unit, a wrong or forgotten carry, both."""

PRIMES = (5, 7)
"""Moduli, small enough for an answer of one digit."""


@dataclass(frozen=True)
class Addition(Ability):
    """Sums such as `27+35=`, written as in the training data.

    Only operand pairs that training never shows are asked. The model generates the sum, for
    metrics of digits, and chooses it among near misses, for metrics of probability.
    """

    digits: int
    """Digits of each operand."""

    last_digit_first: bool = False
    """Whether sums are written from their last digit on, as in training data with that option."""

    num_items = NUM_SUMS
    max_shots = 32
    metrics = (
        "exact_match",
        "digit_accuracy",
        "token_edit_distance",
        "accuracy",
        "log_probability",
        "choice_probability",
        "brier",
    )

    def items(self, shots: int, lm: LM) -> list[Item]:
        """Sums after `shots` solved ones."""
        return [
            Item(
                id=f"{a}+{b}",
                prompt=self._solved_sums(index, shots) + format_question(a, b),
                target=self._write(a + b),
                choices=tuple(map(self._write, (a + b, *map(int, near_misses(a + b))))),
                max_new_tokens=self.digits + 2,
                stop=STOP,
            )
            for index, (a, b) in enumerate(_held_out_pairs(self.digits))
        ]

    def _write(self, total: int) -> str:
        return format_sum(total, self.last_digit_first)

    def _solved_sums(self, index: int, shots: int) -> str:
        """The first `shots` examples of an item, from the pairs that training may show."""
        pairs = (
            pair
            for pair in _random_pairs(self.digits, [self.digits, 1 + index])
            if not is_held_out(*pair)
        )
        return "".join(
            format_question(a, b) + format_answer(a, b, self.last_digit_first)
            for a, b in islice(pairs, shots)
        )

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance and ceiling of five choices."""
        return chance_level.bounds(metric, NUM_CHOICES)


def near_misses(total: int) -> tuple[str, ...]:
    """The nearest wrong sums with as many digits: a longer one would be less probable anyway."""
    candidates = (str(total + offset) for offset in MISS_OFFSETS if total + offset > 0)
    return tuple(
        islice(
            (candidate for candidate in candidates if len(candidate) == len(str(total))),
            NUM_CHOICES - 1,
        )
    )


@cache
def _held_out_pairs(digits: int) -> tuple[tuple[int, int], ...]:
    """Held-out pairs, none twice, not even with the operands exchanged."""
    pairs: dict[tuple[int, int], tuple[int, int]] = {}
    for a, b in _random_pairs(digits, [digits]):
        if is_held_out(a, b):
            pairs.setdefault((min(a, b), max(a, b)), (a, b))
        if len(pairs) == NUM_SUMS:
            break
    return tuple(pairs.values())


def _random_pairs(digits: int, seed: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Endless pairs of numbers without leading zeros, the same for the same seed."""
    rng = numpy.random.default_rng(seed)
    while True:
        a, b = rng.integers(10 ** (digits - 1), 10**digits, size=2).tolist()
        yield a, b


def _generate_product(rng: Rng) -> GeneratedQuestion:
    """Products such as `27*35=`."""
    a, b = rng.integers(10, 100, size=2).tolist()
    answer = str(a * b)
    # The first digit stays, so that no wrong answer begins with a zero.
    tails = corrupt_one_letter(answer[1:], rng, "0123456789")
    return GeneratedQuestion(f"{a}*{b}", answer, tuple(answer[0] + tail for tail in tails))


def _generate_remainder(rng: Rng) -> GeneratedQuestion:
    """Remainders such as `23+41 mod 7=` (Power et al. 2022, arXiv 2201.02177)."""
    a, b = rng.integers(10, 100, size=2).tolist()
    prime = int(rng.choice(PRIMES))
    target = (a + b) % prime
    candidates = [str(remainder) for remainder in range(prime) if remainder != target]
    distractors = rng.choice(candidates, size=NUM_GENERATED_CHOICES - 1, replace=False).tolist()
    return GeneratedQuestion(f"{a}+{b} mod {prime}", str(target), tuple(distractors))


ABILITIES: Final[dict[str, Ability]] = {
    "addition2": Addition(digits=2),
    "addition3": Addition(digits=3),
    "reversed_addition2": Addition(digits=2, last_digit_first=True),
    "reversed_addition3": Addition(digits=3, last_digit_first=True),
    "multiplication2": GeneratedAbility("multiplication2", _generate_product),
    "modular": GeneratedAbility("modular", _generate_remainder),
}
