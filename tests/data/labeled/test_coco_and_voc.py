"""Boxes of COCO and Pascal VOC as other programs write them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from upwell.data.labeled.boxes import get_class_names, read_box_splits, read_boxes, require_boxes
from upwell.errors import DataError

CATEGORIES = [{"id": 3, "name": "cat"}, {"id": 90, "name": "dog"}]


def save_image(path: Path, size: tuple[int, int] = (40, 30)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path)
    return path


def coco(path: Path, names: list[str], annotations: list[dict], **more) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [{"id": number, "file_name": name} for number, name in enumerate(names)]
    document = {"images": images, "annotations": annotations, "categories": CATEGORIES, **more}
    path.write_text(json.dumps(document))
    return path


def box(image: int = 0, category: int = 3, bbox=(1, 2, 8, 9), **more) -> dict:
    return {"image_id": image, "category_id": category, "bbox": list(bbox), **more}


def voc(path: Path, edges: tuple[float, ...], name: str = "cat", filename: str = "") -> Path:
    sides = ("xmin", "ymin", "xmax", "ymax")
    inner = "".join(f"<{side}>{edge}</{side}>" for side, edge in zip(sides, edges, strict=True))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"<annotation><filename>{filename}</filename><object><name>{name}</name><bndbox>{inner}"
        "</bndbox></object></annotation>"
    )
    return path


@pytest.mark.parametrize(
    ("place", "name", "noted"),
    [
        ("a.png", "a.png", False),
        ("images/a.png", "a.png", False),
        ("images/a.png", "images\\a.png", False),
        ("images/sub/a.png", "images\\sub\\a.png", False),
        ("images/a.png", "C:\\Users\\me\\photos\\a.png", True),
        ("images/a.png", "/data/upload/1/a.png", True),
        ("rows/a.png", "a.png", False),
    ],
)
def test_an_image_is_found_as_other_programs_name_it(tmp_path, place, name, noted) -> None:
    save_image(tmp_path / place)
    found = read_boxes(coco(tmp_path / "rows.json", [name], [box()]))
    assert Path(found.rows[0].texts[0]).samefile(tmp_path / place)
    assert found.rows[0].target.boxes == ((1.0, 2.0, 9.0, 11.0),)
    assert any("name of the file alone" in note for note in found.notes) == noted


def test_everything_that_is_not_learned_is_counted(tmp_path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        save_image(tmp_path / name)
    annotations = [
        box(), box(bbox=(5, 5, 0, 4)), box(bbox=(30, -4, 20, 20)), box(1, 90, iscrowd=1),
    ]  # fmt: skip
    found = read_boxes(coco(tmp_path / "rows.json", ["a.png", "b.png", "c.png"], annotations))
    assert found.rows[0].target.boxes == ((1.0, 2.0, 9.0, 11.0), (30.0, 0.0, 40.0, 16.0))
    assert found.notes == (
        "1 crowd left out, because a crowd is no object (b.png)",
        "1 category without a box, no label of the model (dog)",
        "1 box without width or height, left out (a.png)",
        "1 box cut at the edge of the image (a.png)",
        "2 images without a box, learned as images of nothing (b.png, c.png)",
    )
    assert get_class_names(found) == ("cat",)


@pytest.mark.parametrize(
    ("annotations", "more", "message"),
    [
        ([1], {}, "number 1 of annotations is not an object"),
        ([box(7)], {}, "annotation 1 has the image_id '7', which nothing in the file has"),
        ([box(category=7)], {}, "annotation 1 has the category_id '7', which nothing"),
        ([{"image_id": 0, "category_id": 3}], {}, "annotation 1 has no bbox of four numbers"),
        ([box(bbox=(1, 2, 3))], {}, "no bbox of four numbers"),
        ([], {"categories": [*CATEGORIES, *CATEGORIES]}, "two categories have the id '3'"),
        ([], {"images": [{"id": 1}]}, "one of images has no file_name"),
        ([], {"images": [{"id": [], "file_name": "a.png"}]}, "number 1 of images has no id"),
        ([], {"images": {}}, "there is no list 'images'"),
        ([], {"images": [{"id": 1, "file_name": "../a.png"}]}, "leads out of"),
        ([], {"images": [{"id": 1, "file_name": "b.png"}]}, "there is no image 'b.png' beside it"),
        (
            [],
            {"images": [{"id": 1, "file_name": "loop.png"}]},
            "'loop.png' is a link that leads to itself",
        ),
        ([], {"images": [{"id": 1, "file_name": "pipe.png"}]}, "there is no image 'pipe.png'"),
        ([], {"images": [{"id": 1, "file_name": "out.png"}]}, "leads out of|no image 'out.png'"),
        ([], {"images": [{"id": 1, "file_name": "a\0.png"}]}, "is not usable: no file can have"),
        ([], {"images": [{"id": 1, "file_name": "a" * 9999}]}, "not usable: File name too long"),
        ([box(bbox=(90, 2, 8, 9))], {}, "one of its boxes begins outside of them"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path, annotations, more, message) -> None:
    folder = tmp_path / "in"
    save_image(folder / "a.png")
    save_image(tmp_path / "a.png")
    (folder / "out.png").symlink_to("../a.png")
    (folder / "loop.png").symlink_to("loop.png")
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(DataError, match=message) as told:
        read_boxes(coco(folder / "rows.json", ["a.png"], annotations, **more))
    assert len(str(told.value)) < 500


def test_a_set_without_a_box_is_one_sentence(tmp_path) -> None:
    save_image(tmp_path / "a.png")
    crowd = read_boxes(coco(tmp_path / "rows.json", ["a.png"], [box(iscrowd=1)]))
    with pytest.raises(DataError, match=r"has 1 image and no box \(1 crowd left out"):
        require_boxes(crowd)
    (tmp_path / "rows.json").unlink()
    voc(tmp_path / "a.xml", (3, 3, 3, 9))
    with pytest.raises(DataError, match=r"and no box \(1 box without width or height"):
        require_boxes(read_boxes(tmp_path))


def test_images_without_annotations_are_read_for_predictions(tmp_path) -> None:
    save_image(tmp_path / "images" / "a.png")
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"images": [{"id": 1, "file_name": "a.png"}]}))
    assert len(read_boxes(path, labeled=False).rows) == 1
    assert len(read_boxes(tmp_path, labeled=False).rows) == 1


@pytest.mark.parametrize(
    "files",
    [
        ("train/_annotations.coco.json", "valid/_annotations.coco.json"),
        ("annotations/instances_train2017.json", "annotations/instances_val2017.json"),
    ],
)
def test_splits_of_coco_are_splits(tmp_path, files) -> None:
    for file, split in zip(files, ("train2017", "val2017"), strict=True):
        folder = (tmp_path / file).parent if "coco" in file else tmp_path / split
        save_image(folder / f"{split}.png")
        coco(tmp_path / file, [f"{split}.png"], [box()])
    found = read_box_splits(tmp_path)
    assert [Path(row.texts[0]).name for row in found.train.rows] == ["train2017.png"]
    assert found.dev is not None
    assert [Path(row.texts[0]).name for row in found.dev.rows] == ["val2017.png"]
    assert found.test is None


def test_voc_of_other_programs_is_read(tmp_path) -> None:
    save_image(tmp_path / "JPEGImages" / "img_1.jpg")
    save_image(tmp_path / "JPEGImages" / "other.jpg")
    save_image(tmp_path / "JPEGImages" / "unused.jpg")
    save_image(tmp_path / "SegmentationClass" / "img_1.png")
    voc(tmp_path / "Annotations" / "img_1.xml", (1.5, 2.25, 9, 8))
    voc(tmp_path / "Annotations" / "7.xml", (1, 2, 50, 8), filename="C:\\me\\other.jpg")
    found = read_boxes(tmp_path)
    boxes = {Path(row.texts[0]).name: row.target.boxes for row in found.rows}
    assert boxes == {"img_1.jpg": ((1.5, 2.25, 9.0, 8.0),), "other.jpg": ((1.0, 2.0, 40.0, 8.0),)}
    assert "1 image without an annotation, left out (unused.jpg)" in found.notes
    assert "1 box cut at the edge of the image (other.jpg)" in found.notes


def test_splits_of_voc_are_splits(tmp_path) -> None:
    for split in ("train", "valid", "test"):
        save_image(tmp_path / split / f"{split}.png")
        voc(tmp_path / split / f"{split}.xml", (1, 2, 9, 8))
    found = read_box_splits(tmp_path)
    parts = [found.train, found.dev, found.test]
    assert [data and len(data.rows) for data in parts] == [1, 1, 1]
    assert found.test is not None and found.test.name == f"{tmp_path.name}/test"
