"""A random sequence, twice: does the model look back to what followed last time?

Sequences are token ids, so knowledge of language does not help. Their periods differ, so looking
back a fixed distance does not help either. The first token of the repetition is not asked,
because nothing tells that the sequence begins again. The same sequences give the in-context score
and the prefix-matching scores of the heads (Olsson et al. 2022, arXiv 2209.11895).

Axes: B rows, L layers, H heads, T positions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy
from numpy.typing import NDArray

from ...errors import SpecError
from ...metrics.extras import EARLY_LOSS_KEY, HEAD_SCORE_PREFIX
from ...models.protocols import LM, NoAnswer, require_text
from ...records import Answer
from ..base import Ability, Bounds
from ..item import Item
from .argmax import num_argmax_matches

PERIOD_RANGE = (16, 24)
"""Least and greatest length of a sequence; two of them fit into a context of 48."""

ALPHABET_SIZE_KEY = "alphabet_size"
"""Name of the extra with the number of tokens that a sequence is drawn from."""

ATTENTION_BATCH_SIZE = 16
"""Rows whose attention is in memory at a time."""


class Induction(Ability):
    """Sequences of different token ids; the target is the repetition without its first token."""

    num_items = 128
    metrics = ("token_accuracy", "loss", "in_context_score", "prefix_matching")

    def items(self, shots: int, lm: LM) -> list[Item]:
        """Sequences of the model's own tokens, without special ones.

        Raises SpecError for a model without a tokenizer, or with too few tokens.
        """
        tokenizer = lm.tokenizer
        if tokenizer is None or len(tokenizer.regular_ids) < PERIOD_RANGE[1]:
            available = (
                "no tokenizer" if tokenizer is None else f"{len(tokenizer.regular_ids)} tokens"
            )
            raise SpecError(
                f"ability 'induction' needs at least {PERIOD_RANGE[1]} different tokens, and this "
                f"model has {available}; leave the ability out of the study"
            )
        prefix = [] if tokenizer.bos is None else [tokenizer.bos]
        return [
            _build_item(number, prefix, tokenizer.regular_ids) for number in range(self.num_items)
        ]

    def extra_measurements(
        self, items: Sequence[Item], lm: LM
    ) -> Sequence[Mapping[str, float] | NoAnswer]:
        """Early loss, most probable tokens and head scores, as far as the model gives them."""
        assert lm.tokenizer is not None
        alphabet = {ALPHABET_SIZE_KEY: float(len(lm.tokenizer.regular_ids))}
        parts = zip(
            _early_losses(items, lm),
            num_argmax_matches(items, lm),
            _head_scores(items, lm),
            strict=True,
        )
        return [_merge_extras([alphabet, *extras]) for extras in parts]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance is a uniform distribution over the tokens of the sequences."""
        sizes = [
            answer.extras[ALPHABET_SIZE_KEY]
            for answer in answers
            if ALPHABET_SIZE_KEY in answer.extras
        ]
        if metric == "prefix_matching":
            return None, 1.0
        if metric == "in_context_score":
            return 0.0, None
        if not sizes:
            return None, None
        known = {"token_accuracy": (1 / sizes[0], 1.0), "loss": (math.log(sizes[0]), 0.0)}
        return known.get(metric, (None, None))


def _build_item(number: int, prefix: list[int], regular_ids: Sequence[int]) -> Item:
    rng = numpy.random.default_rng([number])
    period = int(rng.integers(PERIOD_RANGE[0], PERIOD_RANGE[1] + 1))
    # All different: after a token that occurs twice, two tokens would be correct.
    sequence = rng.choice(numpy.array(regular_ids), size=period, replace=False).tolist()
    return Item(id=f"{number:03d}", prompt=[*prefix, *sequence, sequence[0]], target=sequence[1:])


def _early_losses(items: Sequence[Item], lm: LM) -> list[dict[str, float] | NoAnswer]:
    """Mean loss on the tokens of the target where they occur for the first time."""
    pairs = [(require_text(item.prompt)[: -len(item.target) - 1], item.target) for item in items]
    logprobs = lm.token_logprobs(pairs)
    return [
        entry if isinstance(entry, NoAnswer) else {EARLY_LOSS_KEY: -math.fsum(entry) / len(entry)}
        for entry in logprobs
    ]


def _head_scores(items: Sequence[Item], lm: LM) -> list[dict[str, float]]:
    """Prefix-matching score of every head on every row; none without attention weights."""
    scores: list[dict[str, float]] = []
    for start in range(0, len(items), ATTENTION_BATCH_SIZE):
        rows = items[start : start + ATTENTION_BATCH_SIZE]
        attention_BLHTT = lm.attention(_input_ids(rows))
        scores += [
            {}
            if isinstance(attention_BLHTT, NoAnswer)
            else _prefix_matching_scores(attention_BLHTT[index], row)
            for index, row in enumerate(rows)
        ]
    return scores


def _prefix_matching_scores(attention_LHTT: NDArray[Any], item: Item) -> dict[str, float]:
    """Mean attention from each repeated token to the token after its first occurrence."""
    period, last = len(item.target) + 1, len(require_text(item.prompt)) + len(item.target) - 1
    query = numpy.arange(last - period + 1, last)
    score_LH = attention_LHTT[:, :, query, query - period + 1].mean(-1)
    entries = numpy.ndenumerate(score_LH)
    return {f"{HEAD_SCORE_PREFIX}{layer}.{head}": float(score) for (layer, head), score in entries}


def _input_ids(items: Sequence[Item]) -> NDArray[numpy.int64]:
    """Rows [B, T] without their last token, which is no input; short rows end in zeros."""
    rows = [[*require_text(item.prompt), *item.target][:-1] for item in items]
    max_length = max(map(len, rows))
    return numpy.array([row + [0] * (max_length - len(row)) for row in rows], dtype=numpy.int64)


def _merge_extras(parts: Sequence[dict[str, float] | NoAnswer]) -> dict[str, float] | NoAnswer:
    """All extras of an item, or the first reason why there are none."""
    merged: dict[str, float] = {}
    for part in parts:
        if isinstance(part, NoAnswer):
            return part
        merged |= part
    return merged


ABILITIES: Final[dict[str, Ability]] = {"induction": Induction()}
