"""Probabilities and log-loss of a classifier's logits.

Axes: N rows, C labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def log_softmax(logits_NC: Floats) -> Floats:
    """Natural log-probabilities [N, C] for rows with exactly one label."""
    shifted = logits_NC - logits_NC.max(1, keepdims=True)
    log_probs: Floats = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return log_probs


def sigmoid(logits_NC: Floats) -> Floats:
    """Probabilities [N, C] of labels that do not exclude each other."""
    probs: Floats = np.exp(-np.logaddexp(0, -logits_NC))
    return probs


def mean_loss(logits_NC: Floats, targets_NC: Floats, *, multilabel: bool) -> float:
    """Mean cross-entropy in nats a row. With `multilabel`, summed over independent labels."""
    sample_weight_N = np.full(len(logits_NC), 1 / len(logits_NC), dtype=np.float32)
    loss_and_grad = sigmoid_loss if multilabel else softmax_loss
    return loss_and_grad(logits_NC, targets_NC, sample_weight_N)[0]


def softmax_loss(
    logits_NC: Floats, targets_NC: Floats, sample_weight_N: Floats
) -> tuple[float, Floats]:
    """(weighted cross-entropy, its gradient [N, C]) for rows with exactly one label."""
    log_probs_NC = log_softmax(logits_NC)
    value = -float((sample_weight_N * (targets_NC * log_probs_NC).sum(1)).sum(dtype=np.float64))
    gradient = sample_weight_N[:, None] * (np.exp(log_probs_NC) - targets_NC)
    return value, gradient.astype(np.float32)


def sigmoid_loss(
    logits_NC: Floats, targets_NC: Floats, sample_weight_N: Floats
) -> tuple[float, Floats]:
    """(weighted cross-entropy, its gradient [N, C]) for rows with any number of labels."""
    losses_NC = np.logaddexp(0, logits_NC) - targets_NC * logits_NC
    value = float((sample_weight_N * losses_NC.sum(1)).sum(dtype=np.float64))
    gradient: Floats = sample_weight_N[:, None] * (sigmoid(logits_NC) - targets_NC)
    return value, gradient
