"""The plain curve is a logistic above chance, and counts where items are few."""

import numpy as np
import pytest
from scipy.special import expit

from upwell.emergence.forecasting.logistic_shrinkage import (
    extrapolate,
    fit_logistic,
    shrinkage_weight,
)

SCALES = 10.0 ** np.arange(6, 11)
X = np.log10(SCALES / SCALES[-1])


def test_a_planted_logistic_is_found() -> None:
    value = (0.25 + 0.75 * expit(0.4 + 0.6 * X))[None, :]
    level, slope = fit_logistic(SCALES, value, np.array([400.0]), np.array([0.25]))[0]
    assert level == pytest.approx(0.4, abs=0.02)
    assert slope == pytest.approx(0.6, abs=0.03)


def test_it_is_followed_half_of_the_way() -> None:
    assert extrapolate(np.array([0.0, 1.0]), 0.0, 2.0) == pytest.approx(float(expit(1.0)))
    assert extrapolate(np.array([-50.0, 0.0]), 0.25, 1.0) == pytest.approx(0.25)


def test_a_constant_has_no_slope() -> None:
    found = fit_logistic(SCALES, np.full((1, 5), 0.5), np.array([np.nan]), np.zeros(1))[0]
    assert found == pytest.approx([0.0, 0.0], abs=1e-6)


def test_scores_at_the_bounds_stay_finite() -> None:
    ends = np.array([[0.0] * 5, [1.0] * 5, [0.0, 0.0, 0.0, 1.0, 1.0]])
    assert np.isfinite(
        fit_logistic(SCALES, ends, np.full(3, 20.0), np.array([0.0, 0.5, 0.9]))
    ).all()


def test_trust_grows_with_item_noise_and_is_none_where_it_is_unknown() -> None:
    assert 0 == shrinkage_weight(0.0) < shrinkage_weight(0.02) < shrinkage_weight(0.1) < 1
    assert shrinkage_weight(float("nan")) == 0
