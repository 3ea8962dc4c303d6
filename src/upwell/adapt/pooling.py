"""The mean of all tokens as what a classifier reads, in a model that reads the first token.

Encoders of sentences are trained so that the *mean* of their last states means something, and the
classes of transformers classify by the *first* state. Both are met by one more layer whose
weights are known: attention that looks everywhere alike is a mean, and a layer norm after it is
the scaling that sentence encoders end with. So the folder is one that transformers loads as it is.

Axes: B rows, T tokens, D width.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

WEIGHT = 1e4
"""Of the mean beside the first state, which the layer's residual adds."""

SMALL = 1e-3
"""What features are scaled by before a tanh, to pass through it as they are (to 1 in 10^5)."""

FINAL = {
    "bert": ("bert.pooler.dense", "classifier"),
    "roberta": ("classifier.dense", "classifier.out_proj"),
    "xlm-roberta": ("classifier.dense", "classifier.out_proj"),
    "camembert": ("classifier.dense", "classifier.out_proj"),
}
"""Kinds of models that can be given the layer: the map before their tanh, and the one after."""


def mean_state(states_BTD: Tensor, mask_BT: Tensor) -> Tensor:
    """Mean of the states of real tokens, with a trace of the first, normalised: [B, D]."""
    mask_BT1 = mask_BT[..., None].to(states_BTD.dtype)
    mean = (states_BTD * mask_BT1).sum(1) / mask_BT1.sum(1)
    return functional.layer_norm(states_BTD[:, 0] + WEIGHT * mean, mean.shape[-1:], eps=1e-12)


def with_mean(model: Any, encoder: Any, head: nn.Linear) -> Any:
    """`model`, a class of transformers with one layer more than the encoder, filled so that its
    logits are those of the head on the mean of the encoder's states."""
    kind = model.config.model_type
    base = model.base_model
    with torch.no_grad():
        base.embeddings.load_state_dict(encoder.embeddings.state_dict())
        for own, other in zip(base.encoder.layer, encoder.encoder.layer, strict=False):
            own.load_state_dict(other.state_dict())
        _fill(base.encoder.layer[-1])
        before, after = (model.get_submodule(name) for name in FINAL[kind])
        nn.init.eye_(before.weight).mul_(SMALL)
        before.bias.zero_()
        after.weight.copy_(head.weight / SMALL)
        after.bias.copy_(head.bias)
    return model


def _fill(layer: Any) -> None:
    """Make a layer take the mean and do nothing else."""
    for parameter in layer.parameters():
        parameter.zero_()
    attention, output = layer.attention, layer.output
    nn.init.eye_(attention.self.value.weight)
    nn.init.eye_(attention.output.dense.weight).mul_(WEIGHT)
    for norm in (attention.output.LayerNorm, output.LayerNorm):
        norm.weight.fill_(1.0)
        norm.eps = 1e-12
