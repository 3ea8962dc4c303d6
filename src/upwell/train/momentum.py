"""Stochastic gradient descent with Nesterov's momentum (Sutskever et al. 2013)."""

from __future__ import annotations

import torch
from torch import Tensor


class Momentum:
    """One stack of parameters and its velocity."""

    def __init__(self, weight: Tensor, grad: Tensor, momentum: float) -> None:
        self.weight, self.grad, self.keep = weight, grad, momentum
        self.momentum = torch.zeros_like(weight)

    def step(self, rate: float, decay: float) -> None:
        """One update; `decay` is decoupled weight decay, multiplied by the rate."""
        self.momentum.mul_(self.keep).add_(self.grad)
        if decay:
            self.weight.mul_(1 - rate * decay)
        self.weight.add_(self.grad, alpha=-rate).add_(self.momentum, alpha=-rate * self.keep)
