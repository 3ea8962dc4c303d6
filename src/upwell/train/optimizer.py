"""Updates of all parameters: AdamW, SGD, or Muon on matrices and AdamW on the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..errors import SpecError
from ..records import Train
from .adamw import AdamW
from .flat_params import FlatParams, ParamGroup
from .muon import Muon

OPTIMIZERS = ("muon", "adamw", "sgd")


class Optimizer:
    """Adds penalties, clips, updates and clears the gradient. Its state is a few named tensors."""

    def __init__(self, flat_params: FlatParams, recipe: Train) -> None:
        if recipe.optimizer not in OPTIMIZERS:
            raise SpecError(f"optimizer is {recipe.optimizer!r}; choices: {', '.join(OPTIMIZERS)}")
        self.flat_params, self.recipe = flat_params, recipe
        self.muons = [
            Muon(group.weight, group.grad_or_raise, group.update_scale)
            for group in flat_params.groups
            if group.update_scale is not None and recipe.optimizer == "muon"
        ]
        other_groups = [
            g for g in flat_params.groups if g.update_scale is None or recipe.optimizer != "muon"
        ]
        self.peak_lrs = [_peak_lr(group, recipe) for group in other_groups]
        self.sgd = NesterovSGD(other_groups, recipe) if recipe.optimizer == "sgd" else None
        self.adamw = None if self.sgd or not other_groups else AdamW(other_groups, recipe)

    def step(self, lr_fraction: float) -> float:
        """Update at a fraction of the peak learning rates, and clear the gradient.

        Returns the norm of the gradient before clipping. A gradient that is not finite changes
        nothing.
        """
        self._add_penalties()
        norm = self.flat_params.grad_norm()
        if norm != norm or norm == float("inf"):
            self.flat_params.zero_grad()
            return norm
        if norm > self.recipe.max_grad_norm:
            self.flat_params.scale_grad(self.recipe.max_grad_norm / norm)
        weight_decay = self.recipe.weight_decay
        for muon in self.muons:
            muon.step(self.recipe.learning_rate * lr_fraction, weight_decay)
        if (other := self.adamw or self.sgd) is not None:
            other.step([peak_lr * lr_fraction for peak_lr in self.peak_lrs])
        self.flat_params.zero_grad()
        return norm

    def _add_penalties(self) -> None:
        """Add the gradient of the L1 and L2 penalties of matrices."""
        l1, l2 = self.recipe.l1, self.recipe.l2
        if not (l1 or l2):
            return
        for group in self.flat_params.groups:
            if group.kind == "matrix":
                for weight, grad in group.pairs():
                    grad.add_(weight, alpha=l2).add_(weight.sign(), alpha=l1)

    def state_dict(self) -> dict[str, Tensor]:
        """Live tensors of the state, by name."""
        tensors = {f"muon.{i}": muon.momentum_buffer for i, muon in enumerate(self.muons)}
        for i, buffer in enumerate([] if self.sgd is None else self.sgd.momentum_buffers):
            tensors[f"sgd.{i}"] = buffer
        for i, state in enumerate([] if self.adamw is None else self.adamw.states):
            tensors |= {f"adamw.{i}.{name}": value for name, value in state.items()}
        return tensors

    def load_state_dict(self, tensors: Mapping[str, Tensor]) -> None:
        """Copy a state from `state_dict` back in."""
        for name, value in self.state_dict().items():
            value.copy_(tensors[name])


class NesterovSGD:
    """SGD with Nesterov momentum (Sutskever et al. 2013) on groups of one tensor each.

    torch.optim.SGD rounds differently, and takes four times as long on groups of 20 thousand
    parameters.
    """

    def __init__(self, groups: Sequence[ParamGroup], recipe: Train) -> None:
        self.groups, self.momentum, self.weight_decay = groups, recipe.betas[0], recipe.weight_decay
        self.momentum_buffers = [torch.zeros_like(group.weight) for group in groups]

    def step(self, learning_rates: Sequence[float]) -> None:
        """One update, with the learning rate of each group."""
        for group, buffer, lr in zip(
            self.groups, self.momentum_buffers, learning_rates, strict=True
        ):
            buffer.mul_(self.momentum).add_(group.grad_or_raise)
            if self.weight_decay:
                group.weight.mul_(1 - lr * self.weight_decay)
            group.weight.add_(group.grad_or_raise, alpha=-lr)
            group.weight.add_(buffer, alpha=-lr * self.momentum)


def _peak_lr(group: ParamGroup, recipe: Train) -> float:
    """Peak learning rate of a group: that of its kind, times the multiplier of its role."""
    peak_lr = recipe.learning_rate if group.kind == "matrix" else recipe.embedding_lr
    return peak_lr * group.lr_scale
