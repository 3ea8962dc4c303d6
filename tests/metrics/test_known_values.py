"""Metrics of choices and texts, against scikit-learn's formulas and worked examples."""

import math
import random

import pytest

from upwell.metrics import load_metric
from upwell.metrics.extras import (
    IS_GREEDY_PREFIX,
    OTHER_CORRECT_PREFIX,
    TARGET_INDEX_KEY,
    UNCONDITIONAL_LOGPROB_PREFIX,
)
from upwell.records import Answer


def choice_answer(logprobs, correct=0, choices=None, extras=None):
    choices = choices or tuple("abcdefgh"[: len(logprobs)])
    return Answer(
        model="m", ability="a", item="0", shots=0, prompt="", target=choices[correct],
        choices=choices, logprobs=tuple(logprobs),
        extras={TARGET_INDEX_KEY: float(correct), **(extras or {})},
    )  # fmt: skip


def completion_answer(text, target, others=()):
    extras = {f"{OTHER_CORRECT_PREFIX}{index}": 1.0 for index in range(1, len(others) + 1)}
    choices = (target, *others) if others else ()
    return Answer(model="m", ability="a", item="0", shots=0, prompt="", target=target,
                  completion=text, choices=choices, extras=extras)  # fmt: skip


def value(metric, *answers):
    return load_metric(metric)(answers).value


def test_of_equal_choices_the_first_counts():
    assert value("acc", choice_answer([-1, -1], 0), choice_answer([-1, -1], 1)) == 0.5
    assert value("acc", choice_answer([-1, -1], 1)) == 0
    assert value("accuracy", choice_answer([-1, -1], 1)) == 0.5


def test_choices_with_the_same_text_are_distinguished_by_their_index():
    assert value("acc", choice_answer([-2, -3, -1], 2, ("x", "y", "x"))) == 1
    assert value("acc", choice_answer([-2, -3, -2.5], 2, ("x", "y", "x"))) == 0


def test_other_correct_choices_count():
    assert value("acc", choice_answer([-3, -1], 0, extras={f"{OTHER_CORRECT_PREFIX}1": 1.0})) == 1


def test_length_is_that_of_the_choice():
    answer = choice_answer([-4, -5], 1, ("ab", "第一第"))
    assert value("acc", answer) == 0
    assert value("acc_norm", answer) == 1
    assert value("acc_bytes", choice_answer([-4, -5], 0, ("ab", "第"))) == 0


def test_an_empty_choice_is_never_the_best_per_character():
    """As in lm-eval-harness, where a number below zero over zero is minus infinity."""
    answers = [choice_answer([-4, -5], target, ("", "b")) for target in (0, 1)]
    score = load_metric("acc_norm")(answers)
    assert (score.value, score.missing) == (0.5, 0)


def test_mutual_information_subtracts_the_unconditional_log_probability():
    answer = choice_answer(
        [-3, -2],
        0,
        extras={f"{UNCONDITIONAL_LOGPROB_PREFIX}0": -9.0, f"{UNCONDITIONAL_LOGPROB_PREFIX}1": -2.0},
    )
    assert (value("acc", answer), value("acc_mutual_info", answer)) == (0, 1)


def test_greedy_match_reads_correct_choices_only():
    extras = {f"{IS_GREEDY_PREFIX}0": 0.0, f"{IS_GREEDY_PREFIX}1": 1.0}
    assert value("greedy_match", choice_answer([-1, -2], 1, extras=extras)) == 1
    assert value("greedy_match", choice_answer([-1, -2], 0, extras=extras)) == 0


def test_log_loss_and_margin():
    answer = choice_answer([-1.0, -2.0, -4.0], 1)
    total = sum(map(math.exp, (-1, -2, -4)))
    assert value("log_loss", answer) == pytest.approx(2 + math.log(total))
    assert value("margin", answer) == pytest.approx(-1)
    assert load_metric("margin")([choice_answer([-1.0])]).missing == 1


def test_correlation_and_f1_of_two_choices_are_the_textbook_ones():
    rng = random.Random(1)
    pairs = [(rng.randrange(2), rng.randrange(2)) for _ in range(60)]
    answers = [
        choice_answer([-1, -2] if predicted == 0 else [-2, -1], correct)
        for correct, predicted in pairs
    ]
    tp = sum(a == b == 1 for a, b in pairs)
    tn = sum(a == b == 0 for a, b in pairs)
    fp = sum(a == 0 and b == 1 for a, b in pairs)
    fn = sum(a == 1 and b == 0 for a, b in pairs)
    denominator = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    assert value("mcc", *answers) == pytest.approx((tp * tn - fp * fn) / denominator)
    assert value("f1", *answers) == pytest.approx(2 * tp / (2 * tp + fp + fn))


def test_answers_without_variation_have_the_correlation_of_scikit_learn():
    answers = [choice_answer([-1, -2], 0), choice_answer([-1, -2], 1)]
    assert load_metric("mcc")(answers).value == 0.0
    assert load_metric("f1")(answers[:1]).value == 0.0


def test_f1_is_of_two_choices():
    answer = choice_answer([-1, -2, -3], 0, ("a", "b", "c"))
    score = load_metric("f1")([answer])
    assert (score.value, score.reason) == (None, "no answer has two choices")


def test_calibration_error_is_planted_and_absent():
    logprobs = math.log(0.8), math.log(0.2)
    calibrated = [choice_answer(logprobs, 0 if index < 8 else 1) for index in range(10)]
    overconfident = [choice_answer(logprobs, 0 if index < 3 else 1) for index in range(10)]
    assert value("calibration_error", *calibrated) == pytest.approx(0, abs=1e-9)
    assert value("calibration_error", *overconfident) == pytest.approx(0.5)


def test_any_correct_text_counts():
    assert value("exact_match", completion_answer("b", "a", ("b",))) == 1
    assert value("exact_match", completion_answer("c", "a", ("b",))) == 0
    assert value(
        "token_f1", completion_answer("the red cat", "a red cat", ("a dog",))
    ) == pytest.approx(2 / 3)


def test_perplexities_are_exponentials():
    answer = Answer(model="m", ability="a", item="0", shots=0, prompt="", target="two words",
                    token_logprobs=(-2.0, -4.0))  # fmt: skip
    assert value("perplexity", answer) == pytest.approx(math.exp(6))
    assert value("word_perplexity", answer) == pytest.approx(math.exp(3))
    assert value("byte_perplexity", answer) == pytest.approx(math.exp(6 / 9))


@pytest.mark.parametrize(("metric", "corpus"), [("bleu", "bleu"), ("chrf", "chrf"), ("ter", "ter")])
def test_scores_of_texts_are_those_of_sacrebleu(metric, corpus):
    sacrebleu = pytest.importorskip("sacrebleu")
    texts = [("the cat sat on the mat", "the cat lay on the mat"), ("a b c d e", "a b c d f")]
    ours = value(metric, *(completion_answer(a, b) for a, b in texts))
    theirs = getattr(sacrebleu, f"corpus_{corpus}")([a for a, _ in texts], [[b for _, b in texts]])
    assert ours == pytest.approx(theirs.score)
