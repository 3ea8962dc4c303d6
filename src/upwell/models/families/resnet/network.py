"""The residual network as a torch module.

The last norm of every branch starts at zero, so that an untrained network is its shortcuts alone
(Goyal et al. 2017, arXiv 1706.02677). The last map starts at zero too.

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
from .config import ResidualBlockConfig, ResNetConfig


class ResNet(nn.Module, TrainableModel):
    """Images to logits [B, classes]."""

    def __init__(self, config: ResNetConfig, dropout: float, base_width: int) -> None:
        super().__init__()
        self.config = config
        self.lr_scale = base_width / config.width
        self.stem = ConvBN(config.stem)
        self.blocks = nn.ModuleList(ResidualBlock(block) for block in config.all_blocks)
        self.head = ClassifierHead(config.convs[-1].fan_out, config.num_classes, dropout)

    def reset_parameters(self, seed: int) -> ResNet:
        """Initialize every weight from the seed. Returns itself."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            self.stem.reset_parameters(generator)
            for block in self.blocks:
                block.reset_parameters(generator)
            self.head.reset_parameters()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """Logits [B, classes]."""
        x = functional.relu_(
            self.stem(image_tensor(batch, self.config.image_size, self.config.channels))
        )
        if self.config.large_stem:
            x = functional.max_pool2d(x, 3, stride=2, padding=1)
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(x)
        return logits

    def losses(self, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
        """`loss`: cross-entropy, nats per image."""
        return cross_entropy(self(micro_batch), micro_batch, batch)

    def param_roles(self) -> dict[str, ParamRole]:
        """Convolutions and the last map are matrices, norms and the bias are vectors."""
        return build_param_roles(self, self.lr_scale)


class ResidualBlock(nn.Module):
    """relu(shortcut(x) + branch(x))."""

    def __init__(self, config: ResidualBlockConfig) -> None:
        super().__init__()
        self.branch = nn.ModuleList(ConvBN(conv) for conv in config.branch)
        self.shortcut = ConvBN(config.shortcut) if config.shortcut else None

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Initialize every weight; the branch starts at zero."""
        if self.shortcut is not None:
            self.shortcut.reset_parameters(generator)
        for layer in self.branch[:-1]:
            layer.reset_parameters(generator)
        self.branch[-1].reset_parameters(generator, scale=0.0)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """The same axes, with half as many rows and columns after a stride of 2."""
        skip = x_BCHW if self.shortcut is None else self.shortcut(x_BCHW)
        for layer in self.branch[:-1]:
            x_BCHW = functional.relu_(layer(x_BCHW))
        return functional.relu_(self.branch[-1](x_BCHW).add_(skip))
