"""The multilayer perceptron as a torch module.

Initial weights have variance 2/fan-in before a ReLU or GELU (He et al. 2015, arXiv 1502.01852) and
1/fan-in before the others. The last layer starts at zero, so that an untrained network gives all
classes the same probability. Learning rates follow muP (Yang et al. 2022, arXiv 2203.03466).

Axes: B examples, F features, C classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...layers.inputs import flatten_inputs
from ...layers.losses import cross_entropy
from ...protocols import Batch, ParamRole, TrainableModel
from .config import MLPConfig

ACTIVATION_FNS = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
INIT_GAINS = {"relu": 2.0, "gelu": 2.0, "tanh": 1.0, "sigmoid": 1.0}


class MLP(nn.Module, TrainableModel):
    """Images or features to logits [B, C]."""

    def __init__(self, config: MLPConfig, dropout: float, base_width: int) -> None:
        super().__init__()
        self.config, self.dropout = config, dropout
        self.lr_scale = base_width / config.width
        self.activation = ACTIVATION_FNS[config.activation]
        self.layers = nn.ModuleList(nn.Linear(*fans) for fans in config.layer_dims)

    def reset_parameters(self, seed: int) -> MLP:
        """Initialize every weight from the seed. Returns itself."""
        generator = torch.Generator().manual_seed(seed)
        gain = INIT_GAINS[self.config.activation]
        with torch.no_grad():
            for layer, (fan_in, _) in zip(self.layers, self.config.layer_dims, strict=True):
                layer.weight.normal_(0, (gain / fan_in) ** 0.5, generator=generator)
                layer.bias.zero_()
            self.layers[-1].weight.zero_()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """Logits [B, C]."""
        x = flatten_inputs(batch, self.config.inputs)
        for layer in self.layers[:-1]:
            x = functional.dropout(self.activation(layer(x)), self.dropout, self.training)
        logits: Tensor = self.layers[-1](x)
        return logits

    def losses(self, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
        """`loss`: cross-entropy, nats per example."""
        return cross_entropy(self(micro_batch), micro_batch, batch)

    def param_roles(self) -> dict[str, ParamRole]:
        """All maps are matrices; the fan-in of the first one does not grow with the width."""
        roles = {name: ParamRole(kind="vector") for name, _ in self.named_parameters()}
        for index, (fan_in, fan_out) in enumerate(self.config.layer_dims):
            lr_scale = 1.0 if index == 0 else self.lr_scale
            roles[f"layers.{index}.weight"] = ParamRole(
                kind="matrix", lr_scale=lr_scale, fan_in=fan_in, fan_out=fan_out
            )
        return roles
