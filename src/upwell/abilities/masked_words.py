"""Hidden words of sentences that were held out from training: does the model know them?

The sentences come from the test split of the run's own `masked` data, and the same words are
hidden for every model. All of them stand behind [MASK], none is replaced by another or left as it
is as in training: a model that is shown what it is asked for would be ahead of one that is not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..models.answering import Answerer, Guessing, Unanswered
from ..records import Answer, DataSpec
from .hiding import rows_of, shown
from .item import Item
from .metrics.token_accuracy import GUESSED

ITEMS: Final = 512
MOST_SHOTS: Final = 0
METRICS: Final = ("loss", "token_accuracy")

VOCABULARY = "vocabulary"
"""The note that holds how many different tokens there are to guess from."""

Notes = dict[str, float]


def items_of(data: Sequence[DataSpec], shots: int, answerer: Answerer) -> list[Item]:
    """Pairs of texts, a seventh of their tokens hidden; the target is the ids of these."""
    return [
        Item(id=name, prompt=shown(row, hidden=True), target=_hidden(row["truth"]))
        for name, row in rows_of(data, answerer, ITEMS)
    ]


def notes(items: Sequence[Item], answerer: Answerer) -> list[Notes | Unanswered]:
    """How many hidden tokens of each item were the likeliest ones, as far as the model can tell."""
    known = {VOCABULARY: float(answerer.tokenizer.size)} if answerer.tokenizer else {}
    if not isinstance(answerer, Guessing):
        return [dict(known) for _ in items]
    found = answerer.guesses([(item.prompt, item.target) for item in items])
    return [
        each
        if isinstance(each, Unanswered)
        else {**known, GUESSED: float(sum(a == b for a, b in zip(each, item.target, strict=True)))}
        for item, each in zip(items, found, strict=True)
    ]


def bounds(metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """Chance is any token of the vocabulary as likely as any other."""
    sizes = [answer.notes[VOCABULARY] for answer in answers if VOCABULARY in answer.notes]
    if not sizes:
        return None, None
    known = {"token_accuracy": (1 / sizes[0], 1.0), "loss": (math.log(sizes[0]), 0.0)}
    return known.get(metric, (None, None))


def _hidden(truth: NDArray[np.int64]) -> list[int]:
    found: list[int] = truth[truth >= 0].tolist()
    return found
