"""The decoder's layers for networks that read vectors: attention and gated feed-forward, stacked.

What a position is, and who may look at whom, is the network's own affair.

Axes: B rows, T positions, D head width, W width, F feed-forward width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .fused import attention, feed_forward
from .roles import Role


class Blocks(nn.Module):
    """[B, T, W] to [B, T, W] through `depth` layers, each added to what it was given."""

    def __init__(self, width: int, depth: int, head: int, hidden: int) -> None:
        super().__init__()
        self.width, self.depth, self.head, self.hidden = width, depth, head, hidden
        self.qkv = _layers(depth, 3 * width, width)
        self.out = _layers(depth, width, width)
        self.gate_up = _layers(depth, 2 * hidden, width)
        self.down = _layers(depth, hidden, width)

    def start(self, generator: torch.Generator) -> None:
        """Draw every weight anew with variance 1/fan-in."""
        for layer in range(self.depth):
            for stack in (self.qkv, self.out, self.gate_up, self.down):
                fan_in = self.hidden if stack is self.down else self.width
                stack[layer].normal_(0, fan_in**-0.5, generator=generator)

    def forward(self, x_BTW: Tensor, places: tuple[Tensor, Tensor], branch: float) -> Tensor:
        """`places` are turns, complex [T, D/2], and a mask [T, T] with -inf where nobody looks.

        Scores are q k / sqrt(D) (Vaswani et al. 2017, arXiv 1706.03762); `branch` weighs layers.
        """
        x, heads, scale = x_BTW, self.width // self.head, self.head**-0.5
        for layer in range(self.depth):
            x = attention(x, self.qkv[layer], self.out[layer], places, heads, scale, branch)
            x = feed_forward(x, self.gate_up[layer], self.down[layer], branch)
        return x

    def roles(self, prefix: str, rate: float) -> dict[str, Role]:
        """What each parameter is for, by its name in a network that calls this `prefix`."""
        W, F = self.width, self.hidden
        kinds = {
            "qkv": Role(kind="matrix", parts=3, rate=rate, fan_in=W, fan_out=W),
            "out": Role(kind="matrix", rate=rate, fan_in=W, fan_out=W),
            "gate_up": Role(kind="matrix", parts=2, rate=rate, fan_in=W, fan_out=F),
            "down": Role(kind="matrix", rate=rate, fan_in=F, fan_out=W),
        }
        names = (name for name, _ in self.named_parameters())
        return {f"{prefix}.{name}": kinds[name.split(".")[0]] for name in names}


def turns_of(tokens: int, head: int, base: float) -> Tensor:
    """Rotary turns of so many positions, complex [T, D/2] (Su et al. 2021, arXiv 2104.09864)."""
    angle = torch.outer(
        torch.arange(tokens, dtype=torch.float64),
        base ** (-torch.arange(0, head, 2, dtype=torch.float64) / head),
    )
    return torch.polar(torch.ones_like(angle), angle).to(torch.complex64)


def _layers(depth: int, rows: int, columns: int) -> nn.ParameterList:
    return nn.ParameterList(nn.Parameter(torch.empty(rows, columns)) for _ in range(depth))
