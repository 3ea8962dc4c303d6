"""What convolutional networks share: kernels with their norms, how they start, what they are for.

Images come channels last, as data hold them, and stay so: on a CPU a step takes a fifth to a
third less time than channels first.

Axes: B images, H rows, W columns, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .kernels import Kernel
from .roles import Role


class Normed(nn.Module):
    """A kernel and the batch norm after it (Ioffe & Szegedy 2015, arXiv 1502.03167)."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__()
        self.kernel = kernel
        self.conv = nn.Conv2d(
            kernel.fan_in,
            kernel.fan_out,
            kernel.size,
            stride=kernel.stride,
            padding=kernel.size // 2,
            bias=False,
        ).to(memory_format=torch.channels_last)
        self.norm = nn.BatchNorm2d(kernel.fan_out)

    def start(self, generator: torch.Generator, scale: float = 1.0) -> None:
        """Weights of variance 2/fan-in (He et al. 2015, arXiv 1502.01852), the norm's gain."""
        fan_in = self.conv.weight[0].numel()
        self.conv.weight.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
        self.norm.reset_parameters()
        self.norm.weight.fill_(scale)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Normed, not yet rectified."""
        normed: Tensor = self.norm(self.conv(x_BCHW))
        return normed


class Head(nn.Module):
    """A mean over all places, dropout, and a linear map that starts at zero."""

    def __init__(self, width: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.linear, self.dropout = nn.Linear(width, classes), dropout

    def start(self) -> None:
        """All classes equally probable."""
        self.linear.weight.zero_()
        self.linear.bias.zero_()

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Logits [B, classes]."""
        means = functional.dropout(x_BCHW.mean((2, 3)), self.dropout, self.training)
        logits: Tensor = self.linear(means)
        return logits


def roles_of(module: nn.Module, rate: float) -> dict[str, Role]:
    """Kernels and the last map are matrices. `rate` is that of a map whose fan-in grows with the
    width; the kernel that reads the image is not one."""
    roles = {name: Role(kind="vector") for name, _ in module.named_parameters()}
    first = True
    for name, part in module.named_modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            rows, columns = part.weight.flatten(1).shape
            roles[f"{name}.weight"] = Role(
                kind="matrix", rate=1.0 if first else rate, fan_in=columns, fan_out=rows
            )
            first = False
    return roles
