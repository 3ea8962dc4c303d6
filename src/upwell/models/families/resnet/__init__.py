"""A residual network (He et al. 2016, arXiv 1512.03385), from ResNet-50 down to a few blocks.

With the `large` stem (7 x 7 kernel with stride 2, then pooling) it is the network of the paper, for
images of about 224 pixels:

    ResNet-18   width 64, blocks "2,2,2,2"
    ResNet-34   width 64, blocks "3,4,6,3"
    ResNet-50   width 64, blocks "3,4,6,3", block "bottleneck"

The `small` stem (3 x 3, stride 1) suits images of 28 or 32 pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ModelSize, conv_model_size
from .config import parse_config

if TYPE_CHECKING:
    from ...hub.export import ExportedModel
    from ...lm.classifier import ClassifierLM
    from ...protocols import TokenizerLike
    from .network import ResNet


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters with those of batch norms, training FLOPs per image, bytes of the weights."""
    config = parse_config(spec)
    return conv_model_size(config.convs, config.num_classes)


def build(spec: ModelSpec, recipe: Train, seed: int) -> ResNet:
    """A network with random weights, bit for bit the same for the same seed."""
    from .network import ResNet

    return ResNet(parse_config(spec), recipe.dropout, recipe.base_width).reset_parameters(seed)


def as_lm(network: ResNet, tokenizer: TokenizerLike | None) -> ClassifierLM:
    """The network, in eval mode, as a classifier of images."""
    from ...lm.classifier import ClassifierLM

    return ClassifierLM(network.eval())


def export(network: ResNet, tokenizer: TokenizerLike | None) -> ExportedModel:
    """Files of a `ResNetForImageClassification` with the same logits.

    Raises ModelError for the small stem, which that class does not have.
    """
    from .hf_export import to_resnet_files

    return to_resnet_files(network)
