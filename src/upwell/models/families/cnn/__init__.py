"""A convolutional network for small images: stages of 3 x 3 convolutions.

Each convolution is followed by batch norm and ReLU. Between stages max pooling halves the image and
the width doubles. Mean pooling and a linear map give the class logits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ModelSize, conv_model_size
from .config import parse_config

if TYPE_CHECKING:
    from ...lm.classifier import ClassifierLM
    from ...protocols import TokenizerLike
    from .network import CNN


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters with those of batch norms, training FLOPs per image, bytes of the weights."""
    config = parse_config(spec)
    return conv_model_size(config.convs, config.num_classes)


def build(spec: ModelSpec, recipe: Train, seed: int) -> CNN:
    """A network with random weights, bit for bit the same for the same seed."""
    from .network import CNN

    return CNN(parse_config(spec), recipe.dropout, recipe.base_width).reset_parameters(seed)


def as_lm(network: CNN, tokenizer: TokenizerLike | None) -> ClassifierLM:
    """The network, in eval mode, as a classifier of images."""
    from ...lm.classifier import ClassifierLM

    return ClassifierLM(network.eval())
