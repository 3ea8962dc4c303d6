"""Masks as other programs write them, and their splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from upwell.data.labeled import Columns
from upwell.data.labeled.masks import get_class_names, load_mask, read_mask_splits, read_masks
from upwell.errors import DataError


def save(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def mask(*values: int) -> np.ndarray:
    result = np.zeros((12, 16), np.uint8)
    for number, value in enumerate(values):
        result[2 * number : 2 * number + 2, 3:9] = value
    return result


def pair(folder: Path, name: str, values: np.ndarray, images="images", masks="masks") -> None:
    save(folder / images / f"{name}.png", np.zeros((12, 16, 3), np.uint8))
    save(folder / masks / f"{name}.png", values)


@pytest.mark.parametrize(
    ("values", "names"),
    [((255,), ("background", "foreground")), ((1,), ("background", "foreground")),
     ((1, 2), ("0", "1", "2")), ((1, 255), ("0", "1")), ((1, 2, 255), ("0", "1", "2"))],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["L", "RGB", "I;16"])
def test_values_are_classes_in_every_mode(tmp_path, values, names, mode) -> None:
    array = mask(*values)
    stored = {"L": array, "RGB": np.stack([array] * 3, 2), "I;16": array.astype(np.uint16)}[mode]
    pair(tmp_path, "a", stored)
    rows = read_mask_splits(tmp_path, Columns()).train
    assert get_class_names(rows.rows) == names
    found = load_mask(rows.rows[0].target, names)
    is_unknown = (array == 255) & (len(values) > 1)
    assert (found[is_unknown] == -100).all()
    expected = (array > 0).astype(int) if names[0] == "background" else array
    assert np.array_equal(found[~is_unknown], expected[~is_unknown])
    noted = "1 masks with the value 255, read as pixels without a class (a.png)" in rows.notes
    assert noted == bool(is_unknown.any())


@pytest.mark.parametrize("values", [(), (0,)])
def test_masks_of_one_class_are_one_sentence(tmp_path, values) -> None:
    pair(tmp_path, "a", mask(*values))
    with pytest.raises(DataError, match="all pixels of its 1 masks have one value, 0"):
        read_mask_splits(tmp_path, Columns())


def test_names_of_masks_may_have_an_ending_and_others_are_named(tmp_path) -> None:
    save(tmp_path / "imgs" / "sub" / "a.jpg", np.zeros((12, 16, 3), np.uint8))
    save(tmp_path / "Masks" / "sub" / "a_mask.gif", mask(1))
    save(tmp_path / "Masks" / "b.png", mask(1))
    (tmp_path / "Masks" / "Thumbs.db").write_text("x")
    found = read_masks(tmp_path, Columns())
    assert [Path(row.target.path).name for row in found.rows] == ["a_mask.gif"]
    assert found.notes == (
        "1 left out: hidden or system file (Masks/Thumbs.db)",
        "1 masks without an image, left out (b.png)",
    )


def test_photos_of_voc_without_a_mask_are_left_out(tmp_path) -> None:
    pair(tmp_path, "a", mask(1), "JPEGImages", "SegmentationClass")
    save(tmp_path / "JPEGImages" / "b.png", mask())
    assert read_masks(tmp_path, Columns()).notes == ("1 images without a mask, left out (b.png)",)


@pytest.mark.parametrize(
    "folders", [("{}/images", "{}/masks"), ("images/{}", "masks/{}"), ("image/{}", "label/{}")]
)
def test_splits_are_splits(tmp_path, folders) -> None:
    for split in ("train", "val", "test"):
        images, masks = (each.format(split) for each in folders)
        pair(tmp_path, split, mask(1), images, masks)
    found = read_mask_splits(tmp_path, Columns())
    for data, split in ((found.train, "train"), (found.dev, "val"), (found.test, "test")):
        assert data is not None
        assert [Path(row.texts[0]).stem for row in data.rows] == [split]


def test_a_split_without_masks_is_one_sentence(tmp_path) -> None:
    pair(tmp_path, "a", mask(1), "images/train", "masks/train")
    save(tmp_path / "images" / "val" / "b.png", mask())
    with pytest.raises(DataError, match="val has no folder of its name in masks"):
        read_mask_splits(tmp_path, Columns())


def test_lists_and_masks_stay_inside(tmp_path) -> None:
    pair(tmp_path / "in", "a", mask(1))
    save(tmp_path / "a.png", mask(1))
    (tmp_path / "in" / "out.png").symlink_to("../a.png")
    path = tmp_path / "in" / "list.csv"
    for name, message in (
        ("../a.png", "leads out of in"), ("..\\a.png", "leads out of in"),
        ("out.png", "leads out of in"), ("/etc/hostname", "leads out of in"),
    ):  # fmt: skip
        path.write_text(f"image,mask\nimages/a.png,{name}\n")
        with pytest.raises(DataError, match=message):
            read_masks(path, Columns())
