"""All trainable parameters of a module in one vector, equal shapes side by side.

An optimizer step is then a few kernel calls: one norm, one clip, one AdamW, and one batched
orthogonalization per matrix shape.

Gradients are in one vector too, or separate, where the backward pass leaves them. Separate
gradients are not copied, and take no memory during the forward pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..models.protocols import ParamRole


@dataclass(frozen=True, eq=False)
class ParamGroup:
    """Parameters that are updated alike; views of the one vector."""

    kind: str
    lr_scale: float
    """Multiplier of AdamW's learning rate."""

    parameters: tuple[nn.Parameter, ...]

    weight: Tensor
    """[n] for vectors, [n, rows, columns] for matrices."""

    grad: Tensor | None
    """Like `weight`; None with separate gradients."""

    update_scale: Tensor | None
    """sqrt(fan-out / fan-in) of each matrix, [n, 1, 1]; None for vectors."""

    @property
    def grad_or_raise(self) -> Tensor:
        """The gradient. Fails with separate gradients."""
        assert self.grad is not None
        return self.grad

    def pairs(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Weights with their gradients: the whole group, or each parameter with a separate one."""
        if self.grad is not None:
            yield self.weight, self.grad
            return
        yield from ((p.detach(), p.grad) for p in self.parameters if p.grad is not None)

    def views(self, vector: Tensor) -> list[Tensor]:
        """Views of a vector of the group's length, one per parameter."""
        slices, offset = [], 0
        for parameter in self.parameters:
            slices.append(_view_at(vector, parameter, offset))
            offset += parameter.numel()
        return slices


class FlatParams:
    """Moves a module's parameters into one vector and their gradients into another.

    The module is used as before; `weight` and `grad` are its live parameters and gradients.
    Parameters that need no gradient stay where they are. With `separate_grads`, `grad` is None.
    """

    def __init__(
        self,
        module: nn.Module,
        param_roles: Mapping[str, ParamRole],
        *,
        separate_grads: bool = False,
    ) -> None:
        members_by_key: dict[tuple[object, ...], list[tuple[nn.Parameter, ParamRole]]] = (
            defaultdict(list)
        )
        trainable = [(n, p) for n, p in module.named_parameters() if p.requires_grad]
        for name, parameter in trainable:
            role = param_roles[name]
            members_by_key[_group_key(parameter, role)].append((parameter, role))
        total = sum(parameter.numel() for _, parameter in trainable)
        self.weight = torch.empty(total)
        self.grad = None if separate_grads else torch.zeros(total)
        self.groups: list[ParamGroup] = []
        start = 0
        for members in members_by_key.values():
            end = start + sum(p.numel() for p, _ in members)
            self._move_into_vector([p for p, _ in members], start)
            grad = None if self.grad is None else self.grad[start:end]
            self.groups.append(_build_group(members, self.weight[start:end], grad))
            start = end

    def grad_norm(self) -> float:
        """Norm of the whole gradient."""
        if self.grad is not None:
            return float(self.grad.norm())
        return float(torch.tensor([float(grad.norm()) for grad in self._grads()]).norm())

    def scale_grad(self, factor: float) -> None:
        """Multiply the gradient."""
        for grad in self._grads():
            grad.mul_(factor)

    def zero_grad(self) -> None:
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

    def _move_into_vector(self, parameters: list[nn.Parameter], offset: int) -> None:
        for parameter in parameters:
            view = _view_at(self.weight, parameter, offset)
            view.copy_(parameter.detach())
            parameter.data = view
            if self.grad is not None:
                parameter.grad = _view_at(self.grad, parameter, offset)
            offset += parameter.numel()


def _view_at(vector: Tensor, parameter: nn.Parameter, offset: int) -> Tensor:
    """View of a parameter in the vector, with the strides of the parameter.

    Channels-last kernels stay channels-last, and so do their gradients.
    """
    return vector.as_strided(parameter.shape, parameter.stride(), vector.storage_offset() + offset)


def _group_key(parameter: nn.Parameter, role: ParamRole) -> tuple[object, ...]:
    if role.kind == "vector":
        return role.kind, role.lr_scale
    rows = parameter.shape[0] // role.stacked
    return role.kind, role.lr_scale, rows, parameter.shape[1:]


def _build_group(
    members: list[tuple[nn.Parameter, ParamRole]], weight: Tensor, grad: Tensor | None
) -> ParamGroup:
    parameter, role = members[0]
    parameters = tuple(member for member, _ in members)
    if role.kind == "vector":
        return ParamGroup(role.kind, role.lr_scale, parameters, weight, grad, None)
    rows = parameter.shape[0] // role.stacked
    shape = (-1, rows, parameter[0].numel())
    update_scale = [
        (member_role.fan_out / member_role.fan_in) ** 0.5
        for _, member_role in members
        for _ in range(member_role.stacked)
    ]
    return ParamGroup(
        role.kind,
        role.lr_scale,
        parameters,
        weight.view(shape),
        None if grad is None else grad.view(shape),
        torch.tensor(update_scale).view(-1, 1, 1),
    )
