"""L2-regularized logistic regression on frozen features.

Multinomial for rows with one label, and independent regressions for multilabel rows. The penalty is
selected by cross-validation, which also gives out-of-fold logits.

Axes: N rows, D features, C labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.labeled.splits import stratified_folds
from ...metrics.logits import Floats, mean_loss, sigmoid_loss, softmax_loss

L2_PENALTIES = (1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
"""Candidates, strongest first. The search ends when a weaker penalty is not better."""

NUM_FOLDS = 5
MAX_ITERATIONS = 200
MAX_SELECTION_ROWS = 5000
"""Rows that are sampled to select the penalty."""


@dataclass(frozen=True)
class LogisticRegression:
    """A fitted classifier."""

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
    sample_weight_N: Floats,
    l2: float,
    *,
    multilabel: bool,
    bias: bool = True,
    warm_start: LogisticRegression | None = None,
) -> LogisticRegression:
    """Minimize the mean cross-entropy plus l2 / 2N times the squared weights, with L-BFGS.

    `targets_NC` are probabilities. Without `bias`, the bias is 0. `warm_start` gives the initial
    weights.
    """
    from scipy.optimize import minimize

    num_labels, num_features = targets_NC.shape[1], features_ND.shape[1]
    # Weights are normalized, so that they do not change the strength of the penalty.
    sample_weight_N = (sample_weight_N / sample_weight_N.sum()).astype(np.float32)
    l2_per_row = l2 / len(features_ND)
    loss_fn = sigmoid_loss if multilabel else softmax_loss

    def loss(flat_params: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        params_C = flat_params.astype(np.float32).reshape(num_labels, num_features + 1)
        weight, intercept = params_C[:, :-1], params_C[:, -1]
        value, residual_NC = loss_fn(
            features_ND @ weight.T + intercept, targets_NC, sample_weight_N
        )
        gradient = np.empty((num_labels, num_features + 1))
        gradient[:, :-1] = residual_NC.T @ features_ND + l2_per_row * weight
        gradient[:, -1] = residual_NC.sum(0) if bias else 0
        squares = float(np.square(weight, dtype=np.float64).sum())
        return value + 0.5 * l2_per_row * squares, gradient.ravel()

    initial = (
        np.zeros(num_labels * (num_features + 1)) if warm_start is None else _flatten(warm_start)
    )
    options = {"maxiter": MAX_ITERATIONS, "ftol": 1e-7, "gtol": 1e-6}
    result: Any = minimize(loss, initial, jac=True, method="L-BFGS-B", options=options)
    params_C = result.x.astype(np.float32).reshape(num_labels, num_features + 1)
    return LogisticRegression(np.ascontiguousarray(params_C[:, :-1]), params_C[:, -1].copy())


def select_l2(
    features_ND: Floats,
    targets_NC: Floats,
    sample_weight_N: Floats,
    seed: int,
    groups_N: NDArray[np.int64] | None = None,
    *,
    multilabel: bool,
    bias: bool = True,
) -> tuple[float, Floats]:
    """(penalty with the lowest cross-validated loss, its out-of-fold logits [N, C]).

    Rows with the same value in `groups_N` share a fold.
    """
    fold_N = _assign_folds(targets_NC, groups_N, seed)
    selection_rows = _sample_rows(groups_N, len(fold_N), seed)
    best: tuple[float, float] | None = None
    warm_starts: list[LogisticRegression | None] = [None] * NUM_FOLDS
    for l2 in L2_PENALTIES:
        logits = np.empty_like(targets_NC)
        for fold in range(NUM_FOLDS):
            train, held_out = _split_fold(fold_N, fold, selection_rows)
            warm_starts[fold] = fit(
                features_ND[train], targets_NC[train], sample_weight_N[train], l2,
                multilabel=multilabel, bias=bias, warm_start=warm_starts[fold],
            )  # fmt: skip
            logits[held_out] = _not_none(warm_starts[fold])(features_ND[held_out])
        mean = mean_loss(logits[selection_rows], targets_NC[selection_rows], multilabel=multilabel)
        if best is not None and mean >= best[0]:
            break
        best = (mean, l2)
    assert best is not None
    logits = cross_val_logits(
        features_ND, targets_NC, sample_weight_N, best[1], seed, groups_N,
        multilabel=multilabel, bias=bias,
    )  # fmt: skip
    return best[1], logits


def cross_val_logits(
    features_ND: Floats,
    targets_NC: Floats,
    sample_weight_N: Floats,
    l2: float,
    seed: int,
    groups_N: NDArray[np.int64] | None = None,
    *,
    multilabel: bool,
    bias: bool = True,
) -> Floats:
    """Out-of-fold logits [N, C]: each row is scored by a classifier fitted without it."""
    fold_N = _assign_folds(targets_NC, groups_N, seed)
    logits = np.empty_like(targets_NC)
    for fold in range(NUM_FOLDS):
        train, held_out = _split_fold(fold_N, fold, np.arange(len(fold_N)))
        model = fit(
            features_ND[train],
            targets_NC[train],
            sample_weight_N[train],
            l2,
            multilabel=multilabel,
            bias=bias,
        )
        logits[held_out] = model(features_ND[held_out])
    return logits


def _sample_rows(groups_N: NDArray[np.int64] | None, count: int, seed: int) -> NDArray[np.int64]:
    """Random row indices, in whole groups. Random, because files are often sorted by label."""
    groups_N = np.arange(count) if groups_N is None else groups_N
    groups, group_index_N = np.unique(groups_N, return_inverse=True)
    rank_N = np.random.default_rng(seed).permutation(len(groups))[group_index_N]
    return np.flatnonzero(np.bincount(rank_N).cumsum()[rank_N] <= MAX_SELECTION_ROWS)


def _assign_folds(
    targets_NC: Floats, groups_N: NDArray[np.int64] | None, seed: int
) -> NDArray[np.int64]:
    """[N] folds. Rows of a group, such as the words of a sentence, share a fold."""
    label_ids_N = targets_NC.argmax(1)
    if groups_N is None or len(np.unique(groups_N)) == len(groups_N):
        return np.array(stratified_folds(label_ids_N.tolist(), NUM_FOLDS, seed))
    group_ids = np.unique(groups_N)
    group_folds = np.array(stratified_folds([0] * len(group_ids), NUM_FOLDS, seed))
    return group_folds[np.searchsorted(group_ids, groups_N)]


def _split_fold(
    fold_N: NDArray[np.int64], fold: int, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return rows[fold_N[rows] != fold], rows[fold_N[rows] == fold]


def _not_none(model: LogisticRegression | None) -> LogisticRegression:
    assert model is not None
    return model


def _flatten(model: LogisticRegression) -> NDArray[np.float64]:
    joined = np.concatenate([model.weight, model.bias[:, None]], axis=1)
    return joined.astype(np.float64).ravel()
