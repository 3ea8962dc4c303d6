"""Losses of language models and classifiers.

Each loss is the micro-batch's share of the mean over the whole batch.

Axes: B rows, T positions, V vocabulary, C classes.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from ...errors import DataError
from ..protocols import Batch


def next_token_loss(
    module: Callable[[Tensor], Tensor], micro_batch: Batch, batch: Batch
) -> dict[str, Tensor]:
    """`loss`: cross-entropy of the next token, nats per token.

    `tokens` [B, T + 1] has the inputs and, one further, the targets; `weights` [B, T] weighs the
    targets.
    """
    tokens, weights = micro_batch["tokens"], micro_batch["weights"]
    logits_BTV = module(tokens[:, :-1])
    losses = functional.cross_entropy(
        logits_BTV.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none"
    )
    return {"loss": torch.dot(losses, weights.flatten()) / batch["weights"].sum()}


def cross_entropy(logits_BC: Tensor, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
    """`loss`: cross-entropy against `label` [B], nats per example.

    For mixed examples the first label has the weight `mixup_weight` [B], and `mixup_label` [B] the
    rest. Raises DataError for a label that the network has no class for.
    """
    label_B, num_classes = micro_batch["label"], logits_BC.shape[-1]
    if int(label_B.max()) >= num_classes:
        raise DataError(
            f"the data have a class {int(label_B.max())} and the model has classes 0 to "
            f"{num_classes - 1}; set num_classes to the number of classes in the data"
        )
    if "mixup_weight" not in micro_batch:
        total = functional.cross_entropy(logits_BC, label_B, reduction="sum")
        return {"loss": total / len(batch["label"])}
    first, second = (
        functional.cross_entropy(logits_BC, micro_batch[name], reduction="none")
        for name in ("label", "mixup_label")
    )
    return {
        "loss": torch.lerp(second, first, micro_batch["mixup_weight"]).sum() / len(batch["label"])
    }
