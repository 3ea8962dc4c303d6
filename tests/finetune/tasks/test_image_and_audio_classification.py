"""Image and audio classification: rows, augmentation, and the saved folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    AutoFeatureExtractor,
    AutoImageProcessor,
    AutoModelForAudioClassification,
    AutoModelForImageClassification,
)

from upwell.data.labeled import Columns, Row
from upwell.data.labeled.file_rows import read_files
from upwell.data.media.audio import read_audio
from upwell.errors import DataError, ModelError, SpecError
from upwell.finetune.base_model import load_base_model
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.inputs.audio import load_audio, make_audio_rows
from upwell.finetune.inputs.image import augment_image
from upwell.finetune.pipeline import finetune
from upwell.finetune.predictor import Predictor
from upwell.models.families import resnet
from upwell.records import ModelSpec, Train

from ..synthetic_media import squares, tone, tones


def run_finetune(model, data, out, task, told=None, **more):
    hyperparameters = FinetuneHyperparameters(
        epochs=more.pop("epochs", 4), learning_rate=2e-3, augment=more.pop("augment", True)
    )
    config = FinetuneConfig(
        model=str(model), data=data, task=task, hyperparameters=hyperparameters, **more
    )
    return finetune(
        config, out, (lambda line: None) if told is None else told.append, lambda *m: None
    )


@pytest.mark.parametrize(
    ("model", "method", "epochs"),
    [("resnet-tiny", "linear", 8), ("resnet-tiny", "full", 8), ("resnet-tiny", "lora", 8),
     ("vit-tiny", "full", 30), ("vit-tiny", "lora", 8)],
)  # fmt: skip
def test_transformers_gives_the_predictions_of_an_image_model(tmp_path, model, method, epochs):
    data, test = squares(tmp_path / "train", 60, 0), squares(tmp_path / "test", 20, 1)
    card = run_finetune(
        model,
        data,
        tmp_path / "out",
        "image-classification",
        method=method,
        test=test,
        epochs=epochs,
    )
    folder = tmp_path / "out"
    model = AutoModelForImageClassification.from_pretrained(folder).eval()
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    images = [Image.open(row.text).convert("RGB") for row in card.predictions]
    with torch.inference_mode():
        logits = model(**processor(images, return_tensors="pt")).logits
    chances = (logits / card.calibration.temperature).softmax(-1)
    output = [model.config.id2label[i] for i in chances.argmax(-1).tolist()]
    assert output == [row.prediction for row in card.predictions]
    expected = torch.tensor([row.probability for row in card.predictions])
    torch.testing.assert_close(chances.max(-1).values, expected, atol=1e-4, rtol=0)
    if method == "full":
        assert card.scores[0].value > 0.9
    predicted = Predictor.from_pretrained(folder)
    (one,) = predicted(predicted.parse_inputs([card.predictions[0].text]))
    assert one["prediction"] == card.predictions[0].prediction
    assert len(predicted(predicted.parse_inputs([str(test / "left")]))) == 10


def test_a_resnet_of_a_study_is_finetuned(tmp_path):
    spec = ModelSpec(
        family="resnet",
        hparams={
            "image_size": 32,
            "channels": 3,
            "num_classes": 5,
            "width": 8,
            "depth": 1,
            "stem": "large",
        },
    )
    for name, written in resnet.export(resnet.build(spec, Train(), 0), None).files.items():
        (tmp_path / name).write_bytes(written)
    data = squares(tmp_path / "train", 40, 0)
    card = run_finetune(tmp_path, data, tmp_path / "out", "image-classification", epochs=2)
    assert card.finetune.labels == ("left", "right")
    assert [one.method for one in card.candidates] == ["linear", "full"]


@pytest.mark.parametrize("method", ["linear", "full"])
def test_transformers_gives_the_predictions_of_an_audio_model(tmp_path, method):
    data, test = tones(tmp_path / "train", 60, 0), tones(tmp_path / "test", 12, 1)
    card = run_finetune(
        "whisper-encoder-tiny",
        data,
        tmp_path / "out",
        "audio-classification",
        method=method,
        test=test,
        epochs=20,
    )
    model = AutoModelForAudioClassification.from_pretrained(tmp_path / "out").eval()
    extractor = AutoFeatureExtractor.from_pretrained(tmp_path / "out")
    base_model = load_base_model(str(tmp_path / "out"), "audio")
    signals = load_audio([Row(1, (row.text,), ()) for row in card.predictions], base_model)
    shown = extractor(
        [signal[: card.finetune.max_length] for signal in signals],
        sampling_rate=extractor.sampling_rate,
        return_tensors="pt",
    )
    with torch.inference_mode():
        logits = model(**shown).logits
    chances = (logits / card.calibration.temperature).softmax(-1)
    expected = torch.tensor([row.probability for row in card.predictions])
    torch.testing.assert_close(chances.max(-1).values, expected, atol=1e-4, rtol=0)
    if method == "full":
        assert card.scores[0].value > 0.9


def test_the_same_seed_gives_the_same_weights_with_augmentation(tmp_path):
    data = squares(tmp_path / "train", 40, 0)
    cards = [
        run_finetune("resnet-tiny", data, tmp_path / name, "image-classification", method="full",
                    epochs=1, augment=augment)
        for name, augment in (("one", True), ("two", True), ("plain", False))
    ]  # fmt: skip
    assert cards[0].ref.weights_sha256 == cards[1].ref.weights_sha256 != cards[2].ref.weights_sha256


def test_augmentation_depends_on_its_rng_alone(tmp_path):
    image = np.asarray(Image.open(squares(tmp_path, 2, 0) / "left" / "0.png"))
    one, two, other = (augment_image(image, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert (one == two).all()
    assert (one != other).any()
    assert one.shape == image.shape
    left = [augment_image(image, np.random.default_rng(seed))[:, :10].mean() for seed in range(20)]
    right = [augment_image(image, np.random.default_rng(seed))[:, 10:].mean() for seed in range(20)]
    assert all(a > b for a, b in zip(left, right, strict=True)), "nothing is mirrored"


def test_recordings_are_resampled_without_aliasing(tmp_path):
    from transformers import Wav2Vec2FeatureExtractor

    path = tone(tmp_path / "x.wav", 3000, 0.5, 0)
    signal, rate = read_audio(path)
    base_model = type(
        "G", (), {"feature_extractor": Wav2Vec2FeatureExtractor(sampling_rate=4000)}
    )()
    (slow,) = load_audio([Row(1, (str(path),), ())], base_model)
    assert (len(signal), rate, len(slow)) == (4000, 8000, 2000)
    assert np.abs(slow).mean() < 0.5 * np.abs(signal).mean()
    base_model.feature_extractor = Wav2Vec2FeatureExtractor(sampling_rate=8000)
    some = make_audio_rows((signal,), base_model, 3000)
    assert some.num_truncated == 1
    assert some.batch([0])["input_values"].shape == (1, 3000)
    varied_ = [some.batch([0], np.random.default_rng(s))["input_values"] for s in (0, 0, 1)]
    assert (varied_[0] == varied_[1]).all()
    assert (varied_[0] != varied_[2]).any()


def test_copies_and_leaks_are_reported_with_their_file(tmp_path):
    data, test = squares(tmp_path / "train", 40, 0), squares(tmp_path / "test", 20, 1)
    shutil.copy(data / "left" / "0.png", data / "left" / "again.png")
    shutil.copy(test / "right" / "1.png", data / "right" / "known.png")
    told: list[str] = []
    out = tmp_path / "out"
    run_finetune("resnet-tiny", data, out, "image-classification", told, method="linear", test=test)
    output = "\n".join(told)
    assert "1 row in test too, left out of training" in output
    assert "known.png" in output
    assert "again.png" in output
    assert "line" not in output.partition("\n")[2].partition("a linear head")[0]


def test_a_list_of_paths_stays_in_its_folder(tmp_path):
    squares(tmp_path / "images", 4, 0)
    path = tmp_path / "list.csv"
    path.write_text("path,label\nimages/left/0.png,left\nimages/right/1.png,right\n")
    found = read_files(path, (".png",), Columns())
    assert [row.labels for row in found.rows] == [("left",), ("right",)]
    assert found.rows[0].file_sha256 != found.rows[1].file_sha256
    for line, told in (
        ("../secret.png,x", "leads out of"),
        ("/etc/passwd,x", "leads out of"),
        ("images/left/9.png,x", "there is no file"),
        ("list.csv,x", "is not a .png file"),
    ):
        path.write_text(f"path,label\n{line}\n")
        with pytest.raises(DataError, match=told):
            read_files(path, (".png",), Columns())
    path.write_text("name,kind\na,b\nc,b\nd,e\nf,e\n")
    with pytest.raises(DataError, match="not a column of paths"):
        read_files(path, (".png",), Columns())


def test_a_broken_image_and_a_wrong_model_are_one_sentence(tmp_path, tiny):
    data = squares(tmp_path / "train", 8, 0)
    (data / "left" / "broken.png").write_text("no image")
    with pytest.raises(
        DataError, match=r"broken\.png is no image of JPEG, .*; replace it, or take it out of"
    ):
        run_finetune("resnet-tiny", data, tmp_path / "out", "image-classification")
    (data / "left" / "broken.png").unlink()
    with pytest.raises(ModelError, match="does not read image"):
        run_finetune(tiny, data, tmp_path / "out", "image-classification")
    with pytest.raises(
        SpecError, match="'bert-tiny' is a model for text, and the task is for image"
    ):
        run_finetune("bert-tiny", data, tmp_path / "out", "image-classification")
    with pytest.raises(DataError, match="is empty"):
        (data / "middle").mkdir()
        run_finetune("resnet-tiny", Path(data), tmp_path / "out", "image-classification")


def test_a_folder_of_splits_is_trained_chosen_and_scored_on_them(tmp_path):
    photos = tmp_path / "photos"
    for seed, (split, rows) in enumerate({"train": 40, "validation": 12, "Test": 10}.items()):
        squares(photos / split, rows, seed)
    shutil.copy(photos / "Test" / "left" / "0.png", photos / "validation" / "left" / "copy.png")
    (photos / "train" / "left" / "._0.png").write_text("by a Mac")
    told: list[str] = []
    out = tmp_path / "out"
    card = run_finetune("resnet-tiny", photos, out, "image-classification", told, method="linear")
    assert card.finetune.labels == ("left", "right")
    assert (card.train_rows, card.dev_rows, card.eval_set) == (40, 12, "photos/Test")
    assert card.scores[0].rows == 10
    problems = "\n".join(card.problems)
    assert "photos/train: 1 left out: hidden or system file (train/left/._0.png)" in problems
    assert "photos/validation: 1 row in photos/Test too, left out" in problems
    assert all(problem in told for problem in card.problems)
    predictor = Predictor.from_pretrained(out)
    inputs = predictor.read_inputs([str(photos)])
    assert (len(inputs.rows), len(inputs.notes)) == (63, 1)
    Image.new("RGBA", (20, 16)).save(tmp_path / "alpha.png")
    notes = predictor.read_inputs([str(tmp_path / "alpha.png")]).notes
    assert notes == ("1 image with an alpha channel, which is dropped (alpha.png)",)
