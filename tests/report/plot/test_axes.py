from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.report.plot.axes import Axis, scale_axis, ticks, value_axis

sizes = st.floats(min_value=1e-3, max_value=1e25)


def test_ticks_of_a_ladder_are_round_powers():
    axis = scale_axis("params", [1e6, 3e9], 0, 300)
    assert [text for _, text in ticks(axis, min_gap=50)] == ["1M", "10M", "100M", "1B"]


def test_compute_has_powers_for_ticks():
    axis = scale_axis("flops", [1e18, 1e24], 0, 300)
    assert [text for _, text in ticks(axis, min_gap=50)] == ["10¹⁸", "10²⁰", "10²²", "10²⁴"]


def test_factors_are_equal_distances_on_a_scale():
    axis = scale_axis("tokens", [1e3, 1e9], 0, 100)
    steps = [axis.to_px(10.0**power) for power in range(3, 10)]
    assert [b - a for a, b in pairwise(steps)] == pytest.approx([steps[1] - steps[0]] * 6)


def test_a_smaller_loss_stands_further_right():
    axis = scale_axis("loss", [4.0, 2.0], 0, 100)
    assert axis.to_px(2.0) > axis.to_px(4.0)
    assert axis.contains(3.0)


def test_a_column_with_a_zero_is_linear():
    assert not scale_axis("shots", [0, 1, 100], 0, 100).logarithmic


def test_a_bounded_metric_is_never_cut_to_where_the_values_are():
    axis = value_axis([0.41, 0.43], 0, 100, low=0, high=1)
    assert (axis.low, axis.high) == (0, 1)


def test_a_value_beyond_the_bound_widens_the_axis():
    axis = value_axis([12.0, 45.0], 0, 100, low=0, high=1)
    assert axis.low <= 12 and axis.high >= 45


def test_an_unbounded_metric_gets_round_ends_that_hold_its_values():
    axis = value_axis([2.13, 4.87], 0, 100, low=0)
    assert (axis.low, axis.high) == (2, 5)


@given(st.lists(sizes, min_size=1, max_size=20), st.sampled_from(["params", "loss", "width"]))
def test_values_lie_on_their_axis_and_ticks_keep_apart(values, name):
    axis = scale_axis(name, values, 0, 300)
    assert all(axis.contains(value) for value in values)
    positions = sorted(axis.to_px(value) for value, _ in ticks(axis, min_gap=50))
    assert all(b - a >= 50 - 1e-6 for a, b in pairwise(positions))
    assert all(-1e-6 <= position <= 300 + 1e-6 for position in positions)


@given(st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=1, max_size=20))
def test_values_lie_between_the_round_ends(values):
    axis = value_axis(values, 200, 0)
    slack = 1e-9 * (axis.high - axis.low)
    assert all(axis.low - slack <= value <= axis.high + slack for value in values)


@given(sizes, sizes)
def test_interpolation_goes_from_one_end_to_the_other(low, high):
    axis = Axis(low=1e-3, high=1e25, start=0, end=1, logarithmic=True)
    values = axis.interpolate(10, min(low, high), max(low, high))
    assert values[0] == pytest.approx(min(low, high))
    assert values[-1] == pytest.approx(max(low, high))
