import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.data.loading.mixture import Mixture
from upwell.errors import SpecError

WEIGHTS = st.lists(st.floats(min_value=0.01, max_value=10), min_size=1, max_size=5)


@given(WEIGHTS, st.integers(0, 10**7))
def test_counts_stay_within_a_few_rows_of_the_weights_forever(weights: list, row: int) -> None:
    _, before = Mixture(tuple(weights)).assign(row, 1)
    assert sum(before) == row
    exact = row * np.array(weights) / np.sum(weights)
    assert np.abs(np.array(before) - exact).max() < len(weights) + 1


@given(WEIGHTS, st.integers(0, 10**6), st.integers(1, 50), st.integers(1, 50))
def test_dealing_can_start_anywhere(weights: list, first: int, one: int, two: int) -> None:
    mixture = Mixture(tuple(weights))
    owner, before = mixture.assign(first, one + two)
    late, late_before = mixture.assign(first + one, two)
    assert owner.min() >= 0
    assert np.array_equal(owner[one:], late)
    early = np.bincount(owner[:one], minlength=len(weights))
    assert np.array_equal(np.array(before) + early, late_before)


def test_halves_alternate() -> None:
    owner, _ = Mixture((1.0, 1.0)).assign(0, 6)
    assert abs(np.diff(owner)).tolist() == [1] * 5


@pytest.mark.parametrize("weights", [(), (1.0, 0.0), (float("nan"),), (-1.0, 2.0)])
def test_weights_that_mean_nothing_are_refused(weights: tuple) -> None:
    with pytest.raises(SpecError, match="weights above 0"):
        Mixture(weights)
