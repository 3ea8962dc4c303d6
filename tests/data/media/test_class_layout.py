"""Splits and classes of a folder: recognized, refused, and everything else named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from upwell.data.labeled import Columns
from upwell.data.labeled.file_rows import read_file_splits, read_files
from upwell.data.media.class_layout import find_layout
from upwell.data.media.listing import list_files
from upwell.data.media.split_folders import loose_split_of, split_of
from upwell.errors import DataError

SUFFIXES = (".png",)


def touch(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def splits(root: Path) -> dict[str, tuple[str, ...]]:
    """{split: labels} of a folder."""
    found = read_file_splits(root, SUFFIXES, Columns())
    parts = {"train": found.train, "dev": found.dev, "test": found.test}
    return {name: data.labels for name, data in parts.items() if data is not None}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("cat dog", "train"),
        ("train/cat train/dog", "train"),
        ("train/cat train/dog test/cat test/dog", "train test"),
        ("train/cat train/dog val/cat val/dog", "train dev"),
        ("Training/cat Training/dog VALID/cat VALID/dog", "train dev"),
        ("train/cat train/dog validation/cat validation/dog Test/cat Test/dog", "train dev test"),
        ("train/cat train/dog dev/cat dev/dog", "train dev"),
        ("train2017/cat train2017/dog val2017/cat val2017/dog", "train dev"),
        ("photos/train/cat photos/train/dog photos/val/cat photos/val/dog", "train dev"),
        ("cat/train dog/train cat/val dog/val cat/test dog/test", "train dev test"),
        ("cat dog val/cat val/dog", "train dev"),
        ("seg_train/seg_train/cat seg_train/seg_train/dog seg_test/cat seg_test/dog", "train test"),
        ("train/cat train/dog val/cat val/dog unlabeled", "train dev"),
    ],
)
def test_splits_are_recognized_and_are_no_labels(tmp_path, names, expected) -> None:
    touch(tmp_path, *(f"{name}/{number}.png" for name in names.split() for number in range(2)))
    assert splits(tmp_path) == dict.fromkeys(expected.split(), ("cat", "dog"))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("bus car train", ("bus", "car", "train")),
        ("bullet_train freight_train", ("bullet_train", "freight_train")),
        ("test_tube beaker", ("beaker", "test_tube")),
        ("bus/old bus/new car/old train/old", ("bus", "car")),
    ],
)
def test_a_label_that_sounds_like_a_split_is_a_label(tmp_path, names, expected) -> None:
    touch(tmp_path, *(f"{name}/1.png" for name in names.split()))
    if "train" in expected or len(expected) != 2 or expected[0] != "bus":
        assert splits(tmp_path) == {"train": expected}
        return
    with pytest.raises(DataError, match="splits cannot be told from classes"):
        splits(tmp_path)


def test_a_train_among_vehicles_is_said_to_be_a_label(tmp_path) -> None:
    touch(tmp_path, "bus/1.png", "car/1.png", "train/1.png")
    notes = read_file_splits(tmp_path, SUFFIXES, Columns()).train.notes
    assert notes == ("folder 'train' is read as a class, because it holds files like bus, car",)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("train/cat train/dog val/cat val/dog dev/cat dev/dog", "two folders for one split"),
        ("val/cat val/dog test/cat test/dog", "no folder 'train'"),
        ("train val", "train holds no folder for each class"),
        ("bus car test", "splits cannot be told from classes"),
        ("cat/train dog", "is in none of them; move it into one"),
        ("train/cat train/dog val/cat val/cow", "cow is not a class of the training part"),
        ("train/cat val/cat", "holds 1 folders of a class"),
    ],
)
def test_what_is_not_clear_is_one_sentence(tmp_path, names, message) -> None:
    touch(tmp_path, *(f"{name}/1.png" for name in names.split()))
    with pytest.raises(DataError, match=message):
        splits(tmp_path)


def test_everything_left_out_is_named(tmp_path) -> None:
    touch(
        tmp_path, ".DS_Store", "stray.png", "readme.md", "__MACOSX/train/cat/._1.png",
        "train/cat/1.png", "train/cat/._1.png", "train/cat/Thumbs.db", "train/dog/2.png",
        "train/dog/.ipynb_checkpoints/2.png", "train/dog/2.heic", "val/cat/3.png", "extra/9.png",
        "test/9.png",
    )  # fmt: skip
    found = read_file_splits(tmp_path, SUFFIXES, Columns())
    assert found.train.notes == (
        "1 left out: file outside of the class folders (stray.png)",
        "1 left out: folder that belongs to no split (extra/)",
        "5 left out: hidden or system file (.DS_Store, __MACOSX/, train/cat/._1.png, "
        "train/cat/Thumbs.db, train/dog/.ipynb_checkpoints/)",
        "2 left out: no file of that kind (readme.md, train/dog/2.heic)",
        "1 left out: split without a folder for each class (test/)",
    )
    assert found.dev is not None and found.dev.notes == ("no file of the label dog",)
    assert found.dev.name == f"{tmp_path.name}/val"


def test_links_out_of_the_folder_and_pipes_are_left_out(tmp_path) -> None:
    root = touch(tmp_path / "in", "cat/1.png", "dog/1.png")
    touch(tmp_path, "outside.png")
    (root / "cat" / "out.png").symlink_to("../../outside.png")
    (root / "cat" / "la.png").symlink_to("lb.png")
    (root / "cat" / "lb.png").symlink_to("la.png")
    (root / "cat" / "up").symlink_to("..")
    (root / "cat" / "inside.png").symlink_to("../dog/1.png")
    os.mkfifo(root / "cat" / "pipe.png")
    found = list_files(root, SUFFIXES)
    assert [file.name for file in found.files] == ["1.png", "inside.png", "1.png"]
    assert found.left_out == {
        "link out of the folder, to a folder or to nothing": (
            "cat/la.png", "cat/lb.png", "cat/out.png", "cat/up"),
        "pipe, socket or device": ("cat/pipe.png",),
    }  # fmt: skip


def test_a_name_that_is_not_utf8_is_left_out(tmp_path) -> None:
    touch(tmp_path, "cat/1.png", "dog/1.png")
    Path(os.fsdecode(os.fsencode(tmp_path / "cat") + b"/\xff.png")).write_text("x")
    assert list_files(tmp_path, SUFFIXES).left_out == {
        "name that is not UTF-8": ("cat/\\udcff.png",)
    }


def test_a_folder_with_splits_is_not_one_split(tmp_path) -> None:
    touch(tmp_path, "train/a/1.png", "train/b/1.png", "val/a/1.png")
    with pytest.raises(DataError, match=r"has several splits \(train, val\); give the folder"):
        read_files(tmp_path, SUFFIXES, Columns())
    assert len(read_files(tmp_path, SUFFIXES, Columns(), labeled=False).rows) == 3


def test_layouts_name_their_splits(tmp_path) -> None:
    touch(tmp_path, "Train/a/1.png", "Train/b/1.png", "VAL/a/1.png")
    assert find_layout(tmp_path, SUFFIXES).split_names == {"train": "Train", "dev": "VAL"}
    assert [split_of(name) for name in ("DEV", "val_2", "trains", "eval")] == [
        "dev", "dev", None, "test"]  # fmt: skip
    assert [loose_split_of(name) for name in ("my-test-set", "train_val", "contest")] == [
        "test", None, None]  # fmt: skip


def test_a_list_beside_its_files_is_read_instead_of_folders(tmp_path) -> None:
    touch(tmp_path, "images/1.png", "images/2.png")
    (tmp_path / "metadata.csv").write_text("file_name,label\n1.png,cat\nimages/2.png,dog\n")
    assert splits(tmp_path) == {"train": ("cat", "dog")}
    (tmp_path / "metadata.csv").write_text("file_name,label\n..\\..\\1.png,cat\n2.png,dog\n")
    with pytest.raises(DataError, match="leads out of"):
        splits(tmp_path)
