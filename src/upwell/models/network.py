"""What `build` of a family gives: a torch module that can be trained, and asked afterwards.

Axes: B rows of a batch, T positions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from .answering import Answerer, Tokenizer
from .roles import Role

if TYPE_CHECKING:
    from torch import nn

Batch: TypeAlias = Mapping[str, Tensor]
"""Rows to learn from: named tensors whose first axis is B."""


class Network(Protocol):
    """A `torch.nn.Module` that keeps these three promises; every family has its own."""

    def roles(self) -> Mapping[str, Role]:
        """What each parameter is for, by its name."""

    def losses(self, part: Batch, whole: Batch) -> Mapping[str, Tensor]:
        """Losses of some rows of a batch, by name; their sum is minimised.

        Each is the part's share of the mean over the whole batch, so that the parts of a batch
        add up to the same gradient whatever their number.
        """

    def answerer(self, words: Tokenizer | None) -> Answerer:
        """The module in eval mode, as something that can be asked."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """As `torch.nn.Module` has it."""

    def state_dict(self) -> dict[str, Any]:
        """As `torch.nn.Module` has it."""


def next_token(module: Any, part: Batch, whole: Batch) -> dict[str, Tensor]:
    """The loss of a causal language model, in nats a token: `tokens` [B, T + 1] and the
    `weights` [B, T] of the targets, the tokens from the second on."""
    tokens, weights = part["tokens"], part["weights"]
    logits_BTV = module(tokens[:, :-1])
    losses = functional.cross_entropy(
        logits_BTV.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none"
    )
    return {"loss": torch.dot(losses, weights.flatten()) / whole["weights"].sum()}
