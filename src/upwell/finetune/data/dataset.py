"""Everything that a method trains and evaluates on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from ...data.labeled import LabeledDataset
from ...records import FinetuneSpec
from ..base_model import PretrainedModel
from ..config import FinetuneConfig
from ..inputs.encoded import EncodedDataset, EncodedSplit
from ..modeling.heads import TaskModel
from ..tasks import Task


@dataclass(frozen=True)
class FinetuneData:
    """The encoded splits, the task and the base model."""

    config: FinetuneConfig
    task: Task
    base_model: PretrainedModel
    spec: FinetuneSpec
    """The part of the spec that all methods share."""

    train: EncodedSplit
    dev: EncodedSplit
    test: EncodedSplit | None
    """Rows of the test file. None without one."""

    multilabel: bool
    dev_from_train: bool
    """Whether the dev rows were split off the training rows."""

    problems: tuple[str, ...]
    """Data problems, one line each, for the log and the report."""

    @cached_property
    def train_and_dev(self) -> EncodedSplit:
        """The training and dev rows together."""
        both = (*self.train.rows, *self.dev.rows)
        return self.encode(replace(self.train.dataset, rows=both))

    def encode(self, dataset: LabeledDataset, *, labeled: bool = True) -> EncodedSplit:
        """Encode more rows for the same model. Rows that are not `labeled` have targets [0, 0]."""
        return encode_rows(dataset, self.task, self.base_model, self.spec, labeled=labeled)

    def predict(self, model: TaskModel, encoded: EncodedDataset) -> Any:
        """Outputs of a model in eval mode, in the order of the rows."""
        return predict(self.task, self.base_model, self.spec, model, encoded)

    def dev_score(self, outputs: Any) -> float:
        """The task's selection metric of outputs for the dev rows. Higher is better."""
        return self.task.selection_metric(outputs, self.dev, self.spec, self.multilabel)


def encode_rows(
    dataset: LabeledDataset,
    task: Task,
    base_model: PretrainedModel,
    spec: FinetuneSpec,
    *,
    labeled: bool = True,
) -> EncodedSplit:
    """Encode rows for a model. Rows that are not `labeled` have targets [0, 0]."""
    encoded = task.encode(dataset.rows, spec.labels, dataset.columns, base_model, spec.max_length)
    if not labeled:
        return EncodedSplit(dataset, encoded, np.zeros((0, 0), dtype=np.float32))
    return EncodedSplit(dataset, encoded, task.targets(encoded, spec.labels))


def predict(
    task: Task,
    base_model: PretrainedModel,
    spec: FinetuneSpec,
    model: TaskModel,
    encoded: EncodedDataset,
) -> Any:
    """Outputs of a model in eval mode, in the order of the rows.

    Logits [N, ...] for tasks with a linear head, and what `task.predict` returns for others.
    """
    with torch.inference_mode():
        return task.predict(model, base_model, encoded, spec)
