"""Batches by length: every row once a round, little filled up, any place within reach."""

import numpy as np

from upwell.adapt.batches import ByLength
from upwell.adapt.encoding import Encoded

LENGTHS = np.random.default_rng(0).integers(2, 60, 512)
ROWS = Encoded(
    {"input_ids": tuple(np.full(n, i + 1) for i, n in enumerate(LENGTHS))},
    {"label": np.arange(512)},
    {"input_ids": 0},
    cut=0,
)


def taken(batches, count):
    return [batches.next() for _ in range(count)]


def test_every_row_comes_once_before_any_comes_twice():
    seen = np.concatenate([batch["label"] for batch in taken(ByLength(ROWS, 16, 0), 64)])
    assert sorted(seen[:512]) == sorted(seen[512:]) == list(range(512))
    assert list(seen[:512]) != list(seen[512:])


def test_rows_of_a_batch_are_of_about_one_length():
    batches = taken(ByLength(ROWS, 16, 0), 32)
    filled = sum((batch["attention_mask"] == 0).sum() for batch in batches)
    # Batches of any lengths would be filled up by almost half.
    assert filled / sum(batch["attention_mask"].size for batch in batches) < 0.1


def test_what_is_filled_up_is_masked():
    batch = ByLength(ROWS, 16, 0).next()
    assert np.array_equal(batch["input_ids"] > 0, batch["attention_mask"] == 1)
    assert np.array_equal(batch["attention_mask"].sum(1), LENGTHS[batch["label"]])


def test_going_to_a_place_gives_what_followed_it():
    calm, other = ByLength(ROWS, 16, 3), ByLength(ROWS, 16, 3)
    taken(calm, 41)
    place = calm.position()
    follow = taken(calm, 30)
    other.seek(place)
    for one, two in zip(follow, taken(other, 30), strict=True):
        assert all(np.array_equal(one[name], two[name]) for name in one)
