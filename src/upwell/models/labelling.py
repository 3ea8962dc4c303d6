"""The loss of a classifier.

Axes: B examples, C classes.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..errors import DataError
from .network import Batch


def cross_entropy(logits_BC: Tensor, part: Batch, whole: Batch) -> dict[str, Tensor]:
    """Nats an example against `label` [B]; the part's share of the mean over the whole batch.

    Where two examples were mixed (`share` [B] of the first), the loss of the `other` [B] label
    has the rest of the weight.

    Raises DataError for a label that the network has no class for.
    """
    label_B, classes = part["label"], logits_BC.shape[-1]
    if int(label_B.max()) >= classes:
        raise DataError(
            f"the data have a class {int(label_B.max())} and the model has classes 0 to "
            f"{classes - 1}; give its size as many classes as the data have"
        )
    if "share" not in part:
        total = functional.cross_entropy(logits_BC, label_B, reduction="sum")
        return {"loss": total / len(whole["label"])}
    first, other = (
        functional.cross_entropy(logits_BC, part[name], reduction="none")
        for name in ("label", "other")
    )
    return {"loss": torch.lerp(other, first, part["share"]).sum() / len(whole["label"])}
