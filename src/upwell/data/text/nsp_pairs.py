"""Sentence pairs for next sentence prediction: the second text follows the first, or is random.

A random second text is that of another pair, cut in the same way, so that neither text by itself
gives the answer away. A pair is a document cut between two sentences at a random position.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .sentences import Sentences

MIN_FIRST_FRACTION = 0.25
"""Smallest fraction of a row that each of the two texts is meant to fill."""


@dataclass(frozen=True, eq=False)
class SentencePair:
    """Positions of two texts in `Sentences.ids`."""

    first: slice
    second: slice
    is_random_next: bool
    """Whether the second comes from another document."""

    @property
    def size(self) -> int:
        """Number of tokens of both texts."""
        return (self.first.stop - self.first.start) + (self.second.stop - self.second.start)

    def slice_array(
        self, array: NDArray[np.generic]
    ) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        """The values of an array over all tokens that belong to each text."""
        return array[self.first], array[self.second]


def sample_pair(sentences: Sentences, max_tokens: int, rng: np.random.Generator) -> SentencePair:
    """A pair of at most `max_tokens` tokens, with a random second text half of the time.

    A first text that is too long keeps its end, from the beginning of a word on; a second text
    keeps its beginning.
    """
    document, first, second, first_length = _split_document(sentences, max_tokens, rng)
    is_random_next = bool(rng.random() < 0.5)
    while is_random_next:
        other_document, _, second, _ = _split_document(sentences, max_tokens, rng)
        if other_document != document:
            break
    first = slice(
        _find_word_start(sentences, max(first.start, first.stop - first_length), first.stop),
        first.stop,
    )
    remaining = max_tokens - (first.stop - first.start)
    second = slice(second.start, min(second.stop, second.start + remaining))
    return SentencePair(first, second, is_random_next)


def _find_word_start(sentences: Sentences, start: int, stop: int) -> int:
    """Where the first whole word begins; `start` where none does."""
    return start + int(np.argmax(sentences.starts[start:stop]))


def _split_document(
    sentences: Sentences, max_tokens: int, rng: np.random.Generator
) -> tuple[int, slice, slice, int]:
    """A random document cut between two sentences, and the drawn length of the first text.

    Each text has at least one sentence.
    """
    begin = int(sentences.non_final[rng.integers(len(sentences.non_final))])
    document = int(sentences.document[begin])
    end = int(sentences.document_ends[document])
    first_length = int(
        rng.integers(
            round(MIN_FIRST_FRACTION * max_tokens),
            max_tokens - round(MIN_FIRST_FRACTION * max_tokens) + 1,
        )
    )
    # The last border within reach of the first text, with a sentence left for the second.
    reach = (
        int(
            np.searchsorted(
                sentences.offsets, sentences.offsets[begin] + first_length, side="right"
            )
        )
        - 1
    )
    border = min(max(reach, begin + 1), end - 1)
    offsets = [int(sentences.offsets[index]) for index in (begin, border, end)]
    return document, slice(offsets[0], offsets[1]), slice(offsets[1], offsets[2]), first_length
