"""Packing loses no row, and keeps to its bound."""

from hypothesis import given
from hypothesis import strategies as st

from upwell.models.lm.readers.batching import length_batches, pad_rows


@given(st.lists(st.integers(1, 50)), st.integers(1, 200))
def test_every_row_is_in_one_batch_and_no_batch_is_too_large(lengths, tokens):
    packed = list(length_batches(lengths, tokens))
    assert sorted(place for batch in packed for place in batch) == list(range(len(lengths)))
    for batch in packed:
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= tokens


def test_short_rows_are_padded_on_the_right():
    assert pad_rows([[1, 2, 3], [4]]).tolist() == [[1, 2, 3], [4, 0, 0]]
