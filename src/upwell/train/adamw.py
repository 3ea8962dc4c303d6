"""torch's AdamW on parameter groups; the moments of a group are one tensor.

With separate gradients torch gets each parameter by itself, and its moments are views of that
tensor.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..records import Train
from .flat_params import ParamGroup

ADAM_EPSILON = 1e-8


class AdamW:
    """AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101)."""

    def __init__(self, groups: Sequence[ParamGroup], recipe: Train) -> None:
        self.groups = groups
        for group in groups:
            group.weight.grad = group.grad
        self._torch = torch.optim.AdamW(
            [
                {
                    "params": _params_to_update(group),
                    "weight_decay": recipe.weight_decay / group.lr_scale,
                }
                for group in groups
            ],
            betas=recipe.betas,
            eps=ADAM_EPSILON,
            fused=True,
        )
        self.states = [self._state(group) for group in groups]
        """Live `step`, `exp_avg` and `exp_avg_sq` of every group, initialized as torch does."""

    def step(self, learning_rates: Sequence[float]) -> None:
        """One update, with the learning rate of each group."""
        for learning_rate, group in zip(learning_rates, self._torch.param_groups, strict=True):
            group["lr"] = learning_rate
        self._torch.step()

    def _state(self, group: ParamGroup) -> dict[str, Tensor]:
        parameters = _params_to_update(group)
        step = torch.zeros(() if group.grad is not None else len(parameters), dtype=torch.float32)
        state = {
            "step": step,
            "exp_avg": torch.zeros_like(group.weight),
            "exp_avg_sq": torch.zeros_like(group.weight),
        }
        if group.grad is not None:
            self._torch.state[group.weight] = state
            return state
        parameter_states = zip(
            parameters,
            step,
            group.views(state["exp_avg"]),
            group.views(state["exp_avg_sq"]),
            strict=True,
        )
        for parameter, parameter_step, exp_avg, exp_avg_sq in parameter_states:
            self._torch.state[parameter] = {
                "step": parameter_step,
                "exp_avg": exp_avg,
                "exp_avg_sq": exp_avg_sq,
            }
        return state


def _params_to_update(group: ParamGroup) -> list[Tensor]:
    """Tensors that torch updates."""
    return [group.weight] if group.grad is not None else list(group.parameters)
