"""Which words are hidden, and behind what: the 80/10/10 rule, by whole words.

Of the chosen tokens eight in ten are replaced by [MASK], one by any token, and one is left as it
is, so that a network cannot lean on [MASK] to tell where it is asked (Devlin et al. 2019, 3.1 and
appendix C.2). A word is chosen with all its pieces, or not at all; a Chinese character is a word of
its own, because where the longer ones begin and end is not written.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RULE = (0.8, 0.1)
"""Shares of chosen tokens that become [MASK], and any token; the rest stays as it is."""

ALL_HIDDEN = (1.0, 0.0)
"""The rule of tests: what is asked for is not shown."""

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


def chosen(starts: Flags, real: Flags, share: float, dice: np.random.Generator) -> Flags:
    """Places [rows, T] of whole words, each with the probability `share`; one at least in a row.

    `starts` tells where a word begins, `real` which places hold a token of a text.
    """
    rows, T = starts.shape
    number: Ints = np.cumsum(starts & real, axis=1, dtype=np.int64)
    drawn = dice.random((rows, T + 1))
    # No word has the number 0: places before the first one are specials.
    score = np.where(real, np.take_along_axis(drawn, number, axis=1), np.inf)
    found: Flags = real & ((score < share) | (score == score.min(axis=1, keepdims=True)))
    return found


def hidden(
    tokens: Ints,
    places: Flags,
    mask: int,
    ordinary: Ints,
    rule: tuple[float, float],
    dice: np.random.Generator,
) -> Ints:
    """Tokens as they are shown, each chosen one by the dice of its own."""
    die = dice.random(tokens.shape)
    any_token = ordinary[dice.integers(len(ordinary), size=tokens.shape)]
    masked, changed = rule
    shown = np.where(places & (die < masked), mask, tokens)
    return np.where(places & (die >= masked) & (die < masked + changed), any_token, shown)
