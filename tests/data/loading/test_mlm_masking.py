"""The 80/10/10 rule and whole words, counted."""

import numpy as np
import pytest

from upwell.data.loading.mlm_masking import (
    ALWAYS_MASK,
    BERT_80_10_10,
    choose_positions,
    mask_tokens,
)

ROWS, T, MASK = 2000, 40, 4
ORDINARY = np.arange(5, 1000)


def rng(seed=0):
    return np.random.default_rng(seed)


def texts():
    """Rows of words of one to four pieces, specials at the beginning and the end."""
    tokens = rng(1).integers(5, 1000, size=(ROWS, T))
    starts = rng(2).random((ROWS, T)) < 0.5
    real = np.ones((ROWS, T), dtype=bool)
    real[:, [0, 20, -1]] = False
    starts[:, [1, 21]] = True
    return tokens, starts & real, real


def test_a_word_is_chosen_with_all_its_pieces_or_not_at_all() -> None:
    _, starts, real = texts()
    positions = choose_positions(starts, real, 0.15, rng())
    number = np.cumsum(starts, axis=1)
    for row in range(200):
        for word in range(1, number[row, -1] + 1):
            assert len(set(positions[row, (number[row] == word) & real[row]])) == 1


def test_as_many_are_chosen_as_were_asked_for_and_never_a_special() -> None:
    _, starts, real = texts()
    positions = choose_positions(starts, real, 0.15, rng())
    assert positions[real].mean() == pytest.approx(0.15, abs=0.01)
    assert not positions[~real].any()


def test_every_row_has_a_masked_word() -> None:
    _, starts, real = texts()
    assert choose_positions(starts, real, 0.001, rng()).any(axis=1).all()


def test_eight_in_ten_are_masked_one_is_changed_and_one_stays() -> None:
    tokens, starts, real = texts()
    positions = choose_positions(starts, real, 0.3, rng())
    masked = mask_tokens(tokens, positions, MASK, ORDINARY, BERT_80_10_10, rng(3))
    count = positions.sum()
    assert (masked[positions] == MASK).sum() / count == pytest.approx(0.8, abs=0.01)
    assert (masked[positions] == tokens[positions]).sum() / count == pytest.approx(0.1, abs=0.01)
    assert np.array_equal(masked[~positions], tokens[~positions])
    changed = masked[positions & (masked != tokens) & (masked != MASK)]
    assert len(np.unique(changed)) > 800 and changed.min() >= 5


def test_in_tests_all_that_is_asked_for_is_hidden() -> None:
    tokens, starts, real = texts()
    positions = choose_positions(starts, real, 0.15, rng())
    masked = mask_tokens(tokens, positions, MASK, ORDINARY, ALWAYS_MASK, rng(3))
    assert (masked[positions] == MASK).all()
