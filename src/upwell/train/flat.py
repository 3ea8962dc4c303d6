"""All trainable parameters of a module in one vector, equal shapes side by side.

A step of the optimiser is then a handful of kernel calls however many parameters there are:
one norm, one clip, one AdamW, and one batched orthogonalisation for each shape of matrix.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..models.roles import Role


@dataclass(frozen=True, eq=False)
class Group:
    """Parameters that are updated alike; views of the one vector."""

    kind: str
    rate: float
    """Multiplier of AdamW's learning rate."""

    weight: Tensor
    """[n] for vectors, [n, rows, columns] for matrices."""

    grad: Tensor
    stretch: Tensor | None
    """sqrt(fan-out / fan-in) of each matrix, [n, 1, 1]; None for vectors."""


class Flat:
    """Moves a module's parameters into one vector and their gradients into another.

    The module is used as before; `weight` and `grad` are live views of it. Parameters that
    need no gradient stay where they are.
    """

    def __init__(self, module: nn.Module, roles: Mapping[str, Role]) -> None:
        together: dict[tuple[object, ...], list[tuple[nn.Parameter, Role]]] = defaultdict(list)
        trainable = [(n, p) for n, p in module.named_parameters() if p.requires_grad]
        for name, parameter in trainable:
            role = roles[name]
            together[_likeness(parameter, role)].append((parameter, role))
        total = sum(parameter.numel() for _, parameter in trainable)
        self.weight, self.grad = torch.empty(total), torch.zeros(total)
        self.groups: list[Group] = []
        at = 0
        for alike in together.values():
            end = at + sum(p.numel() for p, _ in alike)
            self._rehome([p for p, _ in alike], at)
            self.groups.append(_group(alike, self.weight[at:end], self.grad[at:end]))
            at = end

    def _rehome(self, parameters: list[nn.Parameter], at: int) -> None:
        for parameter in parameters:
            home = _home(self.weight, parameter, at)
            home.copy_(parameter.detach())
            parameter.data = home
            parameter.grad = _home(self.grad, parameter, at)
            at += parameter.numel()


def _home(vector: Tensor, parameter: nn.Parameter, at: int) -> Tensor:
    """Where a parameter lives in the vector, its axes in the order of memory that it came with:
    kernels that have their channels last keep them there, and so do their gradients."""
    return vector.as_strided(parameter.shape, parameter.stride(), at)


def _likeness(parameter: nn.Parameter, role: Role) -> tuple[object, ...]:
    if role.kind == "vector":
        return role.kind, role.rate
    rows = parameter.shape[0] // role.parts
    return role.kind, role.rate, rows, parameter.shape[1:]


def _group(alike: list[tuple[nn.Parameter, Role]], weight: Tensor, grad: Tensor) -> Group:
    parameter, role = alike[0]
    if role.kind == "vector":
        return Group(role.kind, role.rate, weight, grad, None)
    rows = parameter.shape[0] // role.parts
    shape = (-1, rows, parameter[0].numel())
    stretch = [(r.fan_out / r.fan_in) ** 0.5 for _, r in alike for _ in range(r.parts)]
    return Group(
        role.kind,
        role.rate,
        weight.view(shape),
        grad.view(shape),
        torch.tensor(stretch).view(-1, 1, 1),
    )
