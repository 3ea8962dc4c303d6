"""Object detection: the metrics of COCO, rows from VOC and COCO, and a trained detector."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForObjectDetection

from upwell.data.labeled import Columns
from upwell.data.labeled.boxes import get_class_names, read_boxes
from upwell.errors import DataError
from upwell.finetune.base_model import load_base_model
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.finetune.predictor import Predictor
from upwell.finetune.tasks import object_detection
from upwell.finetune.tasks.object_detection import ObjectDetection
from upwell.metrics.detection import Detections, average_precision, iou, match_detections

TASK = ObjectDetection()

XML = """<annotation><object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax>
<ymax>{}</ymax></bndbox></object></annotation>"""


def cells(folder: Path, rows: int, seed: int) -> Path:
    """A bright square or a bright bar, and where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(rows):
        rng = np.random.default_rng([seed, number])
        image = rng.integers(0, 40, (64, 64, 3)).astype(np.uint8)
        kind = ["square", "bar"][number % 2]
        width, height = (20, 20) if kind == "square" else (36, 10)
        x, y = rng.integers(0, 64 - width), rng.integers(0, 64 - height)
        image[y : y + height, x : x + width] = 200
        Image.fromarray(image).save(folder / f"{number:03}.png")
        (folder / f"{number:03}.xml").write_text(XML.format(kind, x, y, x + width, y + height))
    return folder


def random_boxes(seed: int) -> tuple[list[Detections], list[Detections]]:
    """Found and right boxes of 25 images, three labels."""
    rng, right, found = np.random.default_rng(seed), [], []
    for _ in range(25):
        count = rng.integers(0, 6)
        corner, size = rng.uniform(0, 80, (count, 2)), rng.uniform(5, 40, (count, 2))
        boxes = np.concatenate([corner, corner + size], 1)
        labels = rng.integers(0, 3, count)
        right.append(Detections(labels, boxes, np.ones(count)))
        more = rng.integers(0, 4)

        def strange(more: int = more) -> np.ndarray:
            return np.sort(rng.uniform(0, 100, (more, 2, 2)), axis=1).reshape(more, 4)

        output = strange() if not count else np.concatenate(
            [boxes + rng.normal(0, 3, boxes.shape), strange()]
        )  # fmt: skip
        kinds = np.concatenate([
            np.where(rng.random(count) < 0.85, labels, rng.integers(0, 3, count)),
            rng.integers(0, 3, more),
        ]).astype(int)  # fmt: skip
        output[:, 2:] = np.maximum(output[:, 2:], output[:, :2] + 1)
        found.append(Detections(kinds, output, rng.random(len(output))))
    return found, right


@pytest.mark.parametrize(
    ("seed", "whole", "at_half"),
    [(0, 0.12261, 0.340088), (3, 0.158577, 0.494843), (5, 0.120639, 0.382183)],
)
def test_precision_is_that_of_pycocotools(seed, whole, at_half):
    """The figures are those of pycocotools 2.0.11 on the same boxes."""
    found = average_precision(match_detections(*random_boxes(seed), 3))
    assert np.nanmean(found) == pytest.approx(whole, abs=1e-6)
    assert np.nanmean(found[:, 0]) == pytest.approx(at_half, abs=1e-6)


def test_a_hundred_boxes_count_of_each_label():
    many = np.tile([0.0, 0.0, 1.0, 1.0], (150, 1)) + 2 * np.arange(150)[:, None]
    labels = np.repeat([0, 1], [100, 50])
    there = Detections(labels, many, np.ones(150))
    found = average_precision(match_detections([there], [there], 2))
    assert found == pytest.approx(np.ones((2, 10)))


def test_overlaps_by_hand():
    one = np.array([[0.0, 0, 10, 10], [20, 20, 30, 30]])
    other = np.array([[5.0, 0, 15, 10]])
    np.testing.assert_allclose(iou(one, other), [[50 / 150], [0]])


def test_a_label_that_no_image_has_is_not_zero():
    nothing = Detections(np.zeros(0, int), np.zeros((0, 4)), np.zeros(0))
    one = Detections(np.array([0]), np.array([[0.0, 0, 9, 9]]), np.ones(1))
    found = average_precision(match_detections([one, nothing], [one, nothing], 2))
    assert found[0].tolist() == [1.0] * 10
    assert np.isnan(found[1]).all()


