"""The multilayer perceptron as a torch module. Its dials and its cost are in `mlp.py`.

Weights start with variance 2/fan-in before a ReLU or GELU (He et al. 2015, arXiv 1502.01852) and
1/fan-in before the others; the last layer starts at zero, so that an untrained network finds
all classes equally probable. Rates follow muP (Yang et al. 2022, arXiv 2203.03466).

Axes: B examples, F features, C classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .answering import Tokenizer
from .classifying import ClassifyingAnswerer
from .labelling import cross_entropy
from .mlp import Shape
from .network import Batch
from .roles import Role
from .seeing import flat

ACTIVATIONS = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
GAINS = {"relu": 2.0, "gelu": 2.0, "tanh": 1.0, "sigmoid": 1.0}


class Perceptron(nn.Module):
    """Images or features to logits [B, C]."""

    def __init__(self, shape: Shape, dropout: float, base_width: int) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        self.rate = base_width / shape.width
        self.activation = ACTIVATIONS[shape.activation]
        self.layers = nn.ModuleList(nn.Linear(*fans) for fans in shape.layers)

    def start(self, seed: int) -> Perceptron:
        """Draw every weight anew; the same for the same seed."""
        generator = torch.Generator().manual_seed(seed)
        gain = GAINS[self.shape.activation]
        with torch.no_grad():
            for layer, (fan_in, _) in zip(self.layers, self.shape.layers, strict=True):
                layer.weight.normal_(0, (gain / fan_in) ** 0.5, generator=generator)
                layer.bias.zero_()
            self.layers[-1].weight.zero_()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """Logits [B, C]."""
        x = flat(batch, self.shape.inputs)
        for layer in self.layers[:-1]:
            x = functional.dropout(self.activation(layer(x)), self.dropout, self.training)
        logits: Tensor = self.layers[-1](x)
        return logits

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """Cross-entropy of the labels, nats an example."""
        return cross_entropy(self(part), part, whole)

    def answerer(self, words: Tokenizer | None) -> ClassifyingAnswerer:
        """Puts images or features into classes."""
        return ClassifyingAnswerer(self.eval())

    def roles(self) -> dict[str, Role]:
        """Hidden and last maps are matrices; the first one's fan-in does not grow with width."""
        roles = {name: Role(kind="vector") for name, _ in self.named_parameters()}
        for place, (fan_in, fan_out) in enumerate(self.shape.layers):
            rate = 1.0 if place == 0 else self.rate
            roles[f"layers.{place}.weight"] = Role(
                kind="matrix", rate=rate, fan_in=fan_in, fan_out=fan_out
            )
        return roles
