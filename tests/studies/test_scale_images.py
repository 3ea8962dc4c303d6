"""The studies of images: what they plan, and a run of each in small."""

import numpy as np
import polars as pl
import pytest

from upwell.data import load_examples
from upwell.errors import SpecError
from upwell.records import DataSpec
from upwell.store import Store
from upwell.studies import random_labels, scale_images
from upwell.study import execute_run, plan, table


def accuracy(store, ability):
    """After training, by width."""
    frame = (
        table(store).where(ability=ability, metric="accuracy").frame.filter(pl.col("tokens") > 0)
    )
    return dict(zip(frame["width"].to_list(), frame["value"].to_list(), strict=True))


def test_wide_networks_memorize_random_labels_and_nothing_else(tmp_path) -> None:
    asked = random_labels.study(epochs=40, seeds=1)
    store, planned = Store.create(tmp_path / "out", asked), plan(asked)
    store.save_plan(planned)
    for run in planned.runs:
        if run.model.hparams["width"] in (2, 128):
            execute_run(run, store)
    known, new = accuracy(store, "train_examples"), accuracy(store, "test_examples")
    assert known[2] < 0.7 < 0.9 < known[128]
    assert all(abs(value - 0.5) < 0.07 for value in new.values())


def test_labels_that_follow_a_rule_are_learned() -> None:
    rows = [
        load_examples(
            DataSpec(source="random_points", split=split, options={"labels": "true"}), None, 1
        ).rows
        for split in ("train", "test")
    ]
    train, test = rows
    normal, *_ = np.linalg.lstsq(train["features"], train["label"] - 0.5, rcond=None)
    assert np.mean((test["features"] @ normal > 0) == test["label"]) > 0.95


def test_both_axes_can_be_planned_and_the_largest_is_held_out() -> None:
    along = {axis: plan(scale_images.study(axis=axis)) for axis in ("train_rows", "width")}
    assert [run.data[0].limit for run in along["train_rows"].runs[::3]][
        -1
    ] == scale_images.DIGIT_TRAIN_ROWS
    assert len({run.model.hparams["width"] for run in along["width"].runs}) == 8


def test_training_digits_are_as_many_as_the_study_says() -> None:
    assert len(load_examples(DataSpec(source="digits"), None, 1)) == scale_images.DIGIT_TRAIN_ROWS


def test_a_folder_of_photographs_is_counted(tmp_path) -> None:
    for number in range(900):
        path = tmp_path / ("cat", "dog", "fish")[number % 3] / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    asked = scale_images.study(photographs=str(tmp_path))
    assert asked.ladder[0].hparams["num_classes"] == 3
    assert asked.train_sizes[0] == 40 and asked.train_sizes[-1] == 702
    with pytest.raises(SpecError, match="has 234 JPEG or PNG files to train on, and 640 are"):
        (tmp_path / "few").mkdir()
        (tmp_path / "cat").rename(tmp_path / "few" / "cat")
        scale_images.study(photographs=str(tmp_path / "few"))


def test_an_unknown_axis_or_labels_are_refused() -> None:
    with pytest.raises(SpecError, match="axis is 'train_rows' or 'width', found 'depth'"):
        scale_images.study(axis="depth")
    with pytest.raises(SpecError, match="labels is 'random' or 'true', found 'false'"):
        random_labels.study(labels="false")
