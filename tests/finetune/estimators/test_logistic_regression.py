"""Logistic regression against scikit-learn, and its cross-validation against chance."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from upwell.finetune.estimators import logistic_regression
from upwell.finetune.estimators.logistic_regression import fit, select_l2
from upwell.metrics.logits import log_softmax, mean_loss, sigmoid


def plant(rows: int, labels: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 12)).astype(np.float32)
    true_weight = rng.normal(size=(12, labels))
    y = (x @ true_weight + rng.gumbel(size=(rows, labels))).argmax(1)
    return x, y, np.eye(labels, dtype=np.float32)[y]


@pytest.mark.parametrize("l2", [1.0, 30.0])
def test_probabilities_equal_those_of_scikit_learn(l2):
    x, y, targets = plant(300, 4)
    ours = fit(x, targets, np.ones(300, np.float32), l2, multilabel=False)
    theirs = LogisticRegression(C=1 / l2, max_iter=5000, tol=1e-8).fit(x, y)
    np.testing.assert_allclose(np.exp(log_softmax(ours(x))), theirs.predict_proba(x), atol=5e-3)


def test_multilabel_is_one_regression_per_label():
    x, y, targets = plant(300, 3)
    ours = fit(x, targets, np.ones(300, np.float32), 3.0, multilabel=True)
    for label in range(3):
        classifier = LogisticRegression(C=1 / 3.0, max_iter=5000, tol=1e-8).fit(x, y == label)
        np.testing.assert_allclose(
            sigmoid(ours(x))[:, label], classifier.predict_proba(x)[:, 1], atol=5e-3
        )


def test_out_of_fold_loss_predicts_the_loss_on_new_rows():
    x, _, targets = plant(400, 3)
    new, _, new_targets = plant(400, 3, seed=0)
    l2, logits = select_l2(x[:200], targets[:200], np.ones(200, np.float32), 0, multilabel=False)
    classifier = fit(x[:200], targets[:200], np.ones(200, np.float32), l2, multilabel=False)
    out_of_fold_loss = mean_loss(logits, targets[:200], multilabel=False)
    assert out_of_fold_loss == pytest.approx(
        mean_loss(classifier(new[200:]), new_targets[200:], multilabel=False), abs=0.15
    )
    assert mean_loss(classifier(x[:200]), targets[:200], multilabel=False) < out_of_fold_loss


def test_uninformative_features_get_the_strongest_penalty():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 12)).astype(np.float32)
    targets = np.eye(2, dtype=np.float32)[rng.integers(0, 2, 200)]
    weights = np.ones(200, np.float32)
    assert select_l2(x, targets, weights, 0, multilabel=False)[0] >= 300
    x, _, targets = plant(200, 2)
    assert select_l2(x, targets, weights, 0, multilabel=False)[0] <= 10


def test_the_penalty_does_not_depend_on_the_order_of_the_rows(monkeypatch):
    monkeypatch.setattr(logistic_regression, "MAX_SELECTION_ROWS", 200)
    x, y, targets = plant(400, 2)
    order, weights = np.argsort(y, kind="stable"), np.ones(400, np.float32)
    assert select_l2(x[order], targets[order], weights, 0, multilabel=False)[0] <= 10
    groups = np.arange(400) // 4
    assert select_l2(x[order], targets[order], weights, 0, groups, multilabel=False)[0] <= 10
