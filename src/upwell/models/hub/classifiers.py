"""Load any pretrained model by its modality: language models, image and audio classifiers.

The class that the config names decides the modality. To count FLOPs, the model is built on torch's
meta device, without numbers, and torch counts the products of a forward pass. A backward pass costs
twice that.

Axes: B inputs, H height, W width, C channels, T samples, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    AutoFeatureExtractor,
    AutoImageProcessor,
    AutoModelForAudioClassification,
    AutoModelForImageClassification,
)
from transformers.models.auto import modeling_auto
from transformers.utils.logging import disable_progress_bar

from ...errors import DataError, ModelError
from ..lm.classifier import ClassifierLM
from ..protocols import LM
from ..size import ModelSize
from . import language_models
from .config_file import LOCAL_KWARGS, check_weights, load_config, loading
from .resolve import resolve

DEFAULT_IMAGE_SIZE = 224
"""Pixels per side if the config has no size, as in models of ImageNet."""

PreprocessFn = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
"""A batch of arrays to the keyword arguments of the model's `forward`."""


@dataclass(frozen=True)
class Modality:
    """A kind of classifier of transformers."""

    class_names: Mapping[str, Any]
    """Class names of transformers by model type."""

    auto_class: Any
    """The Auto class that loads them."""


TEXT = "text"

MODALITIES = {
    "image": Modality(
        modeling_auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES,
        AutoModelForImageClassification,
    ),
    "audio": Modality(
        modeling_auto.MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES,
        AutoModelForAudioClassification,
    ),
}


def model_size(name_or_path: str, context: int) -> ModelSize:
    """Size of the model in a folder, from its config alone; see `pretrained.count`."""
    path = resolve(name_or_path).folder
    config = _load_config(path)
    modality = _detect_modality(path, config)
    auto_class = (
        language_models.detect_architecture(config).auto_class
        if modality == TEXT
        else MODALITIES[modality].auto_class
    )
    check_weights(path, config, auto_class)
    with loading(path), torch.device("meta"):
        network = auto_class.from_config(config, trust_remote_code=False).eval()
        if modality == TEXT:
            return language_models.count(network, context)
        inputs = _dummy_image_inputs(config) if modality == "image" else _dummy_audio_inputs(path)
        with FlopCounterMode(display=False) as counter:
            network(**inputs)
    params = sum(each.numel() for each in network.parameters())
    return ModelSize(
        params=params, flops_per_token=3.0 * counter.get_total_flops(), bytes=4 * params
    )


def load(name_or_path: str) -> LM:
    """The model in a folder as a language model. Raises ModelError if it cannot be used."""
    path = resolve(name_or_path).folder
    config = _load_config(path)
    modality = _detect_modality(path, config)
    if modality == TEXT:
        return language_models.load(path).as_lm()
    preprocess = _image_inputs(path) if modality == "image" else _audio_inputs(path)
    disable_progress_bar()
    auto_class = MODALITIES[modality].auto_class
    with loading(path):
        check_weights(path, config, auto_class)
        network = auto_class.from_pretrained(
            path, config=config, use_safetensors=True, **LOCAL_KWARGS
        ).eval()
    return ClassifierLM(lambda batch: network(**preprocess(batch)).logits)


def _load_config(path: Path) -> Any:
    language_models.check_folder(path)
    return load_config(path)


def _detect_modality(path: Path, config: Any) -> str:
    architecture = (config.architectures or ["none"])[0]
    if language_models.find_architecture(architecture) is not None:
        return TEXT
    for name, modality in MODALITIES.items():
        if architecture in modality.class_names.values():
            return name
    raise ModelError(
        f"{path} holds a {architecture}, which cannot be evaluated; expected a language model, or "
        "one for image classification or audio classification"
    )


def _image_inputs(path: Path) -> PreprocessFn:
    """Preprocessing of images [B, H, W, C] uint8 by the folder's own processor."""
    with loading(path):
        processor = AutoImageProcessor.from_pretrained(path, backend="pil", **LOCAL_KWARGS)

    def preprocess(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        image_BHWC = _get_array(batch, "image")
        if image_BHWC.shape[-1] == 1:
            image_BHWC = image_BHWC.expand(-1, -1, -1, 3)
        images = [image.numpy() for image in image_BHWC]
        return dict(processor(images, return_tensors="pt", input_data_format="channels_last"))

    return preprocess


def _audio_inputs(path: Path) -> PreprocessFn:
    """Preprocessing of audio [B, T] float32 in -1 to 1, at the sampling rate of the extractor."""
    with loading(path):
        extractor = AutoFeatureExtractor.from_pretrained(path, **LOCAL_KWARGS)

    def preprocess(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        waveforms = [waveform.numpy() for waveform in _get_array(batch, "audio")]
        sampling_rate = extractor.sampling_rate
        return dict(
            extractor(waveforms, sampling_rate=sampling_rate, padding=True, return_tensors="pt")
        )

    return preprocess


def _dummy_image_inputs(config: Any) -> dict[str, Tensor]:
    size = getattr(config, "image_size", DEFAULT_IMAGE_SIZE)
    height, width = size if isinstance(size, list | tuple) else (size, size)
    return {"pixel_values": torch.zeros(1, getattr(config, "num_channels", 3), height, width)}


def _dummy_audio_inputs(path: Path) -> dict[str, Tensor]:
    with torch.device("cpu"):
        extractor = AutoFeatureExtractor.from_pretrained(path, **LOCAL_KWARGS)
        silence = torch.zeros(extractor.sampling_rate).numpy()
        inputs = extractor(silence, sampling_rate=extractor.sampling_rate, return_tensors="pt")
    return {name: torch.zeros_like(value, device="meta") for name, value in inputs.items()}


def _get_array(batch: Mapping[str, Tensor], name: str) -> Tensor:
    if name in batch:
        return batch[name]
    raise DataError(f"this model reads {name!r} and the data have {', '.join(sorted(batch))}")
