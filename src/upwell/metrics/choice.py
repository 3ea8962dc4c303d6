"""Metrics of choices, from the log-probability of each choice.

Probabilities are among the choices: they sum to one. "Correct" is the target, and for metrics
of lm-evaluation-harness any other correct choice as well.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from ..records import Answer
from .base import ItemScore, corpus_metric, item_metric
from .calibration import expected_calibration_error
from .extras import (
    IS_GREEDY_PREFIX,
    UNCONDITIONAL_LOGPROB_PREFIX,
    correct_indices,
    target_index,
)

NUM_CALIBRATION_BINS = 10

CHOICE_LOGPROBS = "log-probabilities of choices"


@item_metric("accuracy", needs=CHOICE_LOGPROBS)
def accuracy(answer: Answer) -> ItemScore | None:
    """1 if the target is the most probable choice; tied choices share the point."""
    if not answer.logprobs:
        return None
    highest = max(answer.logprobs)
    pairs = zip(answer.choices, answer.logprobs, strict=True)
    best = [choice for choice, logprob in pairs if logprob == highest]
    return float(answer.target in best) / len(best), 1


@item_metric("acc", needs=CHOICE_LOGPROBS)
def acc(answer: Answer) -> ItemScore | None:
    """1 if the most probable choice is correct, as lm-evaluation-harness counts it.

    Of tied choices the first counts. Without choices: whether the target is the greedy
    completion.
    """
    if answer.logprobs:
        return _is_best(answer, answer.logprobs)
    is_greedy = answer.extras.get(f"{IS_GREEDY_PREFIX}0")
    return None if is_greedy is None else (is_greedy, 1)


@item_metric("acc_norm", needs=CHOICE_LOGPROBS)
def acc_norm(answer: Answer) -> ItemScore | None:
    """1 if a correct choice has the highest log-probability per character of the choice."""
    return _is_best_by_length(answer, len)


@item_metric("acc_bytes", needs=CHOICE_LOGPROBS)
def acc_bytes(answer: Answer) -> ItemScore | None:
    """1 if a correct choice has the highest log-probability per byte of UTF-8."""
    return _is_best_by_length(answer, lambda choice: len(choice.encode()))


@item_metric("acc_mutual_info", needs="log-probabilities of choices without a question")
def acc_mutual_info(answer: Answer) -> ItemScore | None:
    """1 if the question raises the log-probability of a correct choice the most.

    The gain is the log-probability with the question minus the one without it (Brown et al.
    2020, arXiv 2005.14165, 2.4).
    """
    unconditional = [
        answer.extras.get(f"{UNCONDITIONAL_LOGPROB_PREFIX}{index}")
        for index in range(len(answer.logprobs))
    ]
    present = [logprob for logprob in unconditional if logprob is not None]
    if not answer.logprobs or len(present) < len(unconditional):
        return None
    gains = [
        conditional - prior for conditional, prior in zip(answer.logprobs, present, strict=True)
    ]
    return _is_best(answer, gains)


@item_metric("greedy_match", needs="a greedy completion to compare with")
def greedy_match(answer: Answer) -> ItemScore | None:
    """1 if each token of a correct choice is the most probable one at its position."""
    if not answer.logprobs:
        return None
    is_greedy = [
        answer.extras.get(f"{IS_GREEDY_PREFIX}{index}") for index in correct_indices(answer)
    ]
    known = [flag for flag in is_greedy if flag is not None]
    return (max(known), 1) if known else None


@item_metric("choice_probability", needs=CHOICE_LOGPROBS)
def choice_probability(answer: Answer) -> ItemScore | None:
    """Probability of the target."""
    probs = _choice_probs(answer)
    return None if probs is None else (probs[target_index(answer)], 1)


@item_metric("log_loss", needs=CHOICE_LOGPROBS)
def log_loss(answer: Answer) -> ItemScore | None:
    """Negative logarithm of the probability of the target, in nats."""
    log_probs = _choice_log_probs(answer)
    return None if log_probs is None else (-log_probs[target_index(answer)] or 0.0, 1)


@item_metric("brier", needs=CHOICE_LOGPROBS)
def brier(answer: Answer) -> ItemScore | None:
    """Squared distance of the probabilities from 1 for the target and 0 for the others.

    From 0 to 2 (Brier 1950, in the form summed over choices).
    """
    probs = _choice_probs(answer)
    if probs is None:
        return None
    target = target_index(answer)
    return sum((p - (index == target)) ** 2 for index, p in enumerate(probs)), 1


@item_metric("margin", needs="log-probabilities of correct and wrong choices")
def margin(answer: Answer) -> ItemScore | None:
    """Log-probability of the best correct choice minus that of the best wrong one, in nats.

    Above zero where the model is correct. Unlike accuracy, it changes before that.
    """
    if not answer.logprobs:
        return None
    correct = correct_indices(answer)
    wrong = [logprob for index, logprob in enumerate(answer.logprobs) if index not in correct]
    if not wrong:
        return None
    return max(answer.logprobs[index] for index in correct) - max(wrong), 1


def _has_logprobs(answer: Answer) -> bool:
    return bool(answer.logprobs)


@corpus_metric("calibration_error", needs="choices", is_scorable=_has_logprobs)
def calibration_error(answers: Sequence[Answer]) -> float:
    """Expected calibration error of the most probable choice, over ten bins of equal width.

    See Guo et al. 2017, arXiv 1706.04599.
    """
    confidence, is_correct = [], []
    for answer in answers:
        probs = _choice_probs(answer) or []
        predicted = _argmax(probs)
        confidence.append(probs[predicted])
        is_correct.append(predicted in correct_indices(answer))
    return expected_calibration_error(
        np.array(confidence),
        np.array(is_correct),
        binning="equal_width",
        num_bins=NUM_CALIBRATION_BINS,
    )


def _has_two_choices(answer: Answer) -> bool:
    return len(answer.logprobs) == 2


@corpus_metric("f1", needs="two choices", is_scorable=_has_two_choices)
def f1(answers: Sequence[Answer]) -> float:
    """F1 of the second choice (index 1), as lm-evaluation-harness counts it.

    Of tasks with two choices. 0 where the second choice is neither predicted nor correct.
    """
    pairs = [(target_index(answer), _argmax(answer.logprobs)) for answer in answers]
    true_positives = sum(target == predicted == 1 for target, predicted in pairs)
    positives = sum((target == 1) + (predicted == 1) for target, predicted in pairs)
    return 2 * true_positives / positives if positives else 0.0


@corpus_metric("mcc", needs="choices", is_scorable=_has_logprobs)
def mcc(answers: Sequence[Answer]) -> float:
    """Matthews correlation of predictions and targets, for any number of choices.

    See Gorodkin 2004, R_K. 0 without variation, as scikit-learn and lm-evaluation-harness count it.
    """
    targets = [target_index(answer) for answer in answers]
    predictions = [_argmax(answer.logprobs) for answer in answers]
    num_items = len(answers)
    num_correct = sum(a == b for a, b in zip(targets, predictions, strict=True))
    target_counts, prediction_counts = Counter(targets), Counter(predictions)
    agreement = sum(target_counts[index] * prediction_counts[index] for index in target_counts)
    spreads = [
        num_items**2 - sum(n**2 for n in counts.values())
        for counts in (prediction_counts, target_counts)
    ]
    if not all(spreads):
        return 0.0
    return (num_correct * num_items - agreement) / math.sqrt(spreads[0] * spreads[1])


def _choice_probs(answer: Answer) -> list[float] | None:
    """Probabilities of the choices; None where there are no choices."""
    if not answer.logprobs:
        return None
    highest = max(answer.logprobs)
    weights = [math.exp(logprob - highest) for logprob in answer.logprobs]
    return [weight / math.fsum(weights) for weight in weights]


def _choice_log_probs(answer: Answer) -> list[float] | None:
    """Logarithms of the probabilities of the choices; None where there are no choices."""
    if not answer.logprobs:
        return None
    highest = max(answer.logprobs)
    total = highest + math.log(
        math.fsum(math.exp(logprob - highest) for logprob in answer.logprobs)
    )
    return [logprob - total for logprob in answer.logprobs]


def _is_best_by_length(answer: Answer, length: Callable[[str], int]) -> ItemScore | None:
    """1 if a correct choice has the highest log-probability per length.

    An empty choice has minus infinity per length, as in lm-evaluation-harness.
    """
    if not answer.logprobs:
        return None
    lengths = [length(choice) for choice in answer.choices]
    return _is_best(
        answer,
        [
            logprob / size if size else -math.inf
            for logprob, size in zip(answer.logprobs, lengths, strict=True)
        ],
    )


def _is_best(answer: Answer, scores: Sequence[float]) -> ItemScore:
    return float(_argmax(scores) in correct_indices(answer)), 1


def _argmax(scores: Sequence[float]) -> int:
    """Index of the highest score; of ties the first, as lm-evaluation-harness counts."""
    return max(range(len(scores)), key=lambda index: scores[index])
