"""A decoder of vectors: after x1, y1, x2, y2, ..., xk it estimates yk.

Trained on many functions, it learns a new one from its values without a gradient step (Garg et al.
2022, arXiv 2208.01066).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ModelSize
from .config import parse_config

if TYPE_CHECKING:
    from ...lm.regressor import RegressorLM
    from ...protocols import TokenizerLike
    from .network import InContextRegressor


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters, training FLOPs per pair (x, y) in a row of `context` pairs, bytes of weights."""
    config = parse_config(spec)
    W, blocks = (
        config.width,
        config.depth * (4 * config.width**2 + 3 * config.width * config.intermediate_size),
    )
    in_out_params = (config.inputs + 1) * W + 2 * W + W + 1
    # Attention scores and mixing: 2 products of 2 FLOPs over half of the positions, and twice that
    # backward.
    attention = 3 * 2 * config.depth * W * 2 * context
    return ModelSize(
        params=blocks + in_out_params,
        flops_per_token=2 * (6 * blocks + attention) + 6 * in_out_params,
        bytes=4 * (blocks + in_out_params),
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> InContextRegressor:
    """A regressor with random weights, bit for bit the same for the same seed."""
    from .network import InContextRegressor

    network = InContextRegressor(
        parse_config(spec), recipe.context_length, recipe.base_width, recipe.base_depth
    )
    return network.reset_parameters(seed)


def as_lm(network: InContextRegressor, tokenizer: TokenizerLike | None) -> RegressorLM:
    """The network, in eval mode: an estimate at the last x.

    An input has `features` [k + 1, I] and `target` [k].
    """
    from ...lm.regressor import RegressorLM

    return RegressorLM(network.eval().last_estimate)
