"""Metrics of the target's tokens: log-probability, loss, bits per byte, most probable tokens."""

import math

import pytest

from upwell.metrics import load_metric

from .answers import answer

TOKENS = [(-1.0, -2.0), (-3.0,)]


def answers_with(*tokens, target="", **extras):
    return [
        answer(i, target or "x", token_logprobs=each, extras=extras)
        for i, each in enumerate(tokens)
    ]


def test_log_probability_is_of_the_whole_target():
    assert load_metric("log_probability")(answers_with(*TOKENS)).value == pytest.approx(-3)


def test_loss_is_per_token_and_not_per_item():
    assert load_metric("loss")(answers_with(*TOKENS)).value == pytest.approx(6 / 3)


def test_bits_per_byte_counts_bytes_of_utf8():
    (two,) = answers_with((math.log(1 / 4), math.log(1 / 4)), target="é你")
    assert load_metric("bits_per_byte")([two]).value == pytest.approx(4 / 5)


def test_a_uniform_distribution_over_bytes_is_eight_bits():
    text = "plain words"
    answers = answers_with((-math.log(256),) * len(text), target=text)
    assert load_metric("bits_per_byte")(answers).value == pytest.approx(8)


def test_token_accuracy_is_the_share_of_most_probable_tokens():
    assert (
        load_metric("token_accuracy")(
            answers_with((-1.0,) * 4, (-1.0,) * 2, argmax_matches=1.0)
        ).value
        == 2 / 6
    )


def test_in_context_score_is_late_minus_early():
    assert load_metric("in_context_score")(
        answers_with((-1.0, -3.0), early_loss=5.0)
    ).value == pytest.approx(-3)


def test_prefix_matching_is_of_the_best_head_over_all_items():
    extras = [{"head_0.0": 1.0, "head_1.2": 0.6}, {"head_0.0": 0.0, "head_1.2": 0.8}]
    value = load_metric("prefix_matching")(
        [answer(i, extras=each) for i, each in enumerate(extras)]
    )
    assert value.value == pytest.approx(0.7)
    assert value.stderr == pytest.approx(0.1)
    assert value.items == 2
