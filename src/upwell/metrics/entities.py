"""Named entities from tags, and their F1.

BIO, BIOES and IO follow CoNLL's evaluation script (Tjong Kim Sang & De Meulder 2003), which
accepts an entity that begins with I. That is also seqeval's default. BMES and BILOU are BIOES
with other letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..records import Score
from .bootstrap import make_score, resample_rows

OUTSIDE = "O"
PREFIXES = {"B": "B", "I": "I", "E": "E", "S": "S", "M": "I", "L": "E", "U": "S"}
"""Prefix of each tag scheme, as the prefix of BIOES."""


class Entity(NamedTuple):
    """An entity: the words from `start` to `end - 1` of a sentence."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class EntityCounts:
    """Numbers of entities in one or more sentences."""

    tp: int
    """Predicted entities that are correct: same kind, same words."""

    predicted: int
    actual: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 without a true positive."""
        return 2 * self.tp / (self.predicted + self.actual) if self.tp else 0.0


def get_entities(tags: Sequence[str]) -> list[Entity]:
    """The entities of a sentence, in order."""
    entities: list[Entity] = []
    previous, previous_kind, start = OUTSIDE, "", 0
    for index, tag in enumerate([*tags, OUTSIDE]):
        prefix, kind = split_tag(tag)
        if _is_end(previous, prefix, previous_kind, kind):
            entities.append(Entity(previous_kind, start, index))
        if _is_start(previous, prefix, previous_kind, kind):
            start = index
        previous, previous_kind = prefix, kind
    return entities


def split_tag(tag: str) -> tuple[str, str]:
    """(prefix, kind): "B-PER" is ("B", "PER"), and "B" alone is ("B", "_").

    M counts as I, L as E, and U as S. A kind without a prefix is inside an entity.
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    prefix, _, kind = tag.partition("-")
    return (PREFIXES[prefix], kind or "_") if prefix in PREFIXES else ("I", tag)


def _is_end(previous: str, prefix: str, previous_kind: str, kind: str) -> bool:
    """Whether an entity ends before this word."""
    if previous == OUTSIDE:
        return False
    return previous in ("E", "S") or prefix in ("B", "S", OUTSIDE) or previous_kind != kind


def _is_start(previous: str, prefix: str, previous_kind: str, kind: str) -> bool:
    """Whether an entity starts at this word."""
    if prefix == OUTSIDE:
        return False
    return prefix in ("B", "S") or previous in ("E", "S", OUTSIDE) or previous_kind != kind


def count_entities(
    predictions: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]
) -> list[EntityCounts]:
    """Counts of each sentence; a correct entity has the same kind and the same words."""
    counts = []
    for predicted_tags, target_tags in zip(predictions, targets, strict=True):
        predicted, actual = set(get_entities(predicted_tags)), set(get_entities(target_tags))
        counts.append(EntityCounts(len(predicted & actual), len(predicted), len(actual)))
    return counts


def sum_counts(counts: Sequence[EntityCounts]) -> EntityCounts:
    """Counts of all sentences together."""
    return EntityCounts(
        sum(one.tp for one in counts),
        sum(one.predicted for one in counts),
        sum(one.actual for one in counts),
    )


def score_entities(counts: Sequence[EntityCounts], seed: int = 0) -> tuple[Score, ...]:
    """F1, precision and recall over all sentences, with 90 % bootstrap intervals."""
    table = np.array([(one.tp, one.predicted, one.actual) for one in counts], dtype=np.int64)
    samples = [
        _f1_precision_recall(EntityCounts(*map(int, table[rows_N].sum(0))))
        for rows_N in resample_rows(len(table), seed)
    ]
    total = _f1_precision_recall(sum_counts(counts))
    names = ("entity_f1", "entity_precision", "entity_recall")
    return tuple(
        make_score(name, total[index], [sample[index] for sample in samples], len(counts))
        for index, name in enumerate(names)
    )


def _f1_precision_recall(counts: EntityCounts) -> tuple[float, float, float]:
    """F1, precision, recall; precision is 0 without predictions, as in seqeval."""
    precision = counts.tp / counts.predicted if counts.predicted else 0.0
    recall = counts.tp / counts.actual if counts.actual else 0.0
    return counts.f1, precision, recall
