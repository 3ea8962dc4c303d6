"""The convolutional network as a torch module.

Axes: B images, H rows, W columns, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...layers.conv import ClassifierHead, ConvBN, build_param_roles
from ...layers.inputs import image_tensor
from ...layers.losses import cross_entropy
from ...protocols import Batch, ParamRole, TrainableModel
from .config import CNNConfig


class CNN(nn.Module, TrainableModel):
    """Images to logits [B, classes]."""

    def __init__(self, config: CNNConfig, dropout: float, base_width: int) -> None:
        super().__init__()
        self.config = config
        self.lr_scale = base_width / config.width
        convs = config.convs
        self.layers = nn.ModuleList(ConvBN(conv) for conv in convs)
        self.head = ClassifierHead(convs[-1].fan_out, config.num_classes, dropout)

    def reset_parameters(self, seed: int) -> CNN:
        """Initialize every weight from the seed. Returns itself."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for layer in self.layers:
                layer.reset_parameters(generator)
            self.head.reset_parameters()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """Logits [B, classes]."""
        x = image_tensor(batch, self.config.image_size, self.config.channels)
        for layer in self.layers:
            if x.shape[-1] != layer.spec.output_size:
                x = functional.max_pool2d(x, 2)
            x = functional.relu_(layer(x))
        logits: Tensor = self.head(x)
        return logits

    def losses(self, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
        """`loss`: cross-entropy, nats per image."""
        return cross_entropy(self(micro_batch), micro_batch, batch)

    def param_roles(self) -> dict[str, ParamRole]:
        """Convolutions and the last map are matrices, norms and the bias are vectors."""
        return build_param_roles(self, self.lr_scale)
