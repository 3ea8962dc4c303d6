"""A multilayer perceptron: flat inputs, hidden layers of equal width, class logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ACTIVATION_COPIES, LINEAR_LAYER_COST, ModelSize
from .config import parse_config

if TYPE_CHECKING:
    from ...lm.classifier import ClassifierLM
    from ...protocols import TokenizerLike
    from .network import MLP


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters with biases, training FLOPs per example, bytes of the weights."""
    layers = parse_config(spec).layer_dims
    params = sum(fan_in * fan_out + fan_out for fan_in, fan_out in layers)
    return ModelSize(
        params=params,
        flops_per_token=6 * params,
        bytes=4 * params,
        activations=4 * ACTIVATION_COPIES * sum(fan_out for _, fan_out in layers),
        layers=LINEAR_LAYER_COST * len(layers),
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> MLP:
    """A perceptron with random weights, bit for bit the same for the same seed."""
    from .network import MLP

    return MLP(parse_config(spec), recipe.dropout, recipe.base_width).reset_parameters(seed)


def as_lm(network: MLP, tokenizer: TokenizerLike | None) -> ClassifierLM:
    """The network, in eval mode, as a classifier of images or features."""
    from ...lm.classifier import ClassifierLM

    return ClassifierLM(network.eval())
