"""Functions in context: the baselines against known answers, and the ability of one of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import Lasso, Ridge

from upwell.errors import DataError
from upwell.evaluation import evaluate, score
from upwell.evaluation.builtin import baseline_predictors as predictors
from upwell.evaluation.builtin.functions import OPTIMAL_ERROR_KEY, NewFunctions
from upwell.models.lm.regressor import RegressorLM
from upwell.records import DataSpec

from ..fake_models import REF


def data(**options):
    return (DataSpec(source="functions", options=options),)


def least_squares(batch):
    """Estimates [B, 1] of the last value of each row."""
    rows = zip(batch["features"].numpy(), batch["target"].numpy(), strict=True)
    return torch.tensor([[predictors.least_squares(x[:-1], y, x[-1])] for x, y in rows])


def measure(shots, **options):
    answers = evaluate(
        RegressorLM(least_squares), REF, "new_functions", shots, data=data(**options)
    )
    return answers, score(answers, "squared_error")


def test_ridge_and_lasso_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    x, y, query = rng.normal(size=(12, 5)), rng.normal(size=12), rng.normal(size=5)
    ridge = Ridge(alpha=0.7, fit_intercept=False).fit(x, y).predict([query])[0]
    assert predictors.ridge(x, y, query, 0.7) == pytest.approx(ridge)
    lasso = Lasso(alpha=0.1, fit_intercept=False, tol=1e-10).fit(x, y).predict([query])[0]
    assert predictors.lasso(x, y, query, 0.1) == pytest.approx(lasso, abs=1e-6)


def test_linear_functions_are_determined_by_as_many_values_as_inputs_and_not_by_fewer() -> None:
    assert measure(5)[1].value == pytest.approx(0, abs=1e-4)
    assert measure(4)[1].value > 0.1
    # Guessing 0 has an error of 1, and least squares without a value guesses 0.
    nothing = measure(0)[1]
    assert nothing.value == pytest.approx(nothing.chance) == pytest.approx(1, abs=0.2)


def test_no_baseline_does_better_than_the_optimal_one_with_noise() -> None:
    answers, scored = measure(8, noise=0.5)
    assert 0.25 < scored.ceiling < scored.value < scored.chance
    others = {name for name in answers[0].extras if name != OPTIMAL_ERROR_KEY}
    for name in others:
        assert np.mean([answer.extras[name] for answer in answers]) > scored.ceiling, name


def test_lasso_learns_sparse_functions_before_least_squares() -> None:
    answers, scored = measure(10, kind="sparse", inputs=12, nonzero=2)
    lasso = np.mean([answer.extras["squared_error_lasso"] for answer in answers])
    assert lasso < 0.5 * scored.value
    assert scored.ceiling is None


@pytest.mark.parametrize("kind", ["network", "tree"])
def test_other_functions_are_not_linear(kind) -> None:
    assert 0.05 < measure(20, kind=kind)[1].value < 1


def test_questions_stay_and_fewer_shots_are_the_first_of_many() -> None:
    few, many = (NewFunctions().items_from_data(data(), shots, None) for shots in (1, 5))
    assert [item.target for item in few] == [item.target for item in many]
    for one, other in zip(few, many, strict=True):
        rows = one.prompt.arrays["features"], other.prompt.arrays["features"]
        assert np.array_equal(rows[0][[0, -1]], rows[1][[0, -1]])


def test_a_source_without_functions_is_refused() -> None:
    with pytest.raises(DataError, match="'cluster_tasks' has no functions"):
        clusters = (DataSpec(source="cluster_tasks"),)
        evaluate(RegressorLM(least_squares), REF, "new_functions", 1, data=clusters)


def test_a_completion_that_is_no_number_is_missing_and_not_wrong() -> None:
    answers, _ = measure(3)
    without_number = [replace(answers[0], completion="four"), *answers[1:]]
    assert score(without_number, "squared_error").missing == 1
    not_finite = RegressorLM(lambda batch: least_squares(batch) * float("nan"))
    answers = evaluate(not_finite, REF, "new_functions", 1, data=data())
    assert score(answers, "squared_error").value is None
