"""Batches by length: every row once an epoch, little padding, random access."""

import numpy as np

from upwell.finetune.inputs.text import TokenizedRows
from upwell.finetune.training.sampler import LengthGroupedSampler

LENGTHS = np.random.default_rng(0).integers(2, 60, 512)
ROWS = TokenizedRows(
    {"input_ids": tuple(np.full(n, i + 1) for i, n in enumerate(LENGTHS))},
    {"input_ids": 0},
    fixed={"label": np.arange(512)},
    num_truncated=0,
)


def take(batches, count):
    return [batches.next() for _ in range(count)]


def test_every_row_comes_once_an_epoch():
    seen = np.concatenate([batch["label"] for batch in take(LengthGroupedSampler(ROWS, 16, 0), 64)])
    assert sorted(seen[:512]) == sorted(seen[512:]) == list(range(512))
    assert list(seen[:512]) != list(seen[512:])


def test_rows_of_a_batch_have_similar_lengths():
    batches = take(LengthGroupedSampler(ROWS, 16, 0), 32)
    padding = sum((batch["attention_mask"] == 0).sum() for batch in batches)
    # Random batches would be padding by almost half.
    assert padding / sum(batch["attention_mask"].size for batch in batches) < 0.1


def test_padding_is_masked():
    batch = LengthGroupedSampler(ROWS, 16, 0).next()
    assert np.array_equal(batch["input_ids"] > 0, batch["attention_mask"] == 1)
    assert np.array_equal(batch["attention_mask"].sum(1), LENGTHS[batch["label"]])


def test_a_restored_sampler_continues_with_the_same_batches():
    calm, other = LengthGroupedSampler(ROWS, 16, 3), LengthGroupedSampler(ROWS, 16, 3)
    take(calm, 41)
    state = calm.state_dict()
    expected = take(calm, 30)
    other.load_state_dict(state)
    for one, two in zip(expected, take(other, 30), strict=True):
        assert all(np.array_equal(one[name], two[name]) for name in one)
