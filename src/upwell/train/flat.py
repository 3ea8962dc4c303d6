"""All trainable parameters of a module in one vector, equal shapes side by side.

A step of the optimiser is then a handful of kernel calls however many parameters there are:
one norm, one clip, one AdamW, and one batched orthogonalisation for each shape of matrix.

Gradients lie in one vector too, or `apart`, each where the backward pass leaves it: then they take
no memory while the model remembers what it needs of a batch, and are not moved once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
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

    parameters: tuple[nn.Parameter, ...]

    weight: Tensor
    """[n] for vectors, [n, rows, columns] for matrices."""

    grad: Tensor | None
    """Like `weight`; None where gradients are apart."""

    stretch: Tensor | None
    """sqrt(fan-out / fan-in) of each matrix, [n, 1, 1]; None for vectors."""

    @property
    def gathered(self) -> Tensor:
        """The gradient, of a group whose gradients are not apart."""
        assert self.grad is not None
        return self.grad

    def pairs(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Weights and their gradients: all at once, or those of each parameter that has some."""
        if self.grad is not None:
            yield self.weight, self.grad
            return
        yield from ((p.detach(), p.grad) for p in self.parameters if p.grad is not None)

    def views(self, vector: Tensor) -> list[Tensor]:
        """The parameters' places in a vector of the group's own length."""
        found, at = [], 0
        for parameter in self.parameters:
            found.append(_home(vector, parameter, at))
            at += parameter.numel()
        return found


class Flat:
    """Moves a module's parameters into one vector and, unless `apart`, their gradients into
    another.

    The module is used as before; `weight` and `grad` are live views of it. Parameters that
    need no gradient stay where they are.
    """

    def __init__(
        self, module: nn.Module, roles: Mapping[str, Role], *, apart: bool = False
    ) -> None:
        together: dict[tuple[object, ...], list[tuple[nn.Parameter, Role]]] = defaultdict(list)
        trainable = [(n, p) for n, p in module.named_parameters() if p.requires_grad]
        for name, parameter in trainable:
            role = roles[name]
            together[_likeness(parameter, role)].append((parameter, role))
        total = sum(parameter.numel() for _, parameter in trainable)
        self.weight = torch.empty(total)
        self.grad = None if apart else torch.zeros(total)
        self.groups: list[Group] = []
        at = 0
        for alike in together.values():
            end = at + sum(p.numel() for p, _ in alike)
            self._rehome([p for p, _ in alike], at)
            grad = None if self.grad is None else self.grad[at:end]
            self.groups.append(_group(alike, self.weight[at:end], grad))
            at = end

    def norm(self) -> float:
        """Of the whole gradient."""
        if self.grad is not None:
            return float(self.grad.norm())
        return float(torch.tensor([float(grad.norm()) for grad in self._grads()]).norm())

    def scale(self, factor: float) -> None:
        """Multiply the gradient."""
        for grad in self._grads():
            grad.mul_(factor)

    def clear(self) -> None:
        """Set the gradient to zero."""
        if self.grad is not None:
            self.grad.zero_()
            return
        for group in self.groups:
            for parameter in group.parameters:
                parameter.grad = None

    def _grads(self) -> list[Tensor]:
        if self.grad is not None:
            return [self.grad]
        return [grad for group in self.groups for _, grad in group.pairs()]

    def _rehome(self, parameters: list[nn.Parameter], at: int) -> None:
        for parameter in parameters:
            home = _home(self.weight, parameter, at)
            home.copy_(parameter.detach())
            parameter.data = home
            if self.grad is not None:
                parameter.grad = _home(self.grad, parameter, at)
            at += parameter.numel()


def _home(vector: Tensor, parameter: nn.Parameter, at: int) -> Tensor:
    """Where a parameter lives in the vector, its axes in the order of memory that it came with:
    kernels that have their channels last keep them there, and so do their gradients."""
    return vector.as_strided(parameter.shape, parameter.stride(), vector.storage_offset() + at)


def _likeness(parameter: nn.Parameter, role: Role) -> tuple[object, ...]:
    if role.kind == "vector":
        return role.kind, role.rate
    rows = parameter.shape[0] // role.parts
    return role.kind, role.rate, rows, parameter.shape[1:]


def _group(alike: list[tuple[nn.Parameter, Role]], weight: Tensor, grad: Tensor | None) -> Group:
    parameter, role = alike[0]
    parameters = tuple(each for each, _ in alike)
    if role.kind == "vector":
        return Group(role.kind, role.rate, parameters, weight, grad, None)
    rows = parameter.shape[0] // role.parts
    shape = (-1, rows, parameter[0].numel())
    stretch = [(r.fan_out / r.fan_in) ** 0.5 for _, r in alike for _ in range(r.parts)]
    return Group(
        role.kind,
        role.rate,
        parameters,
        weight.view(shape),
        None if grad is None else grad.view(shape),
        torch.tensor(stretch).view(-1, 1, 1),
    )
