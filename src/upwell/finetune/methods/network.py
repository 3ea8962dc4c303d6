"""The network of a method before training, and class weights.

Axes: N rows, C labels.
"""

from __future__ import annotations

import numpy as np
import torch

from ...metrics.logits import Floats
from ...records import PEFT_METHODS, FinetuneSpec
from ..data.dataset import FinetuneData
from ..defaults import MAX_CLASS_WEIGHT
from ..estimators.logistic_regression import LogisticRegression
from ..inputs.encoded import EncodedSplit
from ..modeling.network import FinetuneModule
from .peft import apply_peft
from .prompt_tuning import prompt_token_ids


def build_network(
    data: FinetuneData, spec: FinetuneSpec, rows: EncodedSplit | None = None
) -> FinetuneModule:
    """The untrained network in eval mode. The same seed gives the same weights.

    `rows` are the training rows, from which class weights are computed.
    """
    torch.manual_seed(data.config.seed)
    weights_C = None
    if spec.class_weighted and rows is not None:
        weights_C = torch.from_numpy(class_weights(rows.targets))
    model = data.task.build_model(data.base_model, spec)
    if spec.method in PEFT_METHODS:
        apply_peft(model, spec, prompt_token_ids(data.base_model.tokenizer))
    return FinetuneModule(model, spec, data.task.loss, weights_C).eval()


def init_head(network: FinetuneModule, classifier: LogisticRegression) -> None:
    """Copy a fitted linear classifier into the head of the network."""
    head = network.model.head
    assert head is not None
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(classifier.weight))
        if head.bias is not None:
            head.bias.copy_(torch.from_numpy(classifier.bias))


def class_weights(targets_NC: Floats) -> Floats:
    """[C] weights that balance the classes. The mean weight of a row is 1."""
    fraction_C = targets_NC.mean(0)
    weight_C = 1 / np.maximum(fraction_C, fraction_C.max() / MAX_CLASS_WEIGHT)
    return (weight_C / (weight_C * fraction_C).sum()).astype(np.float32)


def sample_weights(targets_NC: Floats, class_weighted: bool) -> Floats:
    """[N] weights of the rows: those of their classes, or ones."""
    if not class_weighted:
        return np.ones(len(targets_NC), dtype=np.float32)
    return class_weights(targets_NC)[targets_NC.argmax(1)]
