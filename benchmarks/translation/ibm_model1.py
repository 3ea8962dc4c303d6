"""IBM Model 1: word translation probabilities from sentence pairs (Brown et al. 1993).

As a baseline it replaces each word by its most probable translation, in the order of the source.
The caller chooses how texts are split into words.

Axes: N links between a word of a source and a word of its target.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

Pair = tuple[str, str]

Split = Callable[[str], list[str]]
"""Splits a text into words."""

CHINESE = r"\u3400-\u4dbf\u4e00-\u9fff"
WORD = re.compile(rf"[{CHINESE}]|[^\W{CHINESE}]+|[^\w\s]")
SPACED = re.compile(rf"(?<=[{CHINESE}，。！？]) | (?=[{CHINESE},.;:!?，。！？])")
NULL_WORD = ""
"""Is part of every source, for target words without a counterpart."""


def split_words(text: str) -> list[str]:
    """Words, Chinese characters and punctuation marks."""
    return WORD.findall(text)


class IBMModel1:
    """Translation probabilities t(target word | source word), by expectation maximization."""

    def __init__(
        self, pairs: Sequence[Pair], split: Split, split_target: Split, iterations: int = 8
    ) -> None:
        self.split = split
        pairs_of_words = [
            ([NULL_WORD, *split(source)], split_target(target)) for source, target in pairs
        ]
        self.source = {
            word: i for i, word in enumerate({w: 0 for s, _ in pairs_of_words for w in s})
        }
        self.target = {
            word: i for i, word in enumerate({w: 0 for _, t in pairs_of_words for w in t})
        }
        links = np.concatenate(
            [self._links(index, *both) for index, both in enumerate(pairs_of_words)]
        )
        # Equal links share one probability, but each is counted in its own sentence.
        which, self.kind = np.unique(links[:, :2], axis=0, return_inverse=True)
        self.source_of, self.target_of = which.T
        self.position = np.unique(links[:, 1:], axis=0, return_inverse=True)[1]
        self.probability = np.ones(len(which)) / len(self.target)
        self.likelihood = [self._iterate() for _ in range(iterations)]
        self.best = self._best()

    def translate(self, text: str) -> str:
        """Word-for-word translation; an unknown word is copied."""
        translations = (self.best.get(word, word).strip() for word in self.split(text))
        return SPACED.sub("", " ".join(translations))

    def _links(self, index: int, source: Sequence[str], target: Sequence[str]) -> np.ndarray:
        """[N, 3]: source word, target word, and position of the target word in the corpus."""
        s = np.array([self.source[word] for word in source])
        t = np.array([self.target[word] for word in target], dtype=np.int64)
        position = index * 1000 + np.arange(len(t))
        grid = (np.repeat(s, len(t)), np.tile(t, len(s)), np.tile(position, len(s)))
        return np.stack(grid, axis=1)

    def _iterate(self) -> float:
        """One iteration of EM. Returns the log-likelihood per target word before it."""
        probability = self.probability[self.kind]
        total = np.bincount(self.position, probability)
        counts = np.bincount(self.kind, probability / total[self.position])
        self.probability = counts / np.bincount(self.source_of, counts)[self.source_of]
        return float(np.log(total).mean())

    def _best(self) -> dict[str, str]:
        order = np.lexsort((self.probability, self.source_of))
        last = np.flatnonzero(np.diff(self.source_of[order], append=-1))
        target = list(self.target)
        names = list(self.source)
        return {names[self.source_of[i]]: target[self.target_of[i]] for i in order[last]}
