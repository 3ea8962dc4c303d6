"""Functions in context: the baselines against known answers, the ability asked of one of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import Lasso, Ridge

from upwell.abilities import ask, predictors, score
from upwell.abilities.new_functions import BEST, items_of
from upwell.errors import DataError
from upwell.models.estimating import EstimatingAnswerer
from upwell.records import DataSpec

from .asked import REF


def data(**options):
    return (DataSpec(source="functions", options=options),)


def least_squares(batch):
    """Estimates [B, 1] of the last value of each row."""
    rows = zip(batch["features"].numpy(), batch["target"].numpy(), strict=True)
    return torch.tensor([[predictors.least_squares(x[:-1], y, x[-1])] for x, y in rows])


def asked(shots, **options):
    found = ask(
        EstimatingAnswerer(least_squares), REF, "new_functions", shots, data=data(**options)
    )
    return found, score(found, "squared_error")


def test_ridge_and_lasso_are_those_of_scikit_learn() -> None:
    dice = np.random.default_rng(0)
    x, y, query = dice.normal(size=(12, 5)), dice.normal(size=12), dice.normal(size=5)
    ridge = Ridge(alpha=0.7, fit_intercept=False).fit(x, y).predict([query])[0]
    assert predictors.ridge(x, y, query, 0.7) == pytest.approx(ridge)
    lasso = Lasso(alpha=0.1, fit_intercept=False, tol=1e-10).fit(x, y).predict([query])[0]
    assert predictors.lasso(x, y, query, 0.1) == pytest.approx(lasso, abs=1e-6)


def test_linear_functions_are_known_after_as_many_values_as_inputs_and_not_before() -> None:
    assert asked(5)[1].value == pytest.approx(0, abs=1e-4)
    assert asked(4)[1].value > 0.1
    # Guessing 0 has an error of 1, and least squares without a value guesses 0.
    nothing = asked(0)[1]
    assert nothing.value == pytest.approx(nothing.chance) == pytest.approx(1, abs=0.2)


def test_nothing_does_better_than_the_best_where_there_is_noise() -> None:
    answers, found = asked(8, noise=0.5)
    assert 0.25 < found.ceiling < found.value < found.chance
    others = {name for name in answers[0].notes if name != BEST}
    for name in others:
        assert np.mean([answer.notes[name] for answer in answers]) > found.ceiling, name


def test_lasso_knows_sparse_functions_before_least_squares_does() -> None:
    answers, found = asked(10, kind="sparse", inputs=12, nonzero=2)
    lasso = np.mean([answer.notes["error of lasso"] for answer in answers])
    assert lasso < 0.5 * found.value
    assert found.ceiling is None


@pytest.mark.parametrize("kind", ["network", "tree"])
def test_other_functions_are_not_linear(kind) -> None:
    assert 0.05 < asked(20, kind=kind)[1].value < 1


def test_questions_stay_and_fewer_shots_are_the_first_of_many() -> None:
    few, many = (items_of(data(), shots, None) for shots in (1, 5))
    assert [item.target for item in few] == [item.target for item in many]
    for one, other in zip(few, many, strict=True):
        rows = one.prompt.arrays["features"], other.prompt.arrays["features"]
        assert np.array_equal(rows[0][[0, -1]], rows[1][[0, -1]])


def test_data_that_are_no_functions_are_refused() -> None:
    with pytest.raises(DataError, match="'cluster_tasks' makes no functions"):
        clusters = (DataSpec(source="cluster_tasks"),)
        ask(EstimatingAnswerer(least_squares), REF, "new_functions", 1, data=clusters)


def test_what_is_no_number_is_missing_and_not_wrong() -> None:
    answers, _ = asked(3)
    mute = [replace(answers[0], said="four"), *answers[1:]]
    assert score(mute, "squared_error").missing == 1
    silent = EstimatingAnswerer(lambda batch: least_squares(batch) * float("nan"))
    heard = ask(silent, REF, "new_functions", 1, data=data())
    assert score(heard, "squared_error").value is None
