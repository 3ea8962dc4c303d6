"""The residual network as a torch module. Its dials and its cost are in `resnet.py`.

The last norm of every branch starts at zero, so that a fresh network is its shortcuts alone (Goyal
et al. 2017, arXiv 1706.02677), and so does the last map.

Axes: B images, H rows, W columns, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .answering import Tokenizer
from .classifying import ClassifyingAnswerer
from .convolving import Head, Normed, roles_of
from .labelling import cross_entropy
from .network import Batch
from .resnet import Block, Shape
from .roles import Role
from .seeing import pixels


class Residual(nn.Module):
    """Images to logits [B, classes]."""

    def __init__(self, shape: Shape, dropout: float, base_width: int) -> None:
        super().__init__()
        self.shape = shape
        self.rate = base_width / shape.width
        self.stem = Normed(shape.stem)
        self.blocks = nn.ModuleList(_Block(block) for block in shape.stages)
        self.head = Head(shape.kernels[-1].fan_out, shape.classes, dropout)

    def start(self, seed: int) -> Residual:
        """Draw every weight anew; the same for the same seed."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            self.stem.start(generator)
            for block in self.blocks:
                block.start(generator)
            self.head.start()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """Logits [B, classes]."""
        x = functional.relu_(self.stem(pixels(batch, self.shape.side, self.shape.channels)))
        if self.shape.large:
            x = functional.max_pool2d(x, 3, stride=2, padding=1)
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(x)
        return logits

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """Cross-entropy of the labels, nats an image."""
        return cross_entropy(self(part), part, whole)

    def answerer(self, words: Tokenizer | None) -> ClassifyingAnswerer:
        """Puts images into classes."""
        return ClassifyingAnswerer(self.eval())

    def roles(self) -> dict[str, Role]:
        """Kernels and the last map are matrices, norms and the bias are vectors."""
        return roles_of(self, self.rate)


class _Block(nn.Module):
    """relu(shortcut(x) + branch(x))."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.branch = nn.ModuleList(Normed(kernel) for kernel in block.branch)
        self.shortcut = Normed(block.shortcut) if block.shortcut else None

    def start(self, generator: torch.Generator) -> None:
        """The branch says nothing at first."""
        if self.shortcut is not None:
            self.shortcut.start(generator)
        for layer in self.branch[:-1]:
            layer.start(generator)
        self.branch[-1].start(generator, scale=0.0)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """The same axes, perhaps half as many rows and columns."""
        past = x_BCHW if self.shortcut is None else self.shortcut(x_BCHW)
        for layer in self.branch[:-1]:
            x_BCHW = functional.relu_(layer(x_BCHW))
        return functional.relu_(self.branch[-1](x_BCHW).add_(past))
