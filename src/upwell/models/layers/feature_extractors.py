"""Feature extractors of examples: a perceptron, convolutions, or a recurrent network.

Axes: N examples, I inputs, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..protocols import ParamRole


class MLPFeatures(nn.Module):
    """h + W2 s(h) with h = W1 x: [N, I] to [N, W].

    The skip connection keeps similar inputs similar. With it accuracy on new digit tasks after 600
    steps was .876; without it, as s(W2 s(W1 x)), it was .864.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(inputs, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Features of every example."""
        skip = self.first(x)
        features: Tensor = skip + self.second(functional.gelu(skip))
        return features


class ConvFeatures(nn.Module):
    """Two convolutions with pooling between them and mean pooling: [N, I] to [N, W]."""

    def __init__(self, image_size: int, width: int) -> None:
        super().__init__()
        self.image_size = image_size
        self.first = nn.Conv2d(1, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Features of every example."""
        x = functional.max_pool2d(
            functional.gelu(self.first(x.view(-1, 1, *[self.image_size] * 2))), 2
        )
        return functional.gelu(self.second(x)).mean((2, 3))


class GRUFeatures(nn.Module):
    """A gated recurrent unit (Cho et al. 2014) over the rows of an image: [N, I] to [N, W]."""

    def __init__(self, image_size: int, width: int) -> None:
        super().__init__()
        self.image_size = image_size
        self.gru = nn.GRU(image_size, width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Features of every example: the state after its last row."""
        last: Tensor = self.gru(x.view(-1, self.image_size, self.image_size))[1][0]
        return last


def build_extractor(kind: str, inputs: int, image_size: int, width: int) -> nn.Module:
    """The extractor of that kind."""
    if kind == "mlp":
        return MLPFeatures(inputs, width)
    return ConvFeatures(image_size, width) if kind == "cnn" else GRUFeatures(image_size, width)


def init_weights(module: nn.Module, generator: torch.Generator) -> None:
    """Weights of variance 2 over fan-in, biases of zero."""
    for weight in module.parameters():
        if weight.ndim == 1:
            weight.zero_()
        else:
            weight.normal_(0, (2 / weight[0].numel()) ** 0.5, generator=generator)


def build_param_roles(module: nn.Module, inputs: int, lr_scale: float) -> dict[str, ParamRole]:
    """Roles of all parameters; `lr_scale` is for matrices whose fan-in grows with the width."""
    return {
        name: _build_role(weight, inputs, lr_scale) for name, weight in module.named_parameters()
    }


def _build_role(weight: Tensor, inputs: int, lr_scale: float) -> ParamRole:
    if weight.ndim == 1:
        return ParamRole(kind="vector")
    fan_in, fan_out = weight[0].numel(), weight.shape[0]
    from_inputs = weight.shape[1] in (1, inputs)
    return ParamRole(
        kind="matrix", lr_scale=1.0 if from_inputs else lr_scale, fan_in=fan_in, fan_out=fan_out
    )
