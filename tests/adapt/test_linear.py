"""The linear map against scikit-learn's, and its cross-validation against chance."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from upwell.adapt.linear import chosen, fit, log_softmax, mean_loss, sigmoid


def planted(rows: int, labels: int, seed: int = 0):
    dice = np.random.default_rng(seed)
    x = dice.normal(size=(rows, 12)).astype(np.float32)
    truth = dice.normal(size=(12, labels))
    y = (x @ truth + dice.gumbel(size=(rows, labels))).argmax(1)
    return x, y, np.eye(labels, dtype=np.float32)[y]


@pytest.mark.parametrize("penalty", [1.0, 30.0])
def test_the_map_is_that_of_scikit_learn(penalty):
    x, y, targets = planted(300, 4)
    ours = fit(x, targets, np.ones(300, np.float32), penalty, several=False)
    theirs = LogisticRegression(C=1 / penalty, max_iter=5000, tol=1e-8).fit(x, y)
    np.testing.assert_allclose(np.exp(log_softmax(ours(x))), theirs.predict_proba(x), atol=5e-3)


def test_several_labels_are_so_many_regressions():
    x, y, targets = planted(300, 3)
    ours = fit(x, targets, np.ones(300, np.float32), 3.0, several=True)
    for label in range(3):
        one = LogisticRegression(C=1 / 3.0, max_iter=5000, tol=1e-8).fit(x, y == label)
        np.testing.assert_allclose(
            sigmoid(ours(x))[:, label], one.predict_proba(x)[:, 1], atol=5e-3
        )


def test_rows_that_were_left_out_are_found_like_new_ones():
    x, _, targets = planted(400, 3)
    new, _, right = planted(400, 3, seed=0)
    penalty, logits = chosen(x[:200], targets[:200], np.ones(200, np.float32), 0, several=False)
    one = fit(x[:200], targets[:200], np.ones(200, np.float32), penalty, several=False)
    unseen = mean_loss(logits, targets[:200], several=False)
    assert unseen == pytest.approx(mean_loss(one(new[200:]), right[200:], several=False), abs=0.15)
    assert mean_loss(one(x[:200]), targets[:200], several=False) < unseen


def test_features_that_say_nothing_get_the_strongest_penalty():
    dice = np.random.default_rng(0)
    x = dice.normal(size=(200, 12)).astype(np.float32)
    targets = np.eye(2, dtype=np.float32)[dice.integers(0, 2, 200)]
    counts = np.ones(200, np.float32)
    assert chosen(x, targets, counts, 0, several=False)[0] >= 300
    x, _, targets = planted(200, 2)
    assert chosen(x, targets, counts, 0, several=False)[0] <= 10


def test_the_penalty_is_the_same_for_rows_in_the_order_of_their_labels(monkeypatch):
    monkeypatch.setattr("upwell.adapt.linear.ENOUGH", 200)
    x, y, targets = planted(400, 2)
    order, counts = np.argsort(y, kind="stable"), np.ones(400, np.float32)
    assert chosen(x[order], targets[order], counts, 0, several=False)[0] <= 10
    groups = np.arange(400) // 4
    assert chosen(x[order], targets[order], counts, 0, groups, several=False)[0] <= 10
