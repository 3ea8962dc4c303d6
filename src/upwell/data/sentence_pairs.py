"""Pairs of texts of which the second follows the first, or comes from another document.

A stranger is the second half of another pair that was cut in the same way, so neither half by
itself tells whether it belongs. The halves of a pair share a border between sentences, at a place
of the document that is drawn anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .sentences import Sentences

SHORTEST = 0.25
"""Least share of a row's room that the first text is meant to fill; the second has the same."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Places in `Sentences.ids` of two texts."""

    first: slice
    second: slice
    stranger: bool
    """Whether the second comes from another document."""

    @property
    def size(self) -> int:
        """Tokens of both."""
        return (self.first.stop - self.first.start) + (self.second.stop - self.second.start)

    def joined(self, of: NDArray[np.generic]) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        """What an array along the tokens holds for each text."""
        return of[self.first], of[self.second]


def drawn(of: Sentences, room: int, dice: np.random.Generator) -> Pair:
    """A pair of at most `room` tokens, a stranger every other time.

    Where one has to be shortened the first text keeps its end, from the beginning of a word on, and
    the second its beginning.
    """
    document, first, second, wanted = _cut(of, room, dice)
    stranger = bool(dice.random() < 0.5)
    while stranger:
        other, _, second, _ = _cut(of, room, dice)
        if other != document:
            break
    first = slice(_word(of, max(first.start, first.stop - wanted), first.stop), first.stop)
    left = room - (first.stop - first.start)
    second = slice(second.start, min(second.stop, second.start + left))
    return Pair(first, second, stranger)


def _word(of: Sentences, start: int, stop: int) -> int:
    """Where the first whole word begins; `start` if none does."""
    return start + int(np.argmax(of.starts[start:stop]))


def _cut(of: Sentences, room: int, dice: np.random.Generator) -> tuple[int, slice, slice, int]:
    """A document, cut in two at a border of sentences, and how many tokens of the first text are
    wanted. Each has at least a sentence."""
    begin = int(of.openers[dice.integers(len(of.openers))])
    document = int(of.document[begin])
    end = int(of.ends[document])
    wanted = int(dice.integers(round(SHORTEST * room), room - round(SHORTEST * room) + 1))
    # The last border that the first text may reach, but one sentence is left for the second.
    reach = int(np.searchsorted(of.borders, of.borders[begin] + wanted, side="right")) - 1
    border = min(max(reach, begin + 1), end - 1)
    at = [int(of.borders[place]) for place in (begin, border, end)]
    return document, slice(at[0], at[1]), slice(at[1], at[2]), wanted
