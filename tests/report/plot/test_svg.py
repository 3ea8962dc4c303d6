from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from upwell.report.plot.svg import spread_labels, text_width, truncate


@given(st.lists(st.floats(min_value=0, max_value=200), max_size=12))
def test_labels_are_moved_apart_and_stay_in_the_figure(positions):
    moved = spread_labels(positions, 14, 0, 200)
    assert all(b - a >= 14 - 1e-6 for a, b in pairwise(sorted(moved)))
    assert all(-1e-6 <= position <= 200 + 1e-6 for position in moved)


@given(st.lists(st.floats(min_value=0, max_value=200), max_size=12))
def test_labels_keep_their_order(positions):
    moved = spread_labels(positions, 14, 0, 200)
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    assert order == sorted(range(len(positions)), key=lambda i: (moved[i], order.index(i)))


def test_labels_that_do_not_collide_stay():
    assert spread_labels([10, 40, 90], 14, 0, 200) == [10, 40, 90]


@given(st.text(), st.floats(min_value=12, max_value=300))
def test_a_shortened_name_fits(text, room):
    assert text_width(truncate(text, room)) <= room


def test_chinese_letters_are_counted_as_wide():
    assert text_width("能力", 12) == 24
    assert truncate("乘法进位与借位", 50) == "乘法进…"
