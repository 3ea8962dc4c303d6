"""Size and cost of a model, computed from its spec before it is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LINEAR_LAYER_COST = 0.25
"""Time of a linear map or convolution in a training step, in decoder layers. Measured on the
smallest networks, where overhead outweighs arithmetic."""

ACTIVATION_COPIES = 3
"""Arrays held for each layer's output until the backward pass: the output of the map, the output
of its norm or activation, and the gradient."""


@dataclass(frozen=True, kw_only=True)
class ModelSize:
    """What `count(spec, context)` of a family returns."""

    params: int
    """All parameters; tied embeddings count once."""

    flops_per_token: float
    """Training FLOPs, forward and backward, per token at the given context. Per example if a row
    is a single example."""

    bytes: int
    """Bytes of the stored weights."""

    activations: int | None = None
    """Bytes that training holds per token or example besides the weights. None: estimated from the
    hyperparameters `width` and `depth`."""

    layers: float | None = None
    """Layers of a training step, in decoder layers. None: the hyperparameter `depth`."""


@dataclass(frozen=True, kw_only=True)
class ConvSpec:
    """A square convolution without bias, followed by batch norm."""

    fan_in: int
    fan_out: int
    """Input and output channels."""

    kernel_size: int
    """Pixels per side."""

    stride: int
    output_size: int
    """Pixels per side of the output."""

    @property
    def params(self) -> int:
        """Weights, plus scale and shift of each output channel."""
        return self.kernel_size**2 * self.fan_in * self.fan_out + 2 * self.fan_out

    @property
    def flops(self) -> int:
        """Training FLOPs per example: 2 per product, forward and twice that backward."""
        return 6 * self.kernel_size**2 * self.fan_in * self.fan_out * self.output_size**2


def conv_model_size(convs: Sequence[ConvSpec], num_classes: int) -> ModelSize:
    """Size of a chain of convolutions, mean pooling and a linear classifier."""
    last_channels = convs[-1].fan_out
    head = (last_channels + 1) * num_classes
    params = sum(conv.params for conv in convs) + head
    return ModelSize(
        params=params,
        flops_per_token=sum(conv.flops for conv in convs) + 6 * head,
        # A batch norm also stores a running mean and variance, and an 8-byte batch count.
        bytes=4 * (params + sum(2 * conv.fan_out + 2 for conv in convs)),
        activations=4
        * ACTIVATION_COPIES
        * sum(conv.fan_out * conv.output_size**2 for conv in convs),
        layers=LINEAR_LAYER_COST * len(convs),
    )
