"""torch's AdamW on groups of one vector, its moments a vector a group.

Where gradients are apart it is given each parameter by itself, and views of the same vectors.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..records import Train
from .flat import Group

EPSILON = 1e-8


class AdamW:
    """Loshchilov & Hutter 2019, arXiv 1711.05101."""

    def __init__(self, groups: Sequence[Group], recipe: Train) -> None:
        self.groups = groups
        for group in groups:
            group.weight.grad = group.grad
        self._torch = torch.optim.AdamW(
            [
                {"params": _shown(group), "weight_decay": recipe.weight_decay / group.rate}
                for group in groups
            ],
            betas=recipe.betas,
            eps=EPSILON,
            fused=True,
        )
        self.states = [self._state(group) for group in groups]
        """Live `step`, `exp_avg` and `exp_avg_sq` of every group, as torch itself begins them."""

    def step(self, rates: Sequence[float]) -> None:
        """One update, each group at its rate."""
        for rate, group in zip(rates, self._torch.param_groups, strict=True):
            group["lr"] = rate
        self._torch.step()

    def _state(self, group: Group) -> dict[str, Tensor]:
        shown = _shown(group)
        step = torch.zeros(() if group.grad is not None else len(shown), dtype=torch.float32)
        state = {
            "step": step,
            "exp_avg": torch.zeros_like(group.weight),
            "exp_avg_sq": torch.zeros_like(group.weight),
        }
        if group.grad is not None:
            self._torch.state[group.weight] = state
            return state
        moments = zip(
            shown,
            step,
            group.views(state["exp_avg"]),
            group.views(state["exp_avg_sq"]),
            strict=True,
        )
        for parameter, one, first, second in moments:
            self._torch.state[parameter] = {"step": one, "exp_avg": first, "exp_avg_sq": second}
        return state


def _shown(group: Group) -> list[Tensor]:
    """What torch is given to update."""
    return [group.weight] if group.grad is not None else list(group.parameters)
