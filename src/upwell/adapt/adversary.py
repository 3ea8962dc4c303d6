"""Learning from the worst of what is near: the fast gradient method on embeddings, or on pixels.

Every row is seen as it is, and moved by a small step along the gradient of its loss (Miyato et al.
2017, arXiv 1605.07725; Goodfellow et al. 2015, arXiv 1412.6572 for images). The step is told as a
share of the row's own length, so the same share suits any model.

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


def with_moved(losses: Losses, batch: Batch, model: Any, share: float) -> dict[str, Tensor]:
    """The losses of the batch, and `adversarial`: that of its rows moved against them.

    Raises ModelError for a model that is shown neither words nor numbers.
    """
    shown = next((name for name in PIXELS if name in batch), None)
    if shown is not None:
        return _of_numbers(losses, batch, shown, share)
    embedding = model.get_input_embeddings()
    if embedding is None:
        raise ModelError(f"{type(model).__name__} has no embeddings that a step could be made on")
    return _of_words(losses, batch, embedding, share)


def _of_numbers(losses: Losses, batch: Batch, name: str, share: float) -> dict[str, Tensor]:
    here = batch[name].detach().requires_grad_()
    found = losses({**batch, name: here})
    (slope,) = torch.autograd.grad(_sum(found), here, retain_graph=True)
    moved = losses({**batch, name: here.detach() + _step(here, slope, share)})
    return found | {"adversarial": _sum(moved)}


def _of_words(
    losses: Losses, batch: Batch, embedding: nn.Module, share: float
) -> dict[str, Tensor]:
    seen: list[Tensor] = []

    def look(module: nn.Module, inputs: Any, output: Tensor) -> None:
        # Where the embeddings themselves do not learn, nothing asks for a slope yet.
        seen.append(output if output.requires_grad else output.requires_grad_())

    hook = embedding.register_forward_hook(look)
    try:
        found = losses(batch)
    finally:
        hook.remove()
    slopes = torch.autograd.grad(_sum(found), seen, retain_graph=True, allow_unused=True)
    pairs = zip(seen, slopes, strict=True)
    steps = iter([None if one is None else _step(here, one, share) for here, one in pairs])

    def move(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        step = next(steps)
        return output if step is None else output + step

    hook = embedding.register_forward_hook(move)
    try:
        return found | {"adversarial": _sum(losses(batch))}
    finally:
        hook.remove()


def _step(here: Tensor, slope: Tensor, share: float) -> Tensor:
    """Along the slope, for each row by itself: `share` of the length of what has a slope there, so
    that what a row is filled up with does not count."""
    length_B = (here.detach() * (slope != 0)).flatten(1).norm(dim=1)
    norm_B = slope.flatten(1).norm(dim=1).clamp_min(1e-12)
    return slope * (share * length_B / norm_B).view(-1, *[1] * (slope.dim() - 1))


def _sum(losses: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(losses.values())).sum()
