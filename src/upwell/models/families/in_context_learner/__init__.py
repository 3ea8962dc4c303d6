"""A network that learns a task from labeled examples in its input, without a gradient step.

Features of every example, attention from the queries to the examples, and class logits: the
architecture of Matching Networks (Vinyals et al. 2016, arXiv 1606.04080) with several layers, as in
Kirsch et al. 2022 (arXiv 2212.04458) and TabPFN (Hollmann et al. 2022, arXiv 2207.01848).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ModelSize
from .config import InContextLearnerConfig, parse_config

if TYPE_CHECKING:
    from ...lm.classifier import ClassifierLM
    from ...protocols import TokenizerLike
    from .network import InContextLearner

KERNEL_AREA, NUM_GATES = 9, 3
"""Weights per channel pair of the convolutions, and gates of the recurrent unit."""


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters, training FLOPs per example of a task, bytes of the weights."""
    config = parse_config(spec)
    W, features, uses_per_example = config.width, *_feature_cost(config)
    layer = 4 * W * W + 2 * 4 * W * W
    label_embedding_params = (config.num_classes + 2) * W
    head = W * config.num_classes + config.num_classes
    params = features + config.depth * layer + label_embedding_params + head
    products = features * uses_per_example + config.depth * (layer + 2 * W * context) + head
    return ModelSize(params=params, flops_per_token=6 * products, bytes=4 * params)


def build(spec: ModelSpec, recipe: Train, seed: int) -> InContextLearner:
    """A network with random weights, bit for bit the same for the same seed."""
    from .network import InContextLearner

    return InContextLearner(parse_config(spec), recipe.dropout, recipe.base_width).reset_parameters(
        seed
    )


def as_lm(network: InContextLearner, tokenizer: TokenizerLike | None) -> ClassifierLM:
    """The network, in eval mode, as a classifier of one query after its examples.

    An input has `query` [I], `support` [S, I] and `support_label` [S].
    """
    from ...lm.classifier import ClassifierLM

    return ClassifierLM(network.eval().query_logits)


def _feature_cost(config: InContextLearnerConfig) -> tuple[int, int]:
    """(parameters of the feature extractor, how often one example uses each)."""
    W = config.width
    if config.feature_extractor == "mlp":
        return config.inputs * W + W * W + 2 * W, 1
    if config.feature_extractor == "cnn":
        return KERNEL_AREA * W + W + KERNEL_AREA * W * W + W, config.inputs // 4
    return NUM_GATES * W * (config.image_size + W + 2), config.image_size
