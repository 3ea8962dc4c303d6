"""Changes to training images: each does what it says, and no more."""

import numpy as np
import pytest

from upwell.data import Loader, load_examples, load_source
from upwell.data.media.augmentation import CUTOUT_FILL, apply_augmentations, parse_augmentation
from upwell.errors import SpecError
from upwell.records import DataSpec

SEED = 7


def rows(count=200, side=8):
    image = np.random.default_rng(0).integers(1, 256, (count, side, side, 3), "uint8")
    return {"image": image, "label": np.arange(count) % 10}


def changed(augment: str, before):
    return apply_augmentations(
        before, parse_augmentation(augment, "digits"), np.random.default_rng(SEED)
    )


def test_a_crop_moves_by_at_most_its_margin_and_reaches_it() -> None:
    before = rows()
    after = changed("crop=2", before)["image"]
    moves = set()
    for old, new in zip(before["image"], after, strict=True):
        padded = np.pad(old, ((2, 2), (2, 2), (0, 0)))
        moves_of_image = [
            (down, along)
            for down in range(5)
            for along in range(5)
            if np.array_equal(padded[down : down + 8, along : along + 8], new)
        ]
        assert len(moves_of_image) == 1
        moves.add(moves_of_image[0])
    assert len(moves) == 25


def test_a_flip_mirrors_about_half_and_leaves_the_others() -> None:
    before = rows()
    after = changed("flip", before)["image"]
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(after, before["image"], strict=True)]
    same = [np.array_equal(a, b) for a, b in zip(after, before["image"], strict=True)]
    assert np.array_equal(mirrored, ~np.array(same)) and 70 < sum(mirrored) < 130


def test_a_cut_out_covers_a_square_and_nothing_else() -> None:
    before = rows()
    before["image"][before["image"] == CUTOUT_FILL] = 0
    after = changed("cutout=4", before)["image"]
    covered = (after == CUTOUT_FILL).all(-1)
    assert np.array_equal(after[~covered], before["image"][~covered])
    heights, widths = covered.any(2).sum(1), covered.any(1).sum(1)
    assert np.array_equal(covered.sum((1, 2)), heights * widths)
    assert heights.max() == widths.max() == 4 and heights.min() >= 2


def test_a_mix_up_lays_two_images_over_each_other_by_the_share_it_tells() -> None:
    before = rows()
    after = changed("mixup=0.5", before)
    assert np.array_equal(after["label"], before["label"])
    share = after["mixup_weight"][:, None, None, None]
    rest = (after["image"] - share * before["image"]) / np.maximum(1 - share, 1e-3)
    clear = np.flatnonzero(after["mixup_weight"] < 0.5)
    assert len(clear) > 50
    for index in clear[:20]:
        gap = np.abs(before["image"].astype(float) - rest[index]).max((1, 2, 3))
        assert gap.min() < 3 and before["label"][gap.argmin()] == after["mixup_label"][index]
    assert after["mixup_weight"].min() >= 0 and after["mixup_weight"].max() <= 1


def test_the_same_random_state_changes_in_the_same_way() -> None:
    every = "crop=2,flip,cutout=3,mixup=0.2"
    first, second = changed(every, rows()), changed(every, rows())
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_nothing_asked_changes_nothing() -> None:
    before = rows()
    assert changed("", before) is before


def test_a_study_shows_changed_images_in_training_and_true_ones_in_tests() -> None:
    options = {"augment": "crop=1,mixup=0.3"}
    batch = Loader([DataSpec(source="digits", options=options)], None, 1, 64, 0).next()
    assert {name: array.shape for name, array in batch.items()} == {
        "image": (64, 8, 8, 1), "label": (64,), "mixup_label": (64,), "mixup_weight": (64,)
    }  # fmt: skip
    plain = load_examples(DataSpec(source="digits", options=options), None, 1).rows
    assert set(plain) == {"image", "label"}


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        ("flop", "no augmentation 'flop'.*did you mean 'flip'"),
        (
            "crop",
            "'crop' takes a whole number of pixels above 0, as in 'crop=4', found None",
        ),
        ("crop=1.5", "found '1.5'"),
        ("mixup=0", "'mixup' takes a number above 0"),
    ],
)
def test_what_cannot_be_done_is_reported(augment, message) -> None:
    with pytest.raises(SpecError, match=message):
        load_source(DataSpec(source="digits", options={"augment": augment}))
