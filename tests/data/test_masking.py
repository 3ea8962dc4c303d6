"""The 80/10/10 rule and whole words, counted."""

import numpy as np
import pytest

from upwell.data.masking import ALL_HIDDEN, RULE, chosen, hidden

ROWS, T, MASK = 2000, 40, 4
ORDINARY = np.arange(5, 1000)


def dice(seed=0):
    return np.random.default_rng(seed)


def texts():
    """Rows of words of one to four pieces, specials at the beginning and the end."""
    tokens = dice(1).integers(5, 1000, size=(ROWS, T))
    starts = dice(2).random((ROWS, T)) < 0.5
    real = np.ones((ROWS, T), dtype=bool)
    real[:, [0, 20, -1]] = False
    starts[:, [1, 21]] = True
    return tokens, starts & real, real


def test_a_word_is_chosen_with_all_its_pieces_or_not_at_all() -> None:
    _, starts, real = texts()
    places = chosen(starts, real, 0.15, dice())
    number = np.cumsum(starts, axis=1)
    for row in range(200):
        for word in range(1, number[row, -1] + 1):
            assert len(set(places[row, (number[row] == word) & real[row]])) == 1


def test_as_many_are_chosen_as_were_asked_for_and_never_a_special() -> None:
    _, starts, real = texts()
    places = chosen(starts, real, 0.15, dice())
    assert places[real].mean() == pytest.approx(0.15, abs=0.01)
    assert not places[~real].any()


def test_every_row_has_a_hidden_word() -> None:
    _, starts, real = texts()
    assert chosen(starts, real, 0.001, dice()).any(axis=1).all()


def test_eight_in_ten_are_masked_one_is_changed_and_one_stays() -> None:
    tokens, starts, real = texts()
    places = chosen(starts, real, 0.3, dice())
    shown = hidden(tokens, places, MASK, ORDINARY, RULE, dice(3))
    count = places.sum()
    assert (shown[places] == MASK).sum() / count == pytest.approx(0.8, abs=0.01)
    assert (shown[places] == tokens[places]).sum() / count == pytest.approx(0.1, abs=0.01)
    assert np.array_equal(shown[~places], tokens[~places])
    changed = shown[places & (shown != tokens) & (shown != MASK)]
    assert len(np.unique(changed)) > 800 and changed.min() >= 5


def test_in_tests_all_that_is_asked_for_is_hidden() -> None:
    tokens, starts, real = texts()
    places = chosen(starts, real, 0.15, dice())
    shown = hidden(tokens, places, MASK, ORDINARY, ALL_HIDDEN, dice(3))
    assert (shown[places] == MASK).all()
