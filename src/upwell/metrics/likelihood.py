"""Metrics of the target's tokens, from their log-probabilities."""

from __future__ import annotations

import math
import re

from ..records import Answer
from .base import ItemScore, exp_of_mean, item_metric
from .extras import ARGMAX_MATCHES_KEY, EARLY_LOSS_KEY

TARGET_LOGPROBS = "log-probabilities of the target"
TEXT_LOGPROBS = "log-probabilities of a text"


@item_metric("log_probability", needs=TARGET_LOGPROBS)
def log_probability(answer: Answer) -> ItemScore | None:
    """Natural log-probability of the whole target, in nats."""
    return (math.fsum(answer.token_logprobs), 1) if answer.token_logprobs else None


@item_metric("loss", needs=TARGET_LOGPROBS)
def loss(answer: Answer) -> ItemScore | None:
    """Negative log-probability per token of the targets, in nats per token."""
    tokens = answer.token_logprobs
    return (-math.fsum(tokens), len(tokens)) if tokens else None


@item_metric("perplexity", needs=TARGET_LOGPROBS, transform=exp_of_mean)
def perplexity(answer: Answer) -> ItemScore | None:
    """exp of the mean negative log-probability of a whole target, as lm-evaluation-harness."""
    return (-sum(answer.token_logprobs), 1) if answer.token_logprobs else None


@item_metric("word_perplexity", needs=TEXT_LOGPROBS, transform=exp_of_mean)
def word_perplexity(answer: Answer) -> ItemScore | None:
    """exp of the negative log-probability per word, as lm-evaluation-harness.

    White space separates words.
    """
    num_words = len(re.split(r"\s+", answer.target))
    return (-sum(answer.token_logprobs), num_words) if answer.token_logprobs else None


@item_metric("byte_perplexity", needs=TEXT_LOGPROBS, transform=exp_of_mean)
def byte_perplexity(answer: Answer) -> ItemScore | None:
    """exp of the negative log-probability per byte of UTF-8."""
    num_bytes = len(answer.target.encode())
    return (-sum(answer.token_logprobs), num_bytes) if answer.token_logprobs and num_bytes else None


@item_metric("bits_per_byte", needs=TEXT_LOGPROBS)
def bits_per_byte(answer: Answer) -> ItemScore | None:
    """Negative log2-probability per byte of UTF-8; comparable between tokenizers."""
    num_bytes = len(answer.target.encode())
    if not answer.token_logprobs or not num_bytes:
        return None
    return -math.fsum(answer.token_logprobs) / math.log(2), num_bytes


@item_metric("token_accuracy", needs="most probable tokens")
def token_accuracy(answer: Answer) -> ItemScore | None:
    """Share of target tokens that are the most probable ones after the correct ones before."""
    matches, tokens = answer.extras.get(ARGMAX_MATCHES_KEY), len(answer.token_logprobs)
    return None if matches is None or not tokens else (matches, tokens)


@item_metric("in_context_score", needs="a loss at an early position")
def in_context_score(answer: Answer) -> ItemScore | None:
    """Loss at a late position minus loss at an early one, in nats per token.

    Below zero is learning in context (Olsson et al. 2022, arXiv 2209.11895, who compare the
    500th token with the 50th).
    """
    early_loss, tokens = answer.extras.get(EARLY_LOSS_KEY), answer.token_logprobs
    if early_loss is None or not tokens:
        return None
    return -math.fsum(tokens) / len(tokens) - early_loss, 1
