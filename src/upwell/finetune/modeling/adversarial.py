"""Adversarial training with the fast gradient method, on embeddings or on numeric inputs.

Every row is trained on as it is, and once more after a small step along the gradient of its loss
(Miyato et al. 2017, arXiv 1605.07725; Goodfellow et al. 2015, arXiv 1412.6572 for images). The
length of the step is relative to the length of the row, so one epsilon suits any model.

Axes: B rows of a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import ModelError
from ...models.protocols import Batch

NUMERIC_INPUTS = ("pixel_values", "input_values", "input_features")
"""Inputs that are numbers and can be perturbed directly."""

LossesFn = Callable[[Batch], dict[str, Tensor]]


def fgm_losses(losses_fn: LossesFn, batch: Batch, model: Any, epsilon: float) -> dict[str, Tensor]:
    """The losses of the batch, and "adversarial": the loss of the perturbed rows.

    Raises ModelError for a model that reads neither token ids nor numeric inputs.
    """
    input_name = next((name for name in NUMERIC_INPUTS if name in batch), None)
    if input_name is not None:
        return _perturb_inputs(losses_fn, batch, input_name, epsilon)
    embedding = model.get_input_embeddings()
    if embedding is None:
        raise ModelError(
            f"{type(model).__name__} has no input embeddings to perturb; set fgm_epsilon to 0"
        )
    return _perturb_embeddings(losses_fn, batch, embedding, epsilon)


def _perturb_inputs(
    losses_fn: LossesFn, batch: Batch, input_name: str, epsilon: float
) -> dict[str, Tensor]:
    inputs = batch[input_name].detach().requires_grad_()
    clean_losses = losses_fn({**batch, input_name: inputs})
    (grad,) = torch.autograd.grad(_total_loss(clean_losses), inputs, retain_graph=True)
    perturbed_losses = losses_fn(
        {**batch, input_name: inputs.detach() + _fgm_step(inputs, grad, epsilon)}
    )
    return clean_losses | {"adversarial": _total_loss(perturbed_losses)}


def _perturb_embeddings(
    losses_fn: LossesFn, batch: Batch, embedding: nn.Module, epsilon: float
) -> dict[str, Tensor]:
    embeddings: list[Tensor] = []

    def record_embeddings(module: nn.Module, inputs: Any, output: Tensor) -> None:
        # Frozen embeddings have no gradient unless it is requested here.
        embeddings.append(output if output.requires_grad else output.requires_grad_())

    hook = embedding.register_forward_hook(record_embeddings)
    try:
        clean_losses = losses_fn(batch)
    finally:
        hook.remove()
    grads = torch.autograd.grad(
        _total_loss(clean_losses), embeddings, retain_graph=True, allow_unused=True
    )
    pairs = zip(embeddings, grads, strict=True)
    steps = iter(
        [None if grad is None else _fgm_step(embedded, grad, epsilon) for embedded, grad in pairs]
    )

    def perturb(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        step = next(steps)
        return output if step is None else output + step

    hook = embedding.register_forward_hook(perturb)
    try:
        return clean_losses | {"adversarial": _total_loss(losses_fn(batch))}
    finally:
        hook.remove()


def _fgm_step(inputs: Tensor, grad: Tensor, epsilon: float) -> Tensor:
    """The step of each row: along its gradient, `epsilon` times the length of its inputs.

    Inputs without a gradient, such as padding, do not count towards the length.
    """
    length_B = (inputs.detach() * (grad != 0)).flatten(1).norm(dim=1)
    norm_B = grad.flatten(1).norm(dim=1).clamp_min(1e-12)
    return grad * (epsilon * length_B / norm_B).view(-1, *[1] * (grad.dim() - 1))


def _total_loss(losses: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(losses.values())).sum()
