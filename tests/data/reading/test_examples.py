"""Examples: how they are split, shuffled, limited, changed, and what mixes with what."""

from dataclasses import dataclass

import numpy as np
import pytest

from upwell.data import (
    Examples,
    ExampleSource,
    Loader,
    load_examples,
    load_source,
    source_revision,
)
from upwell.data.loading.streams import ShuffledExamples, select
from upwell.errors import DataError, SpecError
from upwell.records import DataSpec

DIGITS = DataSpec(source="digits")
COUNT = 1797


def images(split, **options):
    return load_examples(DataSpec(source="digits", split=split, options=options), None, 1)


def test_a_fifth_of_every_class_is_held_out_and_nothing_is_lost() -> None:
    train, test = images("train"), images("test")
    assert len(train) + len(test) == COUNT
    for label in range(10):
        test_count, train_count = (np.sum(each.rows["label"] == label) for each in (test, train))
        assert abs(test_count / (test_count + train_count) - 0.2) < 0.01


def test_no_held_out_image_is_trained_on() -> None:
    train, test = (
        {image.tobytes() for image in images(split).rows["image"]} for split in ("train", "test")
    )
    assert not train & test


def test_a_limit_takes_the_first_and_mixes_the_classes() -> None:
    few = load_examples(DataSpec(source="digits", limit=200), None, 1).rows
    every = images("train").rows
    assert np.array_equal(few["image"], every["image"][:200])
    assert np.bincount(few["label"], minlength=10).min() > 5


def test_random_labels_are_as_frequent_and_carry_no_information() -> None:
    true, random = images("train").rows, images("train", labels="random").rows
    assert np.array_equal(true["image"], random["image"])
    assert np.bincount(random["label"]).min() > 100
    assert abs(np.mean(true["label"] == random["label"]) - 0.1) < 0.03
    assert abs(np.corrcoef(true["label"], random["label"])[0, 1]) < 0.06


def test_labels_of_another_kind_are_refused() -> None:
    with pytest.raises(SpecError, match="'true' or 'random', found 'false'"):
        load_source(DataSpec(source="digits", options={"labels": "false"}))


def test_an_epoch_shows_every_row_once_and_the_next_in_another_order() -> None:
    rows = {"label": np.arange(10)}
    first, second = ShuffledExamples(rows, (0, 0)).get_rows(0, 20)["label"].reshape(2, 10)
    assert sorted(first) == sorted(second) == list(range(10))
    assert list(first) != list(second)


def test_a_row_does_not_depend_on_where_reading_begins() -> None:
    def noisy(rows, generator):
        return {"label": rows["label"] + generator.integers(1000, size=len(rows["label"]))}

    rows = {"label": np.arange(5000)}
    whole = ShuffledExamples(rows, (0, 0), noisy).get_rows(0, 9000)["label"]
    piece = ShuffledExamples(rows, (0, 0), noisy).get_rows(4090, 50)["label"]
    assert np.array_equal(piece, whole[4090:4140])


@dataclass(frozen=True, kw_only=True)
class Source(ExampleSource):
    """Two classes of one-number features; training rows are shifted at random."""

    numbers: int = 1

    def examples(self, tokenizer, split, context):
        label = np.arange(6) % 2
        features = np.zeros((6, self.numbers), dtype=np.float32)
        return Examples(rows={"features": features, "label": label}, classes=("a", "b"))

    def augment_rows(self, rows, rng):
        shift = rng.normal(size=rows["features"].shape).astype(np.float32)
        return rows | {"features": rows["features"] + shift}


def test_training_rows_are_augmented_and_test_rows_are_not() -> None:
    train_rows = Loader([DataSpec(source=__name__)], None, 1, 6, 0).next()["features"]
    test_rows = Loader([DataSpec(source=__name__, split="test")], None, 1, 6, 0).next()["features"]
    assert train_rows.all() and not test_rows.any()


def test_sources_of_other_shapes_do_not_mix() -> None:
    two = DataSpec(source=__name__, options={"numbers": 2})
    with pytest.raises(SpecError, match=r"features \[2\].*features \[1\].*mix sources"):
        Loader([DataSpec(source=__name__), two], None, 1, 6, 0)


def test_text_without_a_tokenizer_is_refused() -> None:
    for name in ("pydoc", "repeats", "arithmetic"):
        with pytest.raises(SpecError, match=f"source '{name}' is text"):
            Loader([DataSpec(source=name)], None, 16, 2, 0)


def test_a_revision_pins_examples() -> None:
    pinned = source_revision(DIGITS)
    assert len(load_examples(DataSpec(source="digits", revision=pinned), None, 1))
    with pytest.raises(DataError, match="pinned"):
        load_examples(DataSpec(source="digits", revision="0" * 64), None, 1)


def test_some_rows_are_all_their_arrays() -> None:
    rows = {"image": np.arange(4), "label": np.arange(4) + 10}
    assert select(rows, slice(1, 3))["label"].tolist() == [11, 12]