def run_finetune(data, out, epochs=2, **more):
    hyperparameters = FinetuneHyperparameters(epochs=epochs, learning_rate=2e-3, batch_size=8)
    config = FinetuneConfig(
        model="rtdetr-tiny",
        data=data,
        task="object-detection",
        hyperparameters=hyperparameters,
        **more,
    )
    return finetune(config, out, lambda line: None, lambda *moment: None)


def test_its_loss_falls_and_transformers_gives_its_boxes(tmp_path):
    data, test = cells(tmp_path / "train", 40, 0), cells(tmp_path / "test", 6, 1)
    card = run_finetune(data, tmp_path / "out", epochs=4, test=test)
    scores = {one.metric: one.value for one in card.scores}
    assert list(scores) == ["map", "map_50", "ap_50_bar", "ap_50_square"]
    epochs = card.candidates[0].epoch_scores
    assert epochs[-1].loss < epochs[0].loss
    model = AutoModelForObjectDetection.from_pretrained(tmp_path / "out").eval()
    processor = AutoImageProcessor.from_pretrained(tmp_path / "out", backend="pil")
    base_model, rows = (
        load_base_model(str(tmp_path / "out"), "image"),
        TASK.read(test, Columns()).rows,
    )
    encoded = TASK.encode(rows, card.finetune.labels, Columns(), base_model, 64)
    with torch.inference_mode():
        ours = TASK.predict(TASK.load_model(base_model), base_model, encoded, card.finetune)
        for row, one in zip(rows, ours, strict=True):
            image = Image.open(row.texts[0])
            output = model(**processor(image, return_tensors="pt"))
            (theirs,) = processor.post_process_object_detection(
                output, threshold=object_detection.METRIC_SCORE_THRESHOLD, target_sizes=[(64, 64)]
            )
            np.testing.assert_allclose(theirs["boxes"].numpy(), one.boxes, atol=1e-3)
            assert theirs["labels"].tolist() == one.labels.tolist()
    predictor = Predictor.from_pretrained(tmp_path / "out")
    (one,) = predictor(predictor.parse_inputs([rows[0].texts[0]]))
    assert all(set(box) == {"label", "probability", "box"} for box in one["boxes"])


def test_a_detector_from_scratch_takes_small_batches_by_default(tmp_path):
    config = FinetuneConfig(
        model="rtdetr-tiny", data=cells(tmp_path / "train", 8, 0), task="object-detection",
        hyperparameters=FinetuneHyperparameters(epochs=1),
    )  # fmt: skip
    card = finetune(config, tmp_path / "out", lambda line: None, lambda *moment: None)
    assert card.recipe.batch_size == TASK.scratch_batch_size


def test_a_mirrored_image_takes_its_boxes_along(tmp_path):
    rows = read_boxes(cells(tmp_path, 4, 0)).rows
    processor = type("P", (), {"__call__": lambda self, images, **how: {
        "pixel_values": np.stack(images).transpose(0, 3, 1, 2)}})()  # fmt: skip
    base_model = type("G", (), {"image_processor": processor, "config": None})()
    scenes = TASK.encode(rows, ("bar", "square"), Columns(), base_model, 64)
    for seed in range(8):
        found = scenes.batch([0, 1, 2, 3], np.random.default_rng(seed))
        for pixels, box in zip(found["pixel_values"], found["boxes"][:, 0], strict=True):
            x, y, width, height = (box * 64).tolist()
            part = pixels[:, round(y - height / 2) : round(y + height / 2),
                          round(x - width / 2) : round(x + width / 2)]  # fmt: skip
            assert (part == 200).all()


def test_coco_and_voc_say_the_same(tmp_path):
    folder = cells(tmp_path / "images", 3, 0)
    voc = read_boxes(folder)
    told = {
        "images": [{"id": i, "file_name": f"{i:03}.png"} for i in range(3)],
        "categories": [{"id": 7, "name": "square"}, {"id": 9, "name": "bar"}],
        "annotations": [
            {"image_id": i, "category_id": 7 if row.target.names[0] == "square" else 9,
             "bbox": [a, b, c - a, d - b]}
            for i, row in enumerate(voc.rows) for a, b, c, d in row.target.boxes
        ],
    }  # fmt: skip
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(told))
    coco = read_boxes(path)
    assert [row.target for row in coco.rows] == [row.target for row in voc.rows]
    assert get_class_names(coco) == ("bar", "square")
    told["images"][0]["file_name"] = "../../secret.png"
    path.write_text(json.dumps(told))
    with pytest.raises(DataError, match="leads out of"):
        read_boxes(path)


