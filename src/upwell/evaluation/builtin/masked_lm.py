"""Masked tokens and next sentences, in held-out rows of a study's `masked_lm` source.

The rows come from the test split and are the same for every model. All tokens to predict stand
behind [MASK]; none is replaced or left as it is, as in training, because a model that sees the
token would have an advantage.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...data import Rows, RowSource, load_source
from ...errors import DataError
from ...models.protocols import LM, ArrayInput, NoAnswer
from ...records import Answer, DataSpec
from .. import chance_level
from ..base import Ability, Bounds, DataAbility
from ..item import Item
from .argmax import num_argmax_matches

MAX_ROW_TOKENS = 64
"""Most tokens in a row, for any context that the model was trained with."""

SEED = 0
"""Seed of the choice of sentences and masked tokens."""

MASKED_LM_COLUMNS = frozenset({"tokens", "segments", "length", "labels", "is_random_next"})

VOCAB_SIZE_KEY = "vocab_size"
"""Name of the extra with the number of tokens in the vocabulary."""


class MaskedTokens(DataAbility):
    """Sentence pairs with some tokens masked; the target is the ids of these tokens."""

    num_items = 512
    metrics = ("loss", "token_accuracy")

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """About `num_items` rows, equally many of each source."""
        return [
            Item(id=name, prompt=_masked_input(row), target=_masked_token_ids(row["labels"]))
            for name, row in _held_out_rows(data, lm, self.num_items)
        ]

    def extra_measurements(
        self, items: Sequence[Item], lm: LM
    ) -> Sequence[Mapping[str, float] | NoAnswer]:
        """Size of the vocabulary, and how many target tokens are the most probable ones."""
        vocab_size = {VOCAB_SIZE_KEY: float(lm.tokenizer.size)} if lm.tokenizer else {}
        return [
            matches if isinstance(matches, NoAnswer) else {**vocab_size, **matches}
            for matches in num_argmax_matches(items, lm)
        ]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance is a uniform distribution over the vocabulary."""
        sizes = [
            answer.extras[VOCAB_SIZE_KEY] for answer in answers if VOCAB_SIZE_KEY in answer.extras
        ]
        if not sizes:
            return None, None
        known = {"token_accuracy": (1 / sizes[0], 1.0), "loss": (math.log(sizes[0]), 0.0)}
        return known.get(metric, (None, None))


class NextSentence(DataAbility):
    """Sentence pairs without masks: "0" if the second follows the first, "1" if it is random."""

    num_items = 1000
    metrics = ("accuracy", "log_loss", "choice_probability", "brier")

    choices: Final = ("0", "1")

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """About `num_items` pairs, half of them random."""
        return [
            Item(
                id=name,
                prompt=_unmasked_input(row),
                target=self.choices[int(row["is_random_next"])],
                choices=self.choices,
            )
            for name, row in _held_out_rows(data, lm, self.num_items)
        ]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance and ceiling of two classes."""
        return chance_level.bounds(metric, len(self.choices))


def _held_out_rows(data: Sequence[DataSpec], lm: LM, count: int) -> Iterator[tuple[str, Rows]]:
    """About `count` (id, row), equally many of each source.

    Raises DataError for a source without masked tokens, SpecError for a tokenizer without [MASK].
    """
    tokenizer: Any = lm.tokenizer
    per_source = max(1, count // len(data))
    for source_index, spec in enumerate(data):
        # The default probability, for any probability in training: every study has the same rows.
        options = {name: value for name, value in spec.options.items() if name != "mlm_probability"}
        row_source = load_source(
            replace(spec, options=options, split="test", limit=None, revision=None)
        )
        arrays = (
            row_source.generate_rows(
                tokenizer, "test", MAX_ROW_TOKENS, per_source, np.random.default_rng(SEED)
            )
            if isinstance(row_source, RowSource)
            else {}
        )
        if not set(arrays) >= MASKED_LM_COLUMNS:
            raise DataError(
                f"source {spec.source!r} masks no tokens; choose the source 'masked_lm'"
            )
        for index in range(per_source):
            yield (
                f"{source_index}-{index:04d}",
                {name: array[index] for name, array in arrays.items()},
            )


def _masked_input(row: Rows) -> ArrayInput:
    """The row without padding, and the positions of its masked tokens."""
    length = int(row["length"])
    return ArrayInput(
        {
            "tokens": row["tokens"][:length],
            "positions": np.flatnonzero(row["labels"][:length] >= 0),
            "segments": row["segments"][:length],
        }
    )


def _unmasked_input(row: Rows) -> ArrayInput:
    """The row without padding and without masks."""
    length = int(row["length"])
    tokens, labels = row["tokens"][:length], row["labels"][:length]
    return ArrayInput(
        {"tokens": np.where(labels >= 0, labels, tokens), "segments": row["segments"][:length]}
    )


def _masked_token_ids(labels: NDArray[np.int64]) -> list[int]:
    token_ids: list[int] = labels[labels >= 0].tolist()
    return token_ids


ABILITIES: Final[dict[str, Ability]] = {
    "masked_tokens": MaskedTokens(),
    "next_sentence": NextSentence(),
}
