"""FLOPs of a method: estimated before it runs, and counted after it ran.

A token takes 2 FLOPs per parameter in the forward pass, 2 more in the backward pass, and 2 more per
trainable parameter (Kaplan et al. 2020, arXiv 2001.08361). The products of attention, few for short
texts, are left out.
"""

from __future__ import annotations

from ..finetune.defaults import SMALL_DATASET_ROWS, FinetuneHyperparameters, default_recipe
from ..records import Cell, FinetuneSpec, ModelCard

DEV_FRACTION = 0.2
"""Approximate share of the rows that become dev rows."""


def estimated_flops(
    cell: Cell,
    tokens_per_row: float,
    test_rows: int,
    num_labels: int,
    hyperparameters: FinetuneHyperparameters,
) -> float:
    """Estimated FLOPs to train and evaluate a cell."""
    row_flops = 2.0 * cell.params * tokens_per_row
    if cell.method == "in_context":
        return row_flops * test_rows * (cell.train_rows + num_labels)
    forward_rows = cell.train_rows + test_rows
    if cell.method == "linear":
        return row_flops * forward_rows
    dev_rows = round(DEV_FRACTION * cell.train_rows)
    train_rows = cell.train_rows - dev_rows
    _, spec = default_recipe(
        FinetuneSpec(task="text-classification", labels=(), method=cell.method),
        train_rows,
        hyperparameters,
    )
    refit_rows = cell.train_rows if train_rows <= SMALL_DATASET_ROWS else 0
    trainable_params = cell.params if cell.method == "full" else 0
    seen_rows = spec.epochs * (train_rows + refit_rows)
    return row_flops * (forward_rows + spec.epochs * dev_rows) + _training_flops(
        cell.params, trainable_params, seen_rows * tokens_per_row
    )


def measured_flops(card: ModelCard, tokens_per_row: float) -> float:
    """FLOPs that the training of a model took, with its evaluations on the dev rows."""
    params, row_flops = card.ref.params, 2.0 * card.ref.params * tokens_per_row
    stop_epoch = card.finetune.stop_after_epoch
    # After a refit on all rows, `train_rows` includes the dev rows.
    train_rows = card.train_rows if stop_epoch is None else card.train_rows - card.dev_rows
    total = row_flops * (train_rows + card.dev_rows)
    for candidate in card.candidates:
        total += row_flops * card.dev_rows * len(candidate.epoch_scores)
        total += _training_flops(
            params,
            candidate.trainable_params,
            train_rows * len(candidate.epoch_scores) * tokens_per_row,
        )
    if stop_epoch is not None:
        total += _training_flops(
            params,
            card.candidates[-1].trainable_params,
            card.train_rows * stop_epoch * tokens_per_row,
        )
    return total


def _training_flops(params: int, trainable_params: int, tokens: float) -> float:
    return (4.0 * params + 2.0 * trainable_params) * tokens
