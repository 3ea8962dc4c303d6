"""Overlaps of sequences: known examples, and bootstrap draws that stay the same."""

import numpy as np
import pytest

from upwell.metrics.bootstrap import NUM_BOOTSTRAP_SAMPLES, bootstrap_score, resample_rows
from upwell.metrics.sequences import common_substring_length, edit_distance, lcs_length, token_f1


def test_words_and_characters_are_tokens_alike():
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance(["the", "cat"], ["the", "red", "cat"]) == 1
    assert edit_distance(["ab"], ["a", "b"]) == 2


def test_a_subsequence_may_have_gaps_and_a_substring_may_not():
    assert lcs_length("abcde", "abxde") == 4
    assert common_substring_length("abcde", "abxde") == 2
    assert lcs_length(["the", "cat"], ["a", "cat", "the"]) == 1


@pytest.mark.parametrize(
    ("predicted", "target", "f1"),
    [("a red cat", "the red cat", 2 / 3), ("a a b", "a", 1 / 2), ("", "", 1), ("", "a", 0)],
)
def test_token_f1_counts_repetitions(predicted, target, f1):
    assert token_f1(predicted.split(), target.split()) == pytest.approx(f1)


def test_the_draws_of_a_seed_are_those_of_one_call():
    rows = list(resample_rows(7, seed=3))
    together = np.random.default_rng(3).integers(0, 7, (NUM_BOOTSTRAP_SAMPLES, 7))
    assert np.array_equal(rows, together)


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution():
    values = np.random.default_rng(0).normal(size=400)
    score = bootstrap_score("mean", lambda rows_N: float(values[rows_N].mean()), len(values))
    assert score.value == values.mean()
    width = (score.interval_high - score.interval_low) / 2
    assert width == pytest.approx(1.645 * values.std() / 20, rel=0.1)
