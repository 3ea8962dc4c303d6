"""Muon: orthogonalized momentum (Jordan et al. 2024), in float32 and batched over equal shapes.

Muon is usually run in bfloat16, which is tens of times slower than float32 on many CPUs.
"""

from __future__ import annotations

import torch
from torch import Tensor

MUON_MOMENTUM = 0.95
NEWTON_SCHULZ_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Quintic Newton-Schulz iteration that maps singular values in (0, 1] to about [0.7, 1.2]."""


def newton_schulz(matrices: Tensor, steps: int = 5) -> Tensor:
    """Approximately the nearest semi-orthogonal matrix to each matrix of [n, rows, columns]."""
    wide = matrices.shape[-2] <= matrices.shape[-1]
    x = matrices if wide else matrices.mT
    x = x / x.flatten(1).norm(dim=1).add_(1e-7).view(-1, 1, 1)
    a, b, c = NEWTON_SCHULZ_COEFFICIENTS
    for _ in range(steps):
        gram = torch.bmm(x, x.mT)
        inner = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, inner, x, beta=a)
    return x if wide else x.mT


class Muon:
    """One stack of equally shaped matrices and its momentum.

    An update has the spectral norm learning rate x sqrt(fan-out / fan-in), so one learning rate
    suits every width (Bernstein & Newhouse 2024, arXiv 2409.20325).
    """

    def __init__(self, weight: Tensor, grad: Tensor, update_scale: Tensor) -> None:
        self.weight, self.grad, self.update_scale = weight, grad, update_scale
        self.momentum_buffer = torch.zeros_like(weight)

    def step(self, learning_rate: float, weight_decay: float) -> None:
        """One update; `weight_decay` is decoupled, and multiplied by the learning rate."""
        self.momentum_buffer.mul_(MUON_MOMENTUM).add_(self.grad)
        nesterov_grad = torch.add(self.grad, self.momentum_buffer, alpha=MUON_MOMENTUM)
        if weight_decay:
            self.weight.mul_(1 - learning_rate * weight_decay)
        self.weight.addcmul_(newton_schulz(nesterov_grad), self.update_scale, value=-learning_rate)
