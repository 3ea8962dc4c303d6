"""The network that is trained: a task model with a loss and a role for each parameter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from ...models.protocols import Batch, ParamRole, TrainableModel
from ...records import FinetuneSpec
from .adversarial import fgm_losses
from .heads import TaskModel

LAYER_PATTERN = re.compile(r"\b(?:layers?|h|blocks?|block)\.(\d+)\.")
"""Finds the layer index in the name of a parameter."""

LossFn = Callable[[Any, Batch, Batch, FinetuneSpec], dict[str, Tensor]]
"""(model outputs, micro-batch, whole batch, spec) to losses by name, as `Network.losses`."""


class FinetuneModule(nn.Module, TrainableModel):
    """A task model with the loss of the task."""

    def __init__(
        self,
        model: TaskModel,
        spec: FinetuneSpec,
        loss_fn: LossFn,
        class_weights: Tensor | None = None,
    ) -> None:
        """`class_weights` [C] weight the labels in the loss; None weights all rows equally."""
        super().__init__()
        self.model, self.spec, self.loss_fn = model, spec, loss_fn
        self.register_buffer("weights", class_weights, persistent=False)
        if spec.dropout is not None:
            _set_dropout(model, spec.dropout)

    def forward(self, batch: Batch) -> Any:
        """Outputs of the task model: logits if it has a linear head."""
        return self.model(batch)

    def losses(self, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
        """Losses of the micro-batch by name.

        Training with `fgm_epsilon` adds the loss of adversarially perturbed rows.
        """
        weights: Any = self.weights
        extra = {} if weights is None else {"label_weights": weights}

        def task_loss(rows: Batch) -> dict[str, Tensor]:
            return self.loss_fn(self(rows), {**rows, **extra}, {**batch, **extra}, self.spec)

        if not (self.training and self.spec.fgm_epsilon):
            return task_loss(micro_batch)
        return fgm_losses(task_loss, micro_batch, self.model.encoder, self.spec.fgm_epsilon)

    def param_roles(self) -> Mapping[str, ParamRole]:
        """{name: role} of the trainable parameters.

        Lower layers and the head have their own learning rate scale.
        """
        names = [name for name, parameter in self.named_parameters() if parameter.requires_grad]
        head = self.model.head
        head_ids = set() if head is None else {id(parameter) for parameter in head.parameters()}
        names_by_id = {id(p): name for name, p in self.named_parameters()}
        head_names = {names_by_id[parameter_id] for parameter_id in head_ids}
        top_layer = 1 + max(
            (int(match[1]) for name in names if (match := LAYER_PATTERN.search(name))), default=0
        )
        parameters = dict(self.named_parameters())
        return {
            name: _param_role(parameters[name], self._lr_scale(name, top_layer, name in head_names))
            for name in names
        }

    def _lr_scale(self, name: str, top_layer: int, is_head: bool) -> float:
        if is_head:
            return self.spec.head_lr_scale
        match = LAYER_PATTERN.search(name)
        if match is None and "embed" not in name:
            return 1.0
        depth = 0 if match is None else 1 + int(match[1])
        return float(self.spec.layer_lr_decay ** (top_layer - depth))


def count_trainable(network: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def _param_role(parameter: nn.Parameter, lr_scale: float) -> ParamRole:
    if parameter.dim() < 2:
        return ParamRole(kind="vector", lr_scale=lr_scale)
    rows, columns = parameter.shape[0], parameter[0].numel()
    return ParamRole(kind="matrix", lr_scale=lr_scale, fan_in=columns, fan_out=rows)


def _set_dropout(model: nn.Module, probability: float) -> None:
    """Set the probability of every dropout layer."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = probability
