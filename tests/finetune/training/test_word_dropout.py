"""Random words of training texts are masked."""

from types import SimpleNamespace

import numpy as np
import pytest

from upwell.finetune.defaults import FinetuneHyperparameters, default_recipe
from upwell.finetune.inputs.text import TokenizedRows
from upwell.finetune.training.sampler import LengthGroupedSampler
from upwell.finetune.training.word_dropout import apply_word_dropout
from upwell.records import FinetuneSpec

CLS, MASK, PAD = 2, 4, 0
TOKENIZER = SimpleNamespace(mask_token_id=MASK, all_special_ids=[PAD, 1, CLS, 3, MASK])
ROWS = TokenizedRows(
    {"input_ids": tuple(np.array([CLS, *range(10, 40)][: 11 + i % 20]) for i in range(640))},
    {"input_ids": PAD},
    fixed={"label": np.arange(640)},
    num_truncated=3,
)


def spec(fraction):
    return FinetuneSpec(task="text-classification", labels=("a", "b"), word_dropout=fraction)


def test_the_mean_share_is_masked_and_special_tokens_never():
    rows = apply_word_dropout(ROWS, TOKENIZER, spec(0.2))
    batch = rows.batch(range(640), np.random.default_rng(1))
    ids, mask = batch["input_ids"], batch["attention_mask"] == 1
    assert (ids[:, 0] == CLS).all() and (ids[~mask] == PAD).all()
    assert (ids[:, 1:][mask[:, 1:]] == MASK).mean() == pytest.approx(0.2, abs=0.02)
    shares = (ids == MASK).sum(1) / mask.sum(1)
    assert shares.min() == 0 and shares.max() > 0.3
    assert len(rows) == 640 and rows.num_truncated == 3


def test_masks_differ_between_epochs_and_repeat_for_the_same_batch():
    rows = apply_word_dropout(ROWS, TOKENIZER, spec(0.2))
    one, two = LengthGroupedSampler(rows, 640, 0), LengthGroupedSampler(rows, 640, 0)
    first, second = one.next()["input_ids"], one.next()["input_ids"]
    assert not np.array_equal(first, second)
    two.load_state_dict({"batch": 1})
    assert np.array_equal(two.next()["input_ids"], second)


def test_nothing_is_masked_in_evaluation_or_without_augmentation():
    rows = apply_word_dropout(ROWS, TOKENIZER, spec(0.2))
    for batch in (rows.batch([1, 2]), LengthGroupedSampler(rows, 64, 0, augment=False).next()):
        assert (batch["input_ids"] != MASK).all()


def test_rows_are_unchanged_without_a_mask_token_or_a_fraction():
    assert apply_word_dropout(ROWS, TOKENIZER, spec(0.0)) is ROWS
    assert (
        apply_word_dropout(ROWS, SimpleNamespace(mask_token_id=None, all_special_ids=[]), spec(0.2))
        is ROWS
    )
    assert apply_word_dropout(ROWS, None, spec(0.2)) is ROWS


@pytest.mark.parametrize(("from_scratch", "word_dropout", "fraction"), [
    (True, None, 0.15), (False, None, 0.0), (True, 0.0, 0.0), (False, 0.3, 0.3),
])  # fmt: skip
def test_scratch_models_have_word_dropout_by_default(from_scratch, word_dropout, fraction):
    _, resolved = default_recipe(
        spec(0.0),
        3000,
        FinetuneHyperparameters(word_dropout=word_dropout),
        from_scratch=from_scratch,
    )
    assert resolved.word_dropout == fraction
