"""Metrics of completions: exact match, digits, edits."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.metrics import load_metric
from upwell.metrics.sequences import edit_distance

from .answers import completions

words = st.text("01+", max_size=7)


def test_exact_match_compares_the_whole_completion():
    assert load_metric("exact_match")(completions("62", "62", "620", "")).value == 0.5


@pytest.mark.parametrize(
    ("text", "target", "share"),
    [
        ("62", "62", 1),
        ("61", "62", 1 / 2),
        ("162", "62", 2 / 3),
        ("2", "62", 1 / 2),
        ("", "62", 0),
        ("26", "62", 0),
        ("1101", "1001", 3 / 4),
        ("6200", "62", 0),
    ],
)
def test_digits_are_aligned_from_the_right(text, target, share):
    assert load_metric("digit_accuracy")(completions(text, target=target)).value == pytest.approx(
        share
    )


@pytest.mark.parametrize(
    ("a", "b", "edits"), [("kitten", "sitting", 3), ("saturday", "sunday", 3), ("", "62", 2)]
)
def test_edit_distance_is_levenshtein_s(a, b, edits):
    assert edit_distance(a, b) == edits


@given(words, words)
def test_edit_distance_follows_its_recursion(a, b):
    @functools.cache
    def between(i, j):
        if not i or not j:
            return i + j
        change = between(i - 1, j - 1) + (a[i - 1] != b[j - 1])
        return min(between(i - 1, j) + 1, between(i, j - 1) + 1, change)

    assert edit_distance(a, b) == between(len(a), len(b))


def test_token_edit_distance_is_the_mean_over_items():
    assert load_metric("token_edit_distance")(completions("62", "6", "999")).value == pytest.approx(
        4 / 3
    )
