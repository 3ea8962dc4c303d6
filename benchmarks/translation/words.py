"""IBM Model 1: which word stands for which, learnt from pairs of sentences (Brown et al. 1993).

The baseline that a translator has to beat: each word by its likeliest translation, in the order
of the source. What a word is, is told by whoever cuts the texts.

Axes: N links between a word of a source and a word of its target.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

Pair = tuple[str, str]

Cut = Callable[[str], list[str]]
"""A text in pieces."""

CHINESE = r"\u3400-\u4dbf\u4e00-\u9fff"
SIGN = re.compile(rf"[{CHINESE}]|[^\W{CHINESE}]+|[^\w\s]")
SPACED = re.compile(rf"(?<=[{CHINESE}，。！？]) | (?=[{CHINESE},.;:!?，。！？])")
NOTHING = ""
"""Stands in every source: some words of a target translate none of it."""


def signs(text: str) -> list[str]:
    """Words, Chinese characters and signs."""
    return SIGN.findall(text)


class Model1:
    """Translation probabilities t(target word | source word), by expectation maximisation."""

    def __init__(self, pairs: Sequence[Pair], cut: Cut, cut_target: Cut, rounds: int = 8) -> None:
        self.cut = cut
        split = [([NOTHING, *cut(source)], cut_target(target)) for source, target in pairs]
        self.source = {word: i for i, word in enumerate({w: 0 for s, _ in split for w in s})}
        self.target = {word: i for i, word in enumerate({w: 0 for _, t in split for w in t})}
        links = np.concatenate([self._links(place, *both) for place, both in enumerate(split)])
        # Equal links share one probability; each is counted where it stands.
        which, self.kind = np.unique(links[:, :2], axis=0, return_inverse=True)
        self.source_of, self.target_of = which.T
        self.place = np.unique(links[:, 1:], axis=0, return_inverse=True)[1]
        self.chance = np.ones(len(which)) / len(self.target)
        self.likelihood = [self._round() for _ in range(rounds)]
        self.best = self._best()

    def translated(self, text: str) -> str:
        """Word for word; a word that was never seen stays as it is."""
        found = (self.best.get(word, word).strip() for word in self.cut(text))
        return SPACED.sub("", " ".join(found))

    def _links(self, place: int, source: Sequence[str], target: Sequence[str]) -> np.ndarray:
        """[N, 3]: source word, target word, and the place of the target word in all text."""
        s = np.array([self.source[word] for word in source])
        t = np.array([self.target[word] for word in target], dtype=np.int64)
        where = place * 1000 + np.arange(len(t))
        grid = (np.repeat(s, len(t)), np.tile(t, len(s)), np.tile(where, len(s)))
        return np.stack(grid, axis=1)

    def _round(self) -> float:
        """One round of expectation and maximisation; log-likelihood a target word before it."""
        chance = self.chance[self.kind]
        total = np.bincount(self.place, chance)
        counts = np.bincount(self.kind, chance / total[self.place])
        self.chance = counts / np.bincount(self.source_of, counts)[self.source_of]
        return float(np.log(total).mean())

    def _best(self) -> dict[str, str]:
        order = np.lexsort((self.chance, self.source_of))
        last = np.flatnonzero(np.diff(self.source_of[order], append=-1))
        target = list(self.target)
        names = list(self.source)
        return {names[self.source_of[i]]: target[self.target_of[i]] for i in order[last]}
