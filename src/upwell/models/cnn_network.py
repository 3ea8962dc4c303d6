"""The convolutional network as a torch module. Its dials and its cost are in `cnn.py`.

Axes: B images, H rows, W columns, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .answering import Tokenizer
from .classifying import ClassifyingAnswerer
from .cnn import Shape
from .convolving import Head, Normed, roles_of
from .labelling import cross_entropy
from .network import Batch
from .roles import Role
from .seeing import pixels


class Convolutional(nn.Module):
    """Images to logits [B, classes]."""

    def __init__(self, shape: Shape, dropout: float, base_width: int) -> None:
        super().__init__()
        self.shape = shape
        self.rate = base_width / shape.width
        kernels = shape.kernels
        self.layers = nn.ModuleList(Normed(kernel) for kernel in kernels)
        self.head = Head(kernels[-1].fan_out, shape.classes, dropout)

    def start(self, seed: int) -> Convolutional:
        """Draw every weight anew; the same for the same seed."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for layer in self.layers:
                layer.start(generator)
            self.head.start()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """Logits [B, classes]."""
        x = pixels(batch, self.shape.side, self.shape.channels)
        for layer in self.layers:
            if x.shape[-1] != layer.kernel.side:
                x = functional.max_pool2d(x, 2)
            x = functional.relu_(layer(x))
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