def test_boxes_are_of_the_upright_photo(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg", exif=turned)
    path = tmp_path / "boxes.json"
    told = {
        "images": [{"id": 0, "file_name": "a.jpg", "width": 48, "height": 64}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [{"image_id": 0, "category_id": 1, "bbox": [1, 2, 8, 50]}],
    }
    path.write_text(json.dumps(told))
    assert len(read_boxes(path).rows) == 1
    told["images"][0] |= {"width": 64, "height": 48}
    path.write_text(json.dumps(told))
    with pytest.raises(DataError, match="48 x 64 pixels upright, and its boxes are for 64 x 48"):
        read_boxes(path)
    (tmp_path / "a.xml").write_text(
        "<annotation><size><width>64</width><height>48</height></size></annotation>"
    )
    with pytest.raises(DataError, match="for 64 x 48; save the image as its boxes are"):
        read_boxes(tmp_path)


@pytest.mark.parametrize("size", ["1e999", "wide", "nan"])
def test_a_size_that_is_no_number_of_pixels_is_one_sentence(tmp_path, size):
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg")
    (tmp_path / "a.xml").write_text(
        f"<annotation><size><width>{size}</width><height>48</height></size></annotation>"
    )
    with pytest.raises(DataError, match="is not a Pascal VOC annotation"):
        read_boxes(tmp_path)
    path = tmp_path / "boxes.json"
    number = size if size == "1e999" else f'"{size}"'
    path.write_text(
        '{"images": [{"id": 0, "file_name": "a.jpg", "width": ' + number + ', "height": 48}], '
        '"categories": [], "annotations": []}'
    )
    with pytest.raises(DataError, match="does not have the layout of COCO"):
        read_boxes(path)


def test_unreadable_annotations_are_refused_and_empty_boxes_left_out(tmp_path):
    folder = cells(tmp_path, 2, 0)
    (folder / "000.xml").write_text(XML.format("bar", 5, 5, 5, 5))
    found = read_boxes(folder)
    assert found.rows[0].target.boxes == ()
    assert found.notes == ("1 box without width or height, left out (000.png)",)
    swollen = '<!DOCTYPE a [<!ENTITY b "c">]>' + XML.format("&b;", 1, 1, 2, 2)
    (folder / "000.xml").write_text(swollen)
    with pytest.raises(DataError, match="declares a document type"):
        read_boxes(folder)
    (folder / "000.xml").write_text("<annotation><object>")
    with pytest.raises(DataError, match="is not a Pascal VOC annotation"):
        read_boxes(folder)
    (folder / "000.xml").unlink()
    (folder / "009.xml").write_text(XML.format("bar", 1, 1, 2, 2))
    with pytest.raises(DataError, match="which is not in"):
        read_boxes(folder)


@pytest.mark.parametrize("name", ["", "  "])
def test_a_box_without_a_name_or_an_end_is_none(tmp_path, name):
    folder = cells(tmp_path, 1, 0)
    (folder / "000.xml").write_text(XML.format(name, 1, 1, 2, 2))
    with pytest.raises(DataError, match="needs a name"):
        read_boxes(folder)
    (folder / "000.xml").write_text(XML.format("bar", 1, 1, "inf", 2))
    assert read_boxes(folder).rows[0].target.empty == 1
    (folder / "deep.json").write_text("[" * 100_000)
    with pytest.raises(DataError, match="nested over 64 levels"):
        read_boxes(folder / "deep.json")


def test_an_annotation_is_of_the_image_beside_it(tmp_path):
    for name in ("one", "two"):
        cells(tmp_path / name, 1, 0)
    assert [Path(row.texts[0]).parent.name for row in read_boxes(tmp_path).rows] == ["one", "two"]
    (tmp_path / "apart").mkdir()
    (tmp_path / "one" / "000.xml").rename(tmp_path / "apart" / "000.xml")
    with pytest.raises(DataError, match="put each annotation beside its image"):
        read_boxes(tmp_path)


def test_boxes_of_another_image_are_refused_before_training(tmp_path):
    folder = cells(tmp_path / "train", 12, 0)
    (folder / "003.xml").write_text(XML.format("bar", 300, 20, 340, 40))
    with pytest.raises(DataError, match=r"003\.png has 64 x 64 pixels, and one of its boxes"):
        run_finetune(folder, tmp_path / "out")
