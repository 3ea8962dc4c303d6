"""Stacked decoder layers: causal attention and a gated feed-forward layer each.

Positions and the attention mask are up to the network that uses them.

Axes: B rows, T positions, D head width, W width, F feed-forward width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..protocols import ParamRole
from .fused_transformer import attention, feed_forward


class TransformerStack(nn.Module):
    """Residual layers on vectors: [B, T, W] to [B, T, W]."""

    def __init__(self, width: int, depth: int, head_dim: int, intermediate_size: int) -> None:
        super().__init__()
        self.width, self.depth, self.head_dim, self.intermediate_size = (
            width,
            depth,
            head_dim,
            intermediate_size,
        )
        self.qkv = make_matrices(depth, 3 * width, width)
        self.out = make_matrices(depth, width, width)
        self.gate_up = make_matrices(depth, 2 * intermediate_size, width)
        self.down = make_matrices(depth, intermediate_size, width)

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Initialize every weight with variance 1/fan-in."""
        init_matrices((self.qkv, self.out, self.gate_up), self.down, generator)

    def forward(
        self, x_BTW: Tensor, rotary_and_mask: tuple[Tensor, Tensor], residual_scale: float
    ) -> Tensor:
        """States of the last layer.

        `rotary_and_mask` are rotary factors, complex [T, D/2], and a mask [T, T] with -inf where
        attention is not allowed. Scores are q k / sqrt(D) (Vaswani et al. 2017, arXiv 1706.03762).
        `residual_scale` multiplies what each branch adds.
        """
        x, num_heads, scale = x_BTW, self.width // self.head_dim, self.head_dim**-0.5
        for layer in range(self.depth):
            x = attention(
                x,
                self.qkv[layer],
                self.out[layer],
                rotary_and_mask,
                num_heads,
                scale,
                residual_scale,
            )
            x = feed_forward(x, self.gate_up[layer], self.down[layer], residual_scale)
        return x

    def param_roles(self, prefix: str, lr_scale: float) -> dict[str, ParamRole]:
        """Role of each parameter, by its name in a network that has this stack as `prefix`."""
        roles = transformer_param_roles(self.width, self.intermediate_size, lr_scale)
        names = (name for name, _ in self.named_parameters())
        return {f"{prefix}.{name}": roles[name.split(".")[0]] for name in names}


def rotary_frequencies(tokens: int, head_dim: int, base: float) -> Tensor:
    """Rotary factors of `tokens` positions, complex [T, D/2] (Su et al. 2021, arXiv 2104.09864)."""
    angle = torch.outer(
        torch.arange(tokens, dtype=torch.float64),
        base ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim),
    )
    return torch.polar(torch.ones_like(angle), angle).to(torch.complex64)


def transformer_param_roles(
    width: int, intermediate_size: int, lr_scale: float
) -> dict[str, ParamRole]:
    """Role of each kind of matrix of a layer, by its name."""
    W, F = width, intermediate_size
    return {
        "qkv": ParamRole(kind="matrix", stacked=3, lr_scale=lr_scale, fan_in=W, fan_out=W),
        "out": ParamRole(kind="matrix", lr_scale=lr_scale, fan_in=W, fan_out=W),
        "gate_up": ParamRole(kind="matrix", stacked=2, lr_scale=lr_scale, fan_in=W, fan_out=F),
        "down": ParamRole(kind="matrix", lr_scale=lr_scale, fan_in=F, fan_out=W),
    }


def init_matrices(
    stacks: Sequence[nn.ParameterList], down: nn.ParameterList, generator: torch.Generator
) -> None:
    """Draw the matrices, layer by layer, with variance 1/fan-in.

    The fan-in is the second axis; of `down`, which is stored transposed, it is the first.
    """
    for layer, down_FW in enumerate(down):
        for stack in stacks:
            stack[layer].normal_(0, stack[layer].shape[1] ** -0.5, generator=generator)
        down_FW.normal_(0, down_FW.shape[0] ** -0.5, generator=generator)


def make_matrices(depth: int, rows: int, columns: int) -> nn.ParameterList:
    """Uninitialized matrices, one per layer."""
    return nn.ParameterList(nn.Parameter(torch.empty(rows, columns)) for _ in range(depth))
