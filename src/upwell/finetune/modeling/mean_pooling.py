"""Mean pooling for transformers classes that classify by the first token.

Sentence encoders are trained so that the mean of their last states is meaningful. The classes of
transformers classify by the first state. One extra layer with fixed weights reconciles the two:
uniform attention gives the mean, and the layer norm after it rescales the mean. So the saved
folder needs no code of ours.

Axes: B rows, T tokens, D width.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

MEAN_WEIGHT = 1e4
"""Weight of the mean relative to the first state, which the residual connection adds."""

TANH_SCALE = 1e-3
"""Scale of the features before a tanh, so that it is linear to 1 in 10^5."""

HEAD_LAYERS = {
    "bert": ("bert.pooler.dense", "classifier"),
    "roberta": ("classifier.dense", "classifier.out_proj"),
    "xlm-roberta": ("classifier.dense", "classifier.out_proj"),
    "camembert": ("classifier.dense", "classifier.out_proj"),
}
"""{model type: (linear layer before the tanh, linear layer after it)} of the supported models."""


def mean_pool(states_BTD: Tensor, mask_BT: Tensor) -> Tensor:
    """[B, D]: the layer-normalized mean of the token states, plus a trace of the first state."""
    mask_BT1 = mask_BT[..., None].to(states_BTD.dtype)
    mean = (states_BTD * mask_BT1).sum(1) / mask_BT1.sum(1)
    return functional.layer_norm(states_BTD[:, 0] + MEAN_WEIGHT * mean, mean.shape[-1:], eps=1e-12)


def append_mean_pooling_layer(model: Any, encoder: Any, head: nn.Linear) -> Any:
    """Fill `model` so that its logits are those of `head` on the mean-pooled `encoder`.

    `model` is a transformers classifier with one layer more than the encoder. It is returned.
    """
    model_type = model.config.model_type
    base = model.base_model
    with torch.no_grad():
        base.embeddings.load_state_dict(encoder.embeddings.state_dict())
        for target_layer, source_layer in zip(
            base.encoder.layer, encoder.encoder.layer, strict=False
        ):
            target_layer.load_state_dict(source_layer.state_dict())
        _init_mean_pooling(base.encoder.layer[-1])
        before, after = (model.get_submodule(name) for name in HEAD_LAYERS[model_type])
        nn.init.eye_(before.weight).mul_(TANH_SCALE)
        before.bias.zero_()
        after.weight.copy_(head.weight / TANH_SCALE)
        after.bias.copy_(head.bias)
    return model


def _init_mean_pooling(layer: Any) -> None:
    """Set the weights of a layer so that it computes the mean and nothing else."""
    for parameter in layer.parameters():
        parameter.zero_()
    attention, output = layer.attention, layer.output
    nn.init.eye_(attention.self.value.weight)
    nn.init.eye_(attention.output.dense.weight).mul_(MEAN_WEIGHT)
    for norm in (attention.output.LayerNorm, output.LayerNorm):
        norm.weight.fill_(1.0)
        norm.eps = 1e-12
