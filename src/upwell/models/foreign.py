"""Loads models of other people by what they do: speak, see or hear.

A path and a name of the hub lead to a folder alike (`hub.py`). What its model does is told by the
class that its config names. Counting builds the model on torch's meta device, where weights have
shapes and no numbers, and lets torch itself count the products of one forward pass; a backward pass
costs twice that.

Axes: B instances, H height, W width, C channels, T samples, K classes.
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
    AutoConfig,
    AutoFeatureExtractor,
    AutoImageProcessor,
    AutoModelForAudioClassification,
    AutoModelForImageClassification,
)
from transformers.models.auto import modeling_auto
from transformers.utils.logging import disable_progress_bar

from ..errors import DataError, ModelError
from . import huggingface
from .answering import Answerer
from .classifying import ClassifyingAnswerer
from .hub import place_of
from .size import Size

LOCAL: Mapping[str, Any] = {"trust_remote_code": False, "local_files_only": True}

UNTOLD_SIDE = 224
"""Pixels of an image where a config tells no size: what ImageNet's models read."""

Show = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
"""Instances as a batch, to what the model's `forward` is given."""


@dataclass(frozen=True)
class Kind:
    """One of the things that a model can do besides speaking."""

    classes: Mapping[str, Any]
    """Names of transformers' classes that do it, by model type."""

    auto: Any
    """The Auto class that loads them."""


SPEAKS = "speaks"

KINDS = {
    "sees": Kind(
        modeling_auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES,
        AutoModelForImageClassification,
    ),
    "hears": Kind(
        modeling_auto.MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES,
        AutoModelForAudioClassification,
    ),
}


def sized(given: str, context: int) -> Size:
    """What the folder's model costs, from its config alone; see `pretrained.count`."""
    path = place_of(given).folder
    config = _config(path)
    kind = _kind(path, config)
    auto = huggingface.manner_of(config).auto if kind == SPEAKS else KINDS[kind].auto
    with torch.device("meta"):
        network = auto.from_config(config, trust_remote_code=False).eval()
        if kind == SPEAKS:
            return huggingface.count(network, context)
        shown = _blank_image(config) if kind == "sees" else _blank_second(path)
        with FlopCounterMode(display=False) as counter:
            network(**shown)
    params = sum(each.numel() for each in network.parameters())
    return Size(params=params, flops_per_token=3.0 * counter.get_total_flops(), bytes=4 * params)


def loaded(given: str) -> Answerer:
    """The folder's model, as something that can be asked. Raises ModelError."""
    path = place_of(given).folder
    kind = _kind(path, _config(path))
    if kind == SPEAKS:
        return huggingface.load(path).answerer()
    show = _seen(path) if kind == "sees" else _heard(path)
    network = _loading(
        path, lambda: KINDS[kind].auto.from_pretrained(path, use_safetensors=True, **LOCAL)
    ).eval()
    return ClassifyingAnswerer(lambda batch: network(**show(batch)).logits)


def _config(path: Path) -> Any:
    huggingface.check_folder(path)
    return _loading(path, lambda: AutoConfig.from_pretrained(path, **LOCAL))


def _kind(path: Path, config: Any) -> str:
    told = (config.architectures or ["none"])[0]
    if huggingface.manner_named(told) is not None:
        return SPEAKS
    for name, kind in KINDS.items():
        if told in kind.classes.values():
            return name
    raise ModelError(
        f"{path} holds a {told}, which is not asked here; expected a language model, "
        "or one for image classification or audio classification"
    )


def _seen(path: Path) -> Show:
    """Images [B, H, W, C] uint8, as the folder's own processor prepares them."""
    processor = _loading(
        path, lambda: AutoImageProcessor.from_pretrained(path, backend="pil", **LOCAL)
    )

    def show(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        image_BHWC = _named(batch, "image")
        if image_BHWC.shape[-1] == 1:
            image_BHWC = image_BHWC.expand(-1, -1, -1, 3)
        images = [image.numpy() for image in image_BHWC]
        return dict(processor(images, return_tensors="pt", input_data_format="channels_last"))

    return show


def _heard(path: Path) -> Show:
    """Recordings [B, T] float32 in -1 to 1, sampled as often as the folder's extractor asks."""
    extractor = _loading(path, lambda: AutoFeatureExtractor.from_pretrained(path, **LOCAL))

    def show(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        sounds = [sound.numpy() for sound in _named(batch, "audio")]
        rate = extractor.sampling_rate
        return dict(extractor(sounds, sampling_rate=rate, padding=True, return_tensors="pt"))

    return show


def _blank_image(config: Any) -> dict[str, Tensor]:
    size = getattr(config, "image_size", UNTOLD_SIDE)
    height, width = size if isinstance(size, list | tuple) else (size, size)
    return {"pixel_values": torch.zeros(1, getattr(config, "num_channels", 3), height, width)}


def _blank_second(path: Path) -> dict[str, Tensor]:
    with torch.device("cpu"):
        extractor = _loading(path, lambda: AutoFeatureExtractor.from_pretrained(path, **LOCAL))
        second = torch.zeros(extractor.sampling_rate).numpy()
        shown = extractor(second, sampling_rate=extractor.sampling_rate, return_tensors="pt")
    return {name: torch.zeros_like(value, device="meta") for name, value in shown.items()}


def _named(batch: Mapping[str, Tensor], name: str) -> Tensor:
    if name in batch:
        return batch[name]
    raise DataError(f"this model is shown {name!r}, and the data have {', '.join(sorted(batch))}")


def _loading(path: Path, load: Callable[[], Any]) -> Any:
    disable_progress_bar()
    try:
        return load()
    # The library raises many kinds; each message says what is wrong with the folder.
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(
            f"{path} cannot be loaded by transformers: {huggingface.first_line(error)}"
        ) from error
