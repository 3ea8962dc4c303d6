"""Learning from the worst of what is near: the fast gradient method on embeddings, or on pixels.

Every row is seen as it is, and moved by a small step along the gradient of its loss (Miyato et al.
2017, arXiv 1605.07725; Goodfellow et al. 2015, arXiv 1412.6572 for images).

Axes: B rows of a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..models.network import Batch

PIXELS = ("pixel_values", "input_values", "input_features")
"""What a model is shown that is a number already."""

Losses = Callable[[Batch], dict[str, Tensor]]


def moved(losses: Losses, batch: Batch, model: Any, length: float) -> Tensor:
    """The loss of the batch where each row is moved by `length` against it.

    Raises ModelError for a model that is shown neither words nor numbers.
    """
    shown = next((name for name in PIXELS if name in batch), None)
    if shown is not None:
        return _of_numbers(losses, batch, shown, length)
    embedding = model.get_input_embeddings()
    if embedding is None:
        raise ModelError(f"{type(model).__name__} has no embeddings that a step could be made on")
    return _of_words(losses, batch, embedding, length)


def _of_numbers(losses: Losses, batch: Batch, name: str, length: float) -> Tensor:
    here = batch[name].detach().requires_grad_()
    (slope,) = torch.autograd.grad(_sum(losses({**batch, name: here})), here)
    return _sum(losses({**batch, name: here.detach() + _step(slope, length)}))


def _of_words(losses: Losses, batch: Batch, embedding: nn.Module, length: float) -> Tensor:
    seen: list[Tensor] = []

    def look(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        seen.append(output.detach().requires_grad_())
        return seen[-1]

    hook = embedding.register_forward_hook(look)
    try:
        slopes = torch.autograd.grad(_sum(losses(batch)), seen, allow_unused=True)
    finally:
        hook.remove()
    steps = iter(slopes)

    def move(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        slope = next(steps)
        return output if slope is None else output + _step(slope, length)

    hook = embedding.register_forward_hook(move)
    try:
        return _sum(losses(batch))
    finally:
        hook.remove()


def _step(slope: Tensor, length: float) -> Tensor:
    """`length` along the slope, for each row by itself."""
    norm_B = slope.flatten(1).norm(dim=1).clamp_min(1e-12)
    return slope * (length / norm_B).view(-1, *[1] * (slope.dim() - 1))


def _sum(losses: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(losses.values())).sum()
