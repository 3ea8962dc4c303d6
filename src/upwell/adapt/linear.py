"""A linear map on frozen features: what a model can do without being changed.

Multinomial logistic regression with an L2 penalty, by L-BFGS; where rows may have several labels,
one logistic regression a label. The penalty is chosen by cross-validation, which also says what
the map would have said of rows that it has not seen.

Axes: N rows, D features, C labels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.labelled.splitting import folds

PENALTIES = (1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
"""From the strongest on; the search ends where less is no better."""

FOLDS = 5
STEPS = 200
ENOUGH = 5000
"""Rows that the penalty is chosen on; it needs no more."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """A fitted map."""

    weight: Floats
    """[C, D]."""

    bias: Floats
    """[C]."""

    def __call__(self, features_ND: Floats) -> Floats:
        """Logits [N, C]."""
        return features_ND @ self.weight.T + self.bias


def fit(
    features_ND: Floats,
    targets_NC: Floats,
    counts_N: Floats,
    penalty: float,
    *,
    several: bool,
    bias: bool = True,
    start: Linear | None = None,
) -> Linear:
    """The map of least mean loss plus penalty / 2N times its squared weights.

    `targets_NC` are probabilities; `counts_N` says how much each row counts. Without `bias` that of
    the map is 0.
    """
    from scipy.optimize import minimize

    labels, width = targets_NC.shape[1], features_ND.shape[1]
    # The penalty is on the whole, the loss a mean: rows that count more are still N in all.
    counts_N = (counts_N / counts_N.sum()).astype(np.float32)
    pull = penalty / len(features_ND)
    slope = _several if several else _one

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        map_C = flat.astype(np.float32).reshape(labels, width + 1)
        weight, level = map_C[:, :-1], map_C[:, -1]
        value, error_NC = slope(features_ND @ weight.T + level, targets_NC, counts_N)
        gradient = np.empty((labels, width + 1))
        gradient[:, :-1] = error_NC.T @ features_ND + pull * weight
        gradient[:, -1] = error_NC.sum(0) if bias else 0
        squares = float(np.square(weight, dtype=np.float64).sum())
        return value + 0.5 * pull * squares, gradient.ravel()

    first = np.zeros(labels * (width + 1)) if start is None else _flat(start)
    settings = {"maxiter": STEPS, "ftol": 1e-7, "gtol": 1e-6}
    found: Any = minimize(loss, first, jac=True, method="L-BFGS-B", options=settings)
    map_C = found.x.astype(np.float32).reshape(labels, width + 1)
    return Linear(np.ascontiguousarray(map_C[:, :-1]), map_C[:, -1].copy())


def chosen(
    features_ND: Floats,
    targets_NC: Floats,
    counts_N: Floats,
    seed: int,
    groups_N: NDArray[np.int64] | None = None,
    *,
    several: bool,
    bias: bool = True,
) -> tuple[float, Floats]:
    """The penalty of least loss on rows that were left out, and the logits [N, C] of those rows."""
    fold_N = _folds(targets_NC, groups_N, seed)
    some = _some(groups_N, len(fold_N), seed)
    best: tuple[float, float] | None = None
    starts: list[Linear | None] = [None] * FOLDS
    for penalty in PENALTIES:
        logits = np.empty_like(targets_NC)
        for fold in range(FOLDS):
            own, out = _sides(fold_N, fold, some)
            starts[fold] = fit(
                features_ND[own], targets_NC[own], counts_N[own], penalty,
                several=several, bias=bias, start=starts[fold],
            )  # fmt: skip
            logits[out] = _map(starts[fold])(features_ND[out])
        value = mean_loss(logits[some], targets_NC[some], several=several)
        if best is not None and value >= best[0]:
            break
        best = (value, penalty)
    assert best is not None
    how = {"several": several, "bias": bias}
    return best[1], unseen(features_ND, targets_NC, counts_N, best[1], seed, groups_N, **how)


def unseen(
    features_ND: Floats,
    targets_NC: Floats,
    counts_N: Floats,
    penalty: float,
    seed: int,
    groups_N: NDArray[np.int64] | None = None,
    *,
    several: bool,
    bias: bool = True,
) -> Floats:
    """Logits [N, C] of rows by maps that were fitted without them."""
    fold_N = _folds(targets_NC, groups_N, seed)
    logits = np.empty_like(targets_NC)
    for fold in range(FOLDS):
        own, out = _sides(fold_N, fold, np.arange(len(fold_N)))
        one = fit(
            features_ND[own], targets_NC[own], counts_N[own], penalty, several=several, bias=bias
        )
        logits[out] = one(features_ND[out])
    return logits


def _some(groups_N: NDArray[np.int64] | None, count: int, seed: int) -> NDArray[np.int64]:
    """Places of enough rows, drawn: files are often in the order of their labels. A group comes
    whole."""
    groups_N = np.arange(count) if groups_N is None else groups_N
    groups, place_N = np.unique(groups_N, return_inverse=True)
    rank_N = np.random.default_rng(seed).permutation(len(groups))[place_N]
    return np.flatnonzero(np.bincount(rank_N).cumsum()[rank_N] <= ENOUGH)


def _folds(targets_NC: Floats, groups_N: NDArray[np.int64] | None, seed: int) -> NDArray[np.int64]:
    """The fold of each row; rows of a group, such as words of a sentence, share theirs."""
    kinds = targets_NC.argmax(1)
    if groups_N is None or len(np.unique(groups_N)) == len(groups_N):
        return np.array(folds(kinds.tolist(), FOLDS, seed))
    heads = np.unique(groups_N)
    drawn = np.array(folds([0] * len(heads), FOLDS, seed))
    return drawn[np.searchsorted(heads, groups_N)]


def _sides(
    fold_N: NDArray[np.int64], fold: int, some: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return some[fold_N[some] != fold], some[fold_N[some] == fold]


def _map(found: Linear | None) -> Linear:
    assert found is not None
    return found


def _flat(start: Linear) -> NDArray[np.float64]:
    joined = np.concatenate([start.weight, start.bias[:, None]], axis=1)
    return joined.astype(np.float64).ravel()


Slope = Callable[[Floats, Floats, Floats], tuple[float, Floats]]


def _one(logits_NC: Floats, targets_NC: Floats, counts_N: Floats) -> tuple[float, Floats]:
    """Mean cross-entropy and its gradient, where each row has one label."""
    logs = log_softmax(logits_NC)
    value = -float((counts_N * (targets_NC * logs).sum(1)).sum(dtype=np.float64))
    error = counts_N[:, None] * (np.exp(logs) - targets_NC)
    return value, error.astype(np.float32)


def _several(logits_NC: Floats, targets_NC: Floats, counts_N: Floats) -> tuple[float, Floats]:
    """The same where every label is a question of its own."""
    each = np.logaddexp(0, logits_NC) - targets_NC * logits_NC
    value = float((counts_N * each.sum(1)).sum(dtype=np.float64))
    error: Floats = counts_N[:, None] * (sigmoid(logits_NC) - targets_NC)
    return value, error


def mean_loss(logits_NC: Floats, targets_NC: Floats, *, several: bool) -> float:
    """Nats a row."""
    counts = np.full(len(logits_NC), 1 / len(logits_NC), dtype=np.float32)
    return (_several if several else _one)(logits_NC, targets_NC, counts)[0]


def log_softmax(logits_NC: Floats) -> Floats:
    """Natural log-probabilities of one label a row."""
    shifted = logits_NC - logits_NC.max(1, keepdims=True)
    found: Floats = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return found


def sigmoid(logits_NC: Floats) -> Floats:
    """Probabilities of labels that do not exclude each other."""
    found: Floats = np.exp(-np.logaddexp(0, -logits_NC))
    return found
