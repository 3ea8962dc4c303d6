"""Semantic segmentation: learned, scored by hand-computed values, and saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from transformers import AutoImageProcessor, AutoModelForSemanticSegmentation

from upwell.data.labeled import Columns
from upwell.data.labeled.masks import get_class_names, load_mask, read_masks
from upwell.errors import DataError
from upwell.finetune.base_model import load_base_model
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.finetune.predictor import Predictor
from upwell.finetune.tasks import semantic_segmentation
from upwell.finetune.tasks.semantic_segmentation import SemanticSegmentation

TASK = SemanticSegmentation()


def discs(folder: Path, rows: int, seed: int, values: tuple[int, ...] = (255,)) -> Path:
    """Bright discs, each as bright as its number, and where they are."""
    for number in range(rows):
        rng = np.random.default_rng([seed, number])
        image = rng.integers(0, 50, (48, 64, 3)).astype(np.uint8)
        mask = np.zeros((48, 64), dtype=np.uint8)
        down, along = np.mgrid[:48, :64]
        for place, value in enumerate(values):
            x, y = rng.integers(10, 54), rng.integers(10, 38)
            inside = (down - y) ** 2 + (along - x) ** 2 < 64
            image[inside] = 90 + 80 * place
            mask[inside] = value
        for name, what in (("images", image), ("masks", mask)):
            (folder / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(what).save(folder / name / f"{number}.png")
    return folder


def run_finetune(data, out, epochs=40, **more):
    hyperparameters = FinetuneHyperparameters(
        epochs=epochs, learning_rate=5e-3, batch_size=4, max_length=32
    )
    config = FinetuneConfig(
        model="segformer-tiny",
        data=data,
        task="semantic-segmentation",
        hyperparameters=hyperparameters,
        **more,
    )
    return finetune(config, out, lambda line: None, lambda *moment: None)


def test_it_learns_masks_and_transformers_gives_them(tmp_path):
    data, test = discs(tmp_path / "train", 20, 0), discs(tmp_path / "test", 5, 1)
    card = run_finetune(data, tmp_path / "out", test=test)
    scores = {one.metric: one for one in card.scores}
    assert list(scores) == ["mean_iou", "pixel_accuracy", "iou_background", "iou_foreground"]
    assert scores["mean_iou"].value > 0.7
    model = AutoModelForSemanticSegmentation.from_pretrained(tmp_path / "out").eval()
    processor = AutoImageProcessor.from_pretrained(tmp_path / "out", backend="pil")
    base_model, rows = (
        load_base_model(str(tmp_path / "out"), "image"),
        TASK.read(test, Columns()).rows,
    )
    encoded = TASK.encode(rows, card.finetune.labels, Columns(), base_model, 32)
    with torch.inference_mode():
        ours = TASK.predict(TASK.load_model(base_model), base_model, encoded, card.finetune)
        for row, output in zip(rows, ours, strict=True):
            image = Image.open(row.texts[0])
            shown = model(**processor(image, return_tensors="pt"))
            theirs = processor.post_process_semantic_segmentation(shown, [(48, 64)])[0]
            assert (theirs.numpy() != output).mean() < 0.002
    predictor = Predictor.from_pretrained(tmp_path / "out")
    (one,) = predictor(predictor.parse_inputs([rows[0].texts[0]]))
    assert one["size"] == [48, 64]
    assert sum(one["runs"]["foreground"]) == 48 * 64
    assert sum(one["runs"]["foreground"][1::2]) == int(ours[0].sum())


def test_measures_by_hand():
    right = np.array([[0, 0, 1], [1, 1, -100]])
    output = np.array([[0, 1, 1], [1, 0, 0]])
    counts = semantic_segmentation.confusion_matrix(output, right, 3)
    assert counts.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]
    assert semantic_segmentation.mean_iou(counts) == pytest.approx((1 / 3 + 2 / 4) / 2)


def test_numbers_of_a_mask_are_labels_and_255_is_not_known(tmp_path):
    folder = discs(tmp_path, 3, 0, (3, 255, 7))
    rows = read_masks(folder, Columns()).rows
    names = get_class_names(rows)
    assert names == ("0", "3", "7")
    found = load_mask(rows[0].target, names)
    values = np.asarray(Image.open(folder / "masks" / "0.png"))
    assert (found[values == 7] == 2).all()
    assert (found[values == 255] == -100).all()
    assert str(tmp_path) not in repr(rows[0].target)


def test_a_crop_is_of_image_and_mask_alike(tmp_path):
    rows = read_masks(discs(tmp_path, 2, 0), Columns()).rows
    images = [np.asarray(Image.open(row.texts[0])) for row in rows]
    masks = tuple(load_mask(row.target, ("background", "foreground")) for row in rows)
    scenes = semantic_segmentation.SegmentationRows(tuple(images), masks, ((48, 64),) * 2, None, 24)
    for seed in range(10):
        image, mask = scenes._crop(0, np.random.default_rng(seed))
        assert image.shape == (24, 24, 3)
        assert ((image[..., 0] == 90) == (mask == 1)).all()


def test_a_drawing_with_smoothed_edges_is_no_mask(tmp_path):
    folder = discs(tmp_path, 2, 0)
    path = folder / "masks" / "0.png"
    whole = Image.open(path).point(lambda value: 255 if value else 0).convert("L")
    whole.resize((256, 192)).resize((64, 48), Image.Resampling.BICUBIC).save(path)
    shades = Image.open(path).filter(ImageFilter.GaussianBlur(1))
    shades.point(lambda value: 255 if value > 240 else value if value > 12 else 0).save(path)
    with pytest.raises(DataError, match="shades between: its edges were smoothed"):
        read_masks(folder, Columns())


def test_a_mask_is_of_the_upright_photo(tmp_path):
    folder = discs(tmp_path, 1, 0)
    photo = Image.open(folder / "images" / "0.png").convert("RGB")
    (folder / "images" / "0.png").unlink()
    turned = Image.Exif()
    turned[0x0112] = 6
    photo.transpose(Image.Transpose.ROTATE_90).save(folder / "images" / "0.jpg", exif=turned)
    assert read_masks(folder, Columns()).rows
    photo.save(folder / "images" / "0.jpg", exif=turned)
    with pytest.raises(DataError, match="64 x 48 pixels and its image, upright, 48 x 64"):
        read_masks(folder, Columns())


def test_wrong_masks_are_refused_with_their_file(tmp_path):
    folder = discs(tmp_path / "a", 2, 0)
    (folder / "masks" / "1.png").unlink()
    with pytest.raises(DataError, match=r"1\.png has no mask of its name"):
        read_masks(folder, Columns())
    Image.fromarray(np.zeros((4, 4), dtype=np.uint8)).save(folder / "masks" / "1.png")
    with pytest.raises(DataError, match="4 x 4 pixels and its image, upright, 64 x 48"):
        read_masks(folder, Columns())
    color = np.zeros((48, 64, 3), dtype=np.uint8)
    color[:9, :9, 0] = 255
    Image.fromarray(color).save(folder / "masks" / "1.png")
    with pytest.raises(DataError, match="expected gray or a palette"):
        read_masks(folder, Columns())
    with pytest.raises(DataError, match="has no folder 'images'"):
        read_masks(tmp_path, Columns())


def test_a_mask_may_lack_what_others_have(tmp_path):
    data, dev = discs(tmp_path / "train", 8, 0, (1, 2)), discs(tmp_path / "dev", 3, 1, (1,))
    card = run_finetune(data, tmp_path / "out", epochs=1, dev=dev)
    assert card.finetune.labels == ("0", "1", "2")
    with pytest.raises(DataError, match="has the label '3', which no training row has"):
        run_finetune(data, tmp_path / "o", epochs=1, dev=discs(tmp_path / "odd", 3, 1, (1, 3)))


def test_no_mask_leads_out_of_the_folder(tmp_path):
    folder = discs(tmp_path / "in", 2, 0)
    discs(tmp_path / "else", 1, 0)
    path = folder / "list.csv"
    path.write_text("image,mask\nimages/0.png,../else/masks/0.png\n")
    with pytest.raises(DataError, match="leads out of in"):
        read_masks(path, Columns())
