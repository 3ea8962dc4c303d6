"""Folders that transformers wrote, as rungs: the same logits, counted sizes, refusals."""

import json

import numpy as np
import pytest
import torch
import transformers

from upwell import models
from upwell.errors import ModelError, SpecError
from upwell.models.protocols import ArrayInput
from upwell.records import ModelSpec

CHOICES = [str(label) for label in range(3)]


def spec(path, **dials) -> ModelSpec:
    return ModelSpec(family="pretrained", hparams={"path": str(path), **dials})


def vit(folder):
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        image_size=32, patch_size=8, num_labels=3,
    )  # fmt: skip
    network = transformers.ViTForImageClassification(config).eval()
    network.save_pretrained(folder)
    processor = transformers.ViTImageProcessorPil(size={"height": 32, "width": 32})
    processor.save_pretrained(folder)
    return network, processor


def listener(folder):
    torch.manual_seed(0)
    config = transformers.ASTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_length=128, num_mel_bins=32, num_labels=3,
    )  # fmt: skip
    network = transformers.ASTForAudioClassification(config).eval()
    network.save_pretrained(folder)
    extractor = transformers.ASTFeatureExtractor(max_length=128, num_mel_bins=32)
    extractor.save_pretrained(folder)
    return network, extractor


def asked(folder, shown):
    lm = models.load_family("pretrained").build_lm(spec(folder), 0)
    return [each[0] for each in lm.token_logprobs([(shown, choice) for choice in CHOICES])]


def test_an_image_gets_the_logits_that_transformers_gives(tmp_path) -> None:
    network, processor = vit(tmp_path)
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    with torch.no_grad():
        logits = network(**processor([image], return_tensors="pt")).logits[0]
    found = asked(tmp_path, ArrayInput({"image": image}))
    assert found == pytest.approx(logits.log_softmax(-1).tolist(), abs=1e-5)


def test_a_grayscale_image_gets_three_equal_channels(tmp_path) -> None:
    vit(tmp_path)
    grey = np.random.default_rng(0).integers(0, 256, (32, 32, 1), dtype=np.uint8)
    colour = np.repeat(grey, 3, axis=-1)
    assert asked(tmp_path, ArrayInput({"image": grey})) == pytest.approx(
        asked(tmp_path, ArrayInput({"image": colour})), abs=1e-6
    )


def test_a_recording_gets_the_logits_that_transformers_gives(tmp_path) -> None:
    network, extractor = listener(tmp_path)
    sound = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)
    with torch.no_grad():
        shown = extractor([sound], sampling_rate=16000, return_tensors="pt")
        logits = network(**shown).logits[0]
    found = asked(tmp_path, ArrayInput({"audio": sound}))
    assert found == pytest.approx(logits.log_softmax(-1).tolist(), abs=1e-5)


def test_sizes_are_counted_without_reading_a_weight(tmp_path) -> None:
    network, _ = vit(tmp_path)
    size = models.load_family("pretrained").count(spec(tmp_path), 1)
    assert size.params == sum(each.numel() for each in network.parameters())
    # By hand: 17 places; patches, four square maps, scores and mixing, two maps of 32, the head.
    T, W, F = 17, 16, 32
    layer = 4 * T * W * W + 2 * T * T * W + 2 * T * W * F
    assert size.flops_per_token == 3 * 2 * (16 * 192 * W + 2 * layer + W * 3)


def test_an_audio_model_costs_a_second_of_audio(tmp_path) -> None:
    network, _ = listener(tmp_path)
    size = models.load_family("pretrained").count(spec(tmp_path), 1)
    assert size.params == sum(each.numel() for each in network.parameters())
    assert size.flops_per_token > 0


def test_what_has_no_classes_of_ours_is_refused(tmp_path) -> None:
    config = transformers.BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1)
    transformers.BertModel(config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="holds a BertModel, which cannot be evaluated"):
        models.load_family("pretrained").count(spec(tmp_path), 1)


def test_a_folder_with_code_of_its_own_is_refused(tmp_path) -> None:
    vit(tmp_path)
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "auto_map": {"AutoModel": "x.Y"}}))
    with pytest.raises(ModelError, match="code of its own"):
        models.load_family("pretrained").count(spec(tmp_path), 1)


def test_a_missing_processor_is_one_sentence(tmp_path) -> None:
    vit(tmp_path)
    for file in tmp_path.glob("*processor*"):
        file.unlink()
    with pytest.raises(ModelError, match="cannot be loaded"):
        models.load_family("pretrained").build_lm(spec(tmp_path), 0)


@pytest.mark.parametrize(
    ("size", "message"),
    [({}, "needs the hyperparameter 'path'"), ({"path": ""}, "path is a folder or")],
)
def test_a_wrong_hyperparameter_is_one_sentence(size, message) -> None:
    with pytest.raises(SpecError, match=message):
        models.load_family("pretrained").count(ModelSpec(family="pretrained", hparams=size), 1)
