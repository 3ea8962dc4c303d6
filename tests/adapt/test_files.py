"""Images and recordings: found, told apart, and shipped as transformers loads them."""

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

from upwell.adapt.adapting import adapt
from upwell.adapt.given import given
from upwell.adapt.hearing import Sounds, heard
from upwell.adapt.predicting import Predictor
from upwell.adapt.recipes import Dials
from upwell.adapt.seeing import varied
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Columns, Row
from upwell.data.labelled.filed import read_files
from upwell.data.sounds import sound
from upwell.errors import DataError, ModelError, SpecError
from upwell.models import resnet
from upwell.records import ModelSpec, Train

from .tones import squares, tone, tones


def carried_out(model, data, out, task, told=None, **more):
    dials = Dials(rounds=more.pop("rounds", 4), rate=2e-3, augment=more.pop("augment", True))
    wanted = Wanted(model=str(model), data=data, task=task, dials=dials, **more)
    return adapt(wanted, out, (lambda line: None) if told is None else told.append, lambda *m: None)


@pytest.mark.parametrize(
    ("model", "method", "rounds"),
    [("resnet-tiny", "head", 8), ("resnet-tiny", "full", 8), ("resnet-tiny", "lora", 8),
     ("vit-tiny", "full", 30), ("vit-tiny", "lora", 8)],
)  # fmt: skip
def test_an_image_model_gives_in_transformers_what_was_measured(tmp_path, model, method, rounds):
    data, test = squares(tmp_path / "train", 60, 0), squares(tmp_path / "test", 20, 1)
    made = carried_out(
        model,
        data,
        tmp_path / "out",
        "classify_images",
        method=method,
        test=test,
        rounds=rounds,
    )
    folder = tmp_path / "out"
    model = AutoModelForImageClassification.from_pretrained(folder).eval()
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    images = [Image.open(row.text).convert("RGB") for row in made.rows]
    with torch.inference_mode():
        logits = model(**processor(images, return_tensors="pt")).logits
    chances = (logits / made.calibration.temperature).softmax(-1)
    said = [model.config.id2label[i] for i in chances.argmax(-1).tolist()]
    assert said == [row.said for row in made.rows]
    expected = torch.tensor([row.probability for row in made.rows])
    torch.testing.assert_close(chances.max(-1).values, expected, atol=1e-4, rtol=0)
    if method == "full":
        assert made.scores[0].value > 0.9
    predicted = Predictor(folder)
    (one,) = predicted(predicted.given_rows([made.rows[0].text]))
    assert one["said"] == made.rows[0].said
    assert len(predicted(predicted.given_rows([str(test / "left")]))) == 10


def test_a_residual_network_of_ours_is_adapted(tmp_path):
    spec = ModelSpec(
        family="resnet",
        size={"side": 32, "channels": 3, "classes": 5, "width": 8, "depth": 1, "stem": "large"},
    )
    for name, written in resnet.export(resnet.build(spec, Train(), 0), None).files.items():
        (tmp_path / name).write_bytes(written)
    data = squares(tmp_path / "train", 40, 0)
    made = carried_out(tmp_path, data, tmp_path / "out", "classify_images", rounds=2)
    assert made.adapt.labels == ("left", "right")
    assert [one.method for one in made.tried] == ["head", "full"]


@pytest.mark.parametrize("method", ["head", "full"])
def test_a_sound_model_gives_in_transformers_what_was_measured(tmp_path, method):
    data, test = tones(tmp_path / "train", 60, 0), tones(tmp_path / "test", 12, 1)
    made = carried_out(
        "listener-tiny",
        data,
        tmp_path / "out",
        "classify_sounds",
        method=method,
        test=test,
        rounds=20,
    )
    model = AutoModelForAudioClassification.from_pretrained(tmp_path / "out").eval()
    extractor = AutoFeatureExtractor.from_pretrained(tmp_path / "out")
    reading = given(str(tmp_path / "out"), "sounds")
    signals = heard([Row(1, (row.text,), ()) for row in made.rows], reading)
    shown = extractor(
        [signal[: made.adapt.length] for signal in signals],
        sampling_rate=extractor.sampling_rate,
        return_tensors="pt",
    )
    with torch.inference_mode():
        logits = model(**shown).logits
    chances = (logits / made.calibration.temperature).softmax(-1)
    expected = torch.tensor([row.probability for row in made.rows])
    torch.testing.assert_close(chances.max(-1).values, expected, atol=1e-4, rtol=0)
    if method == "full":
        assert made.scores[0].value > 0.9


