"""A residual network as the ResNet of transformers: the same logits.

Pixels are scaled to -1 to 1, which the folder's `preprocessor_config.json` states.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ....errors import ModelError
from ...hub.export import ExportedModel, export_files
from ...layers.conv import ConvBN
from .config import BOTTLENECK_EXPANSION, ResNetConfig
from .network import ResNet


def to_resnet_files(network: ResNet) -> ExportedModel:
    """Files of a `ResNetForImageClassification` with the same logits, and of its preprocessor.

    Raises ModelError for the small stem, which that class does not have.
    """
    if not network.config.large_stem:
        raise ModelError(
            "transformers' ResNet has a stem of 7 x 7 pixels and this network one of 3 x 3; "
            "only a network with stem 'large' can be exported"
        )
    config, tensors = to_resnet(network)
    return export_files(
        config, tensors, {"preprocessor_config.json": _preprocessor_config(network.config)}
    )


def to_resnet(network: ResNet) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Configuration and tensors of a `ResNetForImageClassification`."""
    tensors = _conv_bn_tensors(network.stem, "resnet.embedder.embedder.")
    blocks = iter(network.blocks)
    for stage, num_blocks in enumerate(network.config.blocks_per_stage):
        for index in range(num_blocks):
            block, name = next(blocks), f"resnet.encoder.stages.{stage}.layers.{index}."
            for layer, part in enumerate(block.branch):
                tensors |= _conv_bn_tensors(part, f"{name}layer.{layer}.")
            if block.shortcut is not None:
                tensors |= _conv_bn_tensors(block.shortcut, f"{name}shortcut.")
    linear = network.head.linear
    tensors |= {"classifier.1.weight": linear.weight, "classifier.1.bias": linear.bias}
    detached = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    return _config(network.config), detached


def _conv_bn_tensors(part: ConvBN, name: str) -> dict[str, Tensor]:
    norm = {f"{name}normalization.{key}": each for key, each in part.norm.state_dict().items()}
    return {f"{name}convolution.weight": part.conv.weight, **norm}


def _config(config: ResNetConfig) -> dict[str, Any]:
    expansion = BOTTLENECK_EXPANSION if config.bottleneck else 1
    return {
        "architectures": ["ResNetForImageClassification"],
        "model_type": "resnet",
        "num_channels": config.channels,
        "embedding_size": config.width,
        "hidden_sizes": [
            (config.width << stage) * expansion for stage in range(len(config.blocks_per_stage))
        ],
        "depths": list(config.blocks_per_stage),
        "layer_type": "bottleneck" if config.bottleneck else "basic",
        "hidden_act": "relu",
        "id2label": {str(label): str(label) for label in range(config.num_classes)},
        "label2id": {str(label): label for label in range(config.num_classes)},
        "dtype": "float32",
    }


def _preprocessor_config(config: ResNetConfig) -> dict[str, Any]:
    return {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"height": config.image_size, "width": config.image_size},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5] * config.channels,
        "image_std": [0.5] * config.channels,
    }
