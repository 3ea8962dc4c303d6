"""Metrics of choices: accuracy, probability, Brier score."""

import math

import numpy
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from upwell.evaluation.chance_level import bounds
from upwell.metrics import load_metric

from .answers import choice_answers

logprobs = st.lists(st.floats(-800, 0), min_size=2, max_size=6).map(tuple)


@given(logprobs)
def test_probabilities_are_the_softmax_of_scipy(each):
    value = load_metric("choice_probability")(choice_answers(each)).value
    assert value == pytest.approx(scipy.special.softmax(each)[0])


@given(logprobs)
def test_brier_is_the_squared_distance_from_the_truth(each):
    target_probs = numpy.eye(len(each))[0]
    expected = ((scipy.special.softmax(each) - target_probs) ** 2).sum()
    assert load_metric("brier")(choice_answers(each)).value == pytest.approx(expected, abs=1e-12)


def test_brier_runs_from_certain_and_correct_to_certain_and_wrong():
    assert load_metric("brier")(choice_answers((0.0, -800.0))).value == pytest.approx(0)
    assert load_metric("brier")(choice_answers((-800.0, 0.0))).value == pytest.approx(2)


@pytest.mark.parametrize("metric", ["accuracy", "choice_probability", "brier"])
def test_a_uniform_distribution_scores_the_chance_of_the_bounds(metric):
    even = (math.log(0.1),) * 5
    assert load_metric(metric)(choice_answers(even)).value == pytest.approx(bounds(metric, 5)[0])


def test_accuracy_counts_the_most_probable_choice_and_shares_ties():
    answers = choice_answers((-1.0, -2.0), (-2.0, -1.0), (-1.0, -1.0))
    assert load_metric("accuracy")(answers).value == pytest.approx(0.5)