def test_the_same_seed_makes_the_same_weights_also_where_rows_are_varied(tmp_path):
    data = squares(tmp_path / "train", 40, 0)
    made = [
        carried_out("resnet-tiny", data, tmp_path / name, "classify_images", method="full",
                    rounds=1, augment=augment)
        for name, augment in (("one", True), ("two", True), ("plain", False))
    ]  # fmt: skip
    assert made[0].ref.weights == made[1].ref.weights != made[2].ref.weights


def test_a_row_to_learn_from_is_varied_by_its_dice_alone(tmp_path):
    image = np.asarray(Image.open(squares(tmp_path, 2, 0) / "left" / "0.png"))
    one, two, other = (varied(image, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert (one == two).all()
    assert (one != other).any()
    assert one.shape == image.shape
    left = [varied(image, np.random.default_rng(seed))[:, :10].mean() for seed in range(20)]
    right = [varied(image, np.random.default_rng(seed))[:, 10:].mean() for seed in range(20)]
    assert all(a > b for a, b in zip(left, right, strict=True)), "nothing is mirrored"


def test_recordings_come_to_the_models_rate_and_nothing_folds_over(tmp_path):
    from transformers import Wav2Vec2FeatureExtractor

    path = tone(tmp_path / "x.wav", 3000, 0.5, 0)
    signal, rate = sound(path)
    reading = type("G", (), {"extractor": Wav2Vec2FeatureExtractor(sampling_rate=4000)})()
    (slow,) = heard([Row(1, (str(path),), ())], reading)
    assert (len(signal), rate, len(slow)) == (4000, 8000, 2000)
    assert np.abs(slow).mean() < 0.5 * np.abs(signal).mean()
    some = Sounds((signal,), Wav2Vec2FeatureExtractor(sampling_rate=8000), 3000, {}, {})
    assert some.cut == 1
    assert some.batch([0])["input_values"].shape == (1, 3000)
    varied_ = [some.batch([0], np.random.default_rng(s))["input_values"] for s in (0, 0, 1)]
    assert (varied_[0] == varied_[1]).all()
    assert (varied_[0] != varied_[2]).any()


def test_copies_and_leaks_are_told_by_their_file(tmp_path):
    data, test = squares(tmp_path / "train", 40, 0), squares(tmp_path / "test", 20, 1)
    shutil.copy(data / "left" / "0.png", data / "left" / "again.png")
    shutil.copy(test / "right" / "1.png", data / "right" / "known.png")
    told: list[str] = []
    carried_out("resnet-tiny", data, tmp_path / "out", "classify_images", told, method="head",
                test=test)  # fmt: skip
    said = "\n".join(told)
    assert "1 row that stands in test too, left out of training" in said
    assert "known.png" in said
    assert "again.png" in said
    assert "line" not in said.partition("\n")[2].partition("frozen")[0]


def test_a_list_of_paths_stays_in_its_folder(tmp_path):
    squares(tmp_path / "images", 4, 0)
    path = tmp_path / "list.csv"
    path.write_text("path,label\nimages/left/0.png,left\nimages/right/1.png,right\n")
    found = read_files(path, (".png",), Columns())
    assert [row.labels for row in found.rows] == [("left",), ("right",)]
    assert found.rows[0].content != found.rows[1].content
    for line, told in (
        ("../secret.png,x", "leads out of"),
        ("/etc/passwd,x", "leads out of"),
        ("images/left/9.png,x", "there is no file"),
        ("list.csv,x", "is no .png file"),
    ):
        path.write_text(f"path,label\n{line}\n")
        with pytest.raises(DataError, match=told):
            read_files(path, (".png",), Columns())
    path.write_text("name,kind\na,b\n")
    with pytest.raises(DataError, match="not a column of paths"):
        read_files(path, (".png",), Columns())


def test_what_is_no_image_or_no_such_model_is_one_sentence(tmp_path, tiny):
    data = squares(tmp_path / "train", 8, 0)
    (data / "left" / "broken.png").write_text("no image")
    with pytest.raises(
        DataError, match=r"broken\.png is no JPEG or PNG image; replace it, or take it out of"
    ):
        carried_out("resnet-tiny", data, tmp_path / "out", "classify_images")
    (data / "left" / "broken.png").unlink()
    with pytest.raises(ModelError, match="cannot be shown images"):
        carried_out(tiny, data, tmp_path / "out", "classify_images")
    with pytest.raises(SpecError, match="'bert-tiny' reads words, and the rows are images"):
        carried_out("bert-tiny", data, tmp_path / "out", "classify_images")
    with pytest.raises(DataError, match="is empty"):
        (data / "middle").mkdir()
        carried_out("resnet-tiny", Path(data), tmp_path / "out", "classify_images")
