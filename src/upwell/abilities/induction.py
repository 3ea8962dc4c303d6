"""A random row, twice: can the model look back to what followed last time?

Rows are token ids, so words do not help. The period differs from row to row, so looking back
a fixed distance does not help either. The first token of the second round is not asked for:
nothing tells that a round has ended. From the same rows come the in-context score and the
prefix-matching score of the heads (Olsson et al. 2022, arXiv 2209.11895).

Axes: B rows, L layers, H heads, T positions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy
from numpy.typing import NDArray

from ..errors import SpecError
from ..models.answering import Answerer, Attending, Guessing, Unanswered, text_of
from ..records import Answer
from .item import Item
from .metrics.in_context_score import EARLY
from .metrics.prefix_matching import HEAD
from .metrics.token_accuracy import GUESSED

ITEMS: Final = 128
MOST_SHOTS: Final = 0
METRICS: Final = ("token_accuracy", "loss", "in_context_score", "prefix_matching")

PERIODS: Final = (16, 24)
"""Least and greatest length of a round; two rounds fit into a context of 48."""

ALPHABET = "alphabet"
"""The note that holds how many different tokens a row may have."""

ROWS_LOOKED_AT = 16
"""Rows whose attention is in memory at once."""

Notes = dict[str, float]


def items(shots: int, answerer: Answerer) -> list[Item]:
    """Rows of the ids of the model's own tokenizer, without specials.

    Raises SpecError for a model without a tokenizer, or with too few tokens.
    """
    words = answerer.tokenizer
    if words is None or len(words.ordinary) < PERIODS[1]:
        have = "no tokenizer" if words is None else f"{len(words.ordinary)} tokens"
        raise SpecError(
            f"induction is asked in at least {PERIODS[1]} different token ids and this model "
            f"has {have}; leave the ability out of the study"
        )
    start = [] if words.bos is None else [words.bos]
    return [_item(number, start, words.ordinary) for number in range(ITEMS)]


def notes(items: Sequence[Item], answerer: Answerer) -> list[Notes | Unanswered]:
    """Early loss, right guesses and every head's score, as far as the model can tell."""
    assert answerer.tokenizer is not None
    alphabet = {ALPHABET: float(len(answerer.tokenizer.ordinary))}
    parts = zip(
        _early_losses(items, answerer),
        _guessed(items, answerer),
        _head_scores(items, answerer),
        strict=True,
    )
    return [_joined([alphabet, *each]) for each in parts]


def bounds(metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """Chance is any token of the alphabet as likely as any other."""
    sizes = [answer.notes[ALPHABET] for answer in answers if ALPHABET in answer.notes]
    if metric == "prefix_matching":
        return None, 1.0
    if metric == "in_context_score":
        return 0.0, None
    if not sizes:
        return None, None
    known = {"token_accuracy": (1 / sizes[0], 1.0), "loss": (math.log(sizes[0]), 0.0)}
    return known.get(metric, (None, None))


def _item(number: int, start: list[int], ordinary: Sequence[int]) -> Item:
    dice = numpy.random.default_rng([number])
    period = int(dice.integers(PERIODS[0], PERIODS[1] + 1))
    # All different: a token that came twice in a round would have two things that followed it.
    round_ = dice.choice(numpy.array(ordinary), size=period, replace=False).tolist()
    return Item(id=f"{number:03d}", prompt=[*start, *round_, round_[0]], target=round_[1:])


def _early_losses(items: Sequence[Item], answerer: Answerer) -> list[Notes | Unanswered]:
    """Mean loss on the tokens of the target when they were first met."""
    pairs = [(text_of(item.prompt)[: -len(item.target) - 1], item.target) for item in items]
    found = answerer.logprobs(pairs)
    return [
        each if isinstance(each, Unanswered) else {EARLY: -math.fsum(each) / len(each)}
        for each in found
    ]


def _guessed(items: Sequence[Item], answerer: Answerer) -> list[Notes | Unanswered]:
    """How many tokens of the target were the likeliest ones."""
    if not isinstance(answerer, Guessing):
        return [{} for _ in items]
    found = answerer.guesses([(item.prompt, item.target) for item in items])
    return [
        each
        if isinstance(each, Unanswered)
        else {GUESSED: float(sum(a == b for a, b in zip(each, item.target, strict=True)))}
        for item, each in zip(items, found, strict=True)
    ]


def _head_scores(items: Sequence[Item], answerer: Answerer) -> list[Notes]:
    """The prefix-matching score of every head on every row."""
    if not isinstance(answerer, Attending):
        return [{} for _ in items]
    scores: list[Notes] = []
    for first in range(0, len(items), ROWS_LOOKED_AT):
        rows = items[first : first + ROWS_LOOKED_AT]
        attention_BLHTT = answerer.attention(_ids(rows))
        scores += [
            {} if attention_BLHTT is None else _matching(attention_BLHTT[place], row)
            for place, row in enumerate(rows)
        ]
    return scores


def _matching(attention_LHTT: NDArray[Any], item: Item) -> Notes:
    """Attention from each token of the second round to what followed it in the first."""
    period, last = len(item.target) + 1, len(text_of(item.prompt)) + len(item.target) - 1
    query = numpy.arange(last - period + 1, last)
    score_LH = attention_LHTT[:, :, query, query - period + 1].mean(-1)
    places = numpy.ndenumerate(score_LH)
    return {f"{HEAD}{layer}.{head}": float(score) for (layer, head), score in places}


def _ids(items: Sequence[Item]) -> NDArray[numpy.int64]:
    """Rows [B, T] without their last token, which no model is shown; zeros behind short ones."""
    rows = [[*text_of(item.prompt), *item.target][:-1] for item in items]
    longest = max(map(len, rows))
    return numpy.array([row + [0] * (longest - len(row)) for row in rows], dtype=numpy.int64)


def _joined(parts: Sequence[Notes | Unanswered]) -> Notes | Unanswered:
    """All notes on an item together, or the first reason why there are none."""
    joined: Notes = {}
    for part in parts:
        if isinstance(part, Unanswered):
            return part
        joined |= part
    return joined
