"""Entities out of tags, and their F1 as everybody reports it.

BIO, BIOES and IO are read by the rules of CoNLL's evaluation script (Tjong Kim Sang & De Meulder
2003), which forgive an entity that begins with I; seqeval's default is the same. BMES and BILOU are
BIOES by other letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..records import Score
from .scoring import SAMPLES, interval

OUT = "O"
MARKS = {"B": "B", "I": "I", "E": "E", "S": "S", "M": "I", "L": "E", "U": "S"}
"""Where a word stands in its entity, by what files write."""


class Entity(NamedTuple):
    """Words `start` to `end - 1` of a sentence."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Counts:
    """Entities of some sentences."""

    right: int
    said: int
    there: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where nothing is right."""
        return 2 * self.right / (self.said + self.there) if self.right else 0.0


def entities(tags: Sequence[str]) -> list[Entity]:
    """The entities of a sentence, in their order."""
    found: list[Entity] = []
    before, kind_before, start = OUT, "", 0
    for place, tag in enumerate([*tags, OUT]):
        mark, kind = parts(tag)
        if _ends(before, mark, kind_before, kind):
            found.append(Entity(kind_before, start, place))
        if _starts(before, mark, kind_before, kind):
            start = place
        before, kind_before = mark, kind
    return found


def parts(tag: str) -> tuple[str, str]:
    """(mark, kind): "B-PER" is ("B", "PER"), and "B" alone ("B", "_"). M counts as I, L as E, U as
    S; a kind without a mark is inside."""
    if tag == OUT:
        return OUT, ""
    mark, _, kind = tag.partition("-")
    return (MARKS[mark], kind or "_") if mark in MARKS else ("I", tag)


def _ends(before: str, mark: str, kind_before: str, kind: str) -> bool:
    """Whether an entity ends before this word."""
    if before == OUT:
        return False
    return before in ("E", "S") or mark in ("B", "S", OUT) or kind_before != kind


def _starts(before: str, mark: str, kind_before: str, kind: str) -> bool:
    """Whether an entity starts at this word."""
    if mark == OUT:
        return False
    return mark in ("B", "S") or before in ("E", "S", OUT) or kind_before != kind


def counted(said: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> list[Counts]:
    """Of each sentence, entities of the right kind and place."""
    found = []
    for one, other in zip(said, right, strict=True):
        told, there = set(entities(one)), set(entities(other))
        found.append(Counts(len(told & there), len(told), len(there)))
    return found


def together(counts: Sequence[Counts]) -> Counts:
    """Of all sentences."""
    return Counts(
        sum(one.right for one in counts),
        sum(one.said for one in counts),
        sum(one.there for one in counts),
    )


def scores(counts: Sequence[Counts], seed: int = 0) -> tuple[Score, ...]:
    """F1, precision and recall with 90 % intervals, by drawing sentences anew."""
    table = np.array([(one.right, one.said, one.there) for one in counts], dtype=np.int64)
    dice = np.random.default_rng(seed)
    draws = [table[dice.integers(0, len(table), len(table))].sum(0) for _ in range(SAMPLES)]
    samples = [_measured(Counts(*map(int, draw))) for draw in draws]
    whole = _measured(together(counts))
    found = []
    for place, name in enumerate(("entity_f1", "entity_precision", "entity_recall")):
        low, high = interval([sample[place] for sample in samples])
        found.append(Score(metric=name, value=whole[place], low=low, high=high, rows=len(counts)))
    return tuple(found)


def _measured(counts: Counts) -> tuple[float, float, float]:
    """F1, precision, recall; 0 for a precision of nothing said, as seqeval has it."""
    precision = counts.right / counts.said if counts.said else 0.0
    recall = counts.right / counts.there if counts.there else 0.0
    return counts.f1, precision, recall
