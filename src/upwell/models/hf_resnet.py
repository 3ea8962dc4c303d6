"""A residual network as transformers' ResNet: the same logits.

Pixels are numbers about zero here and there: the folder's `preprocessor_config.json` says so.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..errors import ModelError
from .convolving import Normed
from .exporting import Exported, exported
from .resnet import WIDER, Shape
from .resnet_network import Residual


def as_resnet(network: Residual) -> Exported:
    """The folder of a `ResNetForImageClassification` with equal logits, and how it is shown images.

    Raises ModelError for the small stem, which that class has not.
    """
    if not network.shape.large:
        raise ModelError(
            "transformers' ResNet has a stem of 7 x 7 pixels and this network one of 3 x 3; "
            "only a network with stem 'large' can be exported"
        )
    config, tensors = to_resnet(network)
    return exported(config, tensors, {"preprocessor_config.json": _seeing(network.shape)})


def to_resnet(network: Residual) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The configuration and the tensors of a `ResNetForImageClassification`."""
    tensors = _normed(network.stem, "resnet.embedder.embedder.")
    blocks = iter(network.blocks)
    for stage, count in enumerate(network.shape.blocks):
        for place in range(count):
            block, name = next(blocks), f"resnet.encoder.stages.{stage}.layers.{place}."
            for layer, part in enumerate(block.branch):
                tensors |= _normed(part, f"{name}layer.{layer}.")
            if block.shortcut is not None:
                tensors |= _normed(block.shortcut, f"{name}shortcut.")
    linear = network.head.linear
    tensors |= {"classifier.1.weight": linear.weight, "classifier.1.bias": linear.bias}
    kept = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    return _config(network.shape), kept


def _normed(part: Normed, name: str) -> dict[str, Tensor]:
    norm = {f"{name}normalization.{key}": each for key, each in part.norm.state_dict().items()}
    return {f"{name}convolution.weight": part.conv.weight, **norm}


def _config(shape: Shape) -> dict[str, Any]:
    wider = WIDER if shape.bottleneck else 1
    return {
        "architectures": ["ResNetForImageClassification"],
        "model_type": "resnet",
        "num_channels": shape.channels,
        "embedding_size": shape.width,
        "hidden_sizes": [(shape.width << stage) * wider for stage in range(len(shape.blocks))],
        "depths": list(shape.blocks),
        "layer_type": "bottleneck" if shape.bottleneck else "basic",
        "hidden_act": "relu",
        "id2label": {str(label): str(label) for label in range(shape.classes)},
        "label2id": {str(label): label for label in range(shape.classes)},
        "dtype": "float32",
    }


def _seeing(shape: Shape) -> dict[str, Any]:
    return {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"height": shape.side, "width": shape.side},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5] * shape.channels,
        "image_std": [0.5] * shape.channels,
    }
