"""Words that are hidden from what is learnt from."""

from types import SimpleNamespace

import numpy as np
import pytest

from upwell.adapt.batches import ByLength
from upwell.adapt.encoding import Encoded
from upwell.adapt.hiding import hidden
from upwell.adapt.recipes import Dials, learning
from upwell.records import Adapt

CLS, MASK, PAD = 2, 4, 0
WORDS = SimpleNamespace(mask_token_id=MASK, all_special_ids=[PAD, 1, CLS, 3, MASK])
ROWS = Encoded(
    {"input_ids": tuple(np.array([CLS, *range(10, 40)][: 11 + i % 20]) for i in range(640))},
    {"label": np.arange(640)},
    {"input_ids": PAD},
    cut=3,
)


def adapt(share):
    return Adapt(task="classify", labels=("a", "b"), hide=share)


def test_about_the_share_is_hidden_and_what_is_no_word_never():
    rows = hidden(ROWS, WORDS, adapt(0.2))
    batch = rows.batch(range(640), np.random.default_rng(1))
    ids, there = batch["input_ids"], batch["attention_mask"] == 1
    assert (ids[:, 0] == CLS).all() and (ids[~there] == PAD).all()
    assert (ids[:, 1:][there[:, 1:]] == MASK).mean() == pytest.approx(0.2, abs=0.02)
    shares = (ids == MASK).sum(1) / there.sum(1)
    assert shares.min() == 0 and shares.max() > 0.3
    assert len(rows) == 640 and rows.cut == 3


def test_other_words_are_hidden_each_time_and_the_same_for_the_same_place():
    rows = hidden(ROWS, WORDS, adapt(0.2))
    one, two = ByLength(rows, 640, 0), ByLength(rows, 640, 0)
    first, second = one.next()["input_ids"], one.next()["input_ids"]
    assert not np.array_equal(first, second)
    two.seek({"batch": 1})
    assert np.array_equal(two.next()["input_ids"], second)


def test_nothing_is_hidden_from_rows_that_are_judged_or_unvaried():
    rows = hidden(ROWS, WORDS, adapt(0.2))
    for batch in (rows.batch([1, 2]), ByLength(rows, 64, 0, varied=False).next()):
        assert (batch["input_ids"] != MASK).all()


def test_without_a_token_that_hides_or_a_share_rows_stay_as_they_are():
    assert hidden(ROWS, WORDS, adapt(0.0)) is ROWS
    assert hidden(ROWS, SimpleNamespace(mask_token_id=None, all_special_ids=[]), adapt(0.2)) is ROWS
    assert hidden(ROWS, None, adapt(0.2)) is ROWS


@pytest.mark.parametrize(("fresh", "told", "share"), [
    (True, None, 0.15), (False, None, 0.0), (True, 0.0, 0.0), (False, 0.3, 0.3),
])  # fmt: skip
def test_fresh_models_have_words_hidden_unless_told(fresh, told, share):
    _, found = learning(adapt(0.0), 3000, Dials(hide=told), fresh=fresh)
    assert found.hide == share
