"""Whole word masking with BERT's 80/10/10 rule.

Of the selected tokens 80 % are replaced by [MASK] and 10 % by a random token, and 10 % stay. So a
network cannot rely on [MASK] to know which tokens it has to predict (Devlin et al. 2019, section
3.1 and appendix C.2). A word is selected with all its pieces or not at all. A Chinese character is
a word, because Chinese is written without borders between words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BERT_80_10_10 = (0.8, 0.1)
"""Fractions of selected tokens that become [MASK], and a random token; the rest stay."""

ALWAYS_MASK = (1.0, 0.0)
"""The rule for test rows: all selected tokens become [MASK]."""

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


def choose_positions(
    starts: Flags, is_text: Flags, mlm_probability: float, rng: np.random.Generator
) -> Flags:
    """A mask [rows, T] of whole words, selected with probability `mlm_probability`.

    Every row has at least one. `starts` marks the first token of each word, `is_text` the tokens of
    texts.
    """
    rows, T = starts.shape
    word_index: Ints = np.cumsum(starts & is_text, axis=1, dtype=np.int64)
    draws = rng.random((rows, T + 1))
    # No word has the number 0: before the first word are special tokens.
    score = np.where(is_text, np.take_along_axis(draws, word_index, axis=1), np.inf)
    mask: Flags = is_text & (
        (score < mlm_probability) | (score == score.min(axis=1, keepdims=True))
    )
    return mask


def mask_tokens(
    tokens: Ints,
    positions: Flags,
    mask_id: int,
    regular_ids: Ints,
    rule: tuple[float, float],
    rng: np.random.Generator,
) -> Ints:
    """The tokens with the selected ones replaced by the rule, each by its own random draw."""
    draws = rng.random(tokens.shape)
    any_token = regular_ids[rng.integers(len(regular_ids), size=tokens.shape)]
    mask_fraction, random_fraction = rule
    masked_tokens = np.where(positions & (draws < mask_fraction), mask_id, tokens)
    return np.where(
        positions & (draws >= mask_fraction) & (draws < mask_fraction + random_fraction),
        any_token,
        masked_tokens,
    )
