"""Training with an evaluation on the dev rows after every epoch, and early stopping.

Every epoch ends with a checkpoint and its dev score. An interrupted run resumes from the last
checkpoint with the scores so far, and gives the same weights to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ...records import EpochScore, Run, TrainLogEntry
from ...store import RunDir
from ...train.trainer import BatchStream, Snapshot, Trainer
from ..modeling.network import FinetuneModule

EvalFn = Callable[[FinetuneModule], tuple[float, float]]
"""A network in eval mode to (dev score, dev loss). A higher score is better."""

EPOCHS_SLOT, BEST_SLOT = "epochs", "best"
"""Checkpoint slots of the epoch scores and of the best weights."""


def train_with_early_stopping(
    run: Run,
    run_dir: RunDir,
    network: FinetuneModule,
    batches: BatchStream,
    evaluate: EvalFn | None,
    log: Callable[[TrainLogEntry], None],
) -> tuple[EpochScore, ...]:
    """Train `network` and leave it with the weights of its best epoch; the scores of all epochs.

    Without `evaluate` there is no selection: training ends after the epoch that the spec sets, and
    no scores are returned.
    """
    assert run.finetune is not None
    spec = run.finetune
    trainer = _build_trainer(run, run_dir, network, batches, log)
    branch = trainer.branches[0]
    epochs = _load_epochs(run_dir)
    last_epoch = spec.epochs if spec.stop_after_epoch is None else spec.stop_after_epoch
    for number in range(len(epochs) + 1, last_epoch + 1):
        if (
            epochs
            and len(epochs) - best_epoch(epochs, keep_last=spec.keep_last).epoch >= spec.patience
        ):
            break
        network.train()
        trainer.advance(round(branch.end * number / spec.epochs), branch)
        trainer.latest_snapshot = trainer.snapshot()
        if evaluate is None:
            continue
        trainer.save(branch.slot, trainer.latest_snapshot)
        epochs.append(_evaluate_epoch(number, evaluate, network))
        _save_best(run_dir, epochs, trainer, keep_last=spec.keep_last)
    if evaluate is not None:
        _restore_best(run_dir, trainer)
    network.eval()
    return tuple(epochs)


def best_epoch(
    epochs: list[EpochScore] | tuple[EpochScore, ...], *, keep_last: bool = False
) -> EpochScore:
    """The epoch with the highest score. Ties go to the lowest loss, then to the earliest epoch.

    With `keep_last`, the last epoch.
    """
    if keep_last:
        return epochs[-1]
    return min(epochs, key=lambda one: (-one.score, one.loss, one.epoch))


def _evaluate_epoch(number: int, evaluate: EvalFn, network: FinetuneModule) -> EpochScore:
    network.eval()
    score, loss = evaluate(network)
    return EpochScore(epoch=number, score=score, loss=loss)


def _build_trainer(
    run: Run,
    run_dir: RunDir,
    network: FinetuneModule,
    batches: BatchStream,
    log: Callable[[TrainLogEntry], None],
) -> Trainer:
    """A trainer at the start of the run, or at its last checkpoint."""

    def save(slot: str, snapshot: Snapshot) -> None:
        run_dir.save_checkpoint(slot, snapshot.tensors, snapshot.state)

    def log_progress(log_entry: TrainLogEntry) -> None:
        run_dir.progress(log_entry)
        log(log_entry)

    trainer = Trainer(run, network, network.param_roles(), batches, save, log_progress)
    if (checkpoint := run_dir.load_checkpoint(trainer.branches[0].slot)) is not None:
        trainer.restore(Snapshot(*checkpoint))
    return trainer


def _load_epochs(run_dir: RunDir) -> list[EpochScore]:
    checkpoint = run_dir.load_checkpoint(EPOCHS_SLOT)
    return (
        [] if checkpoint is None else [EpochScore(**fields) for fields in checkpoint[1]["epochs"]]
    )


def _save_best(
    run_dir: RunDir, epochs: list[EpochScore], trainer: Trainer, *, keep_last: bool
) -> None:
    """Save the weights if they are the best so far, then the scores.

    After a crash between the two, the epoch is evaluated again, with the same result.
    """
    if best_epoch(epochs, keep_last=keep_last) is epochs[-1]:
        run_dir.save_checkpoint(BEST_SLOT, trainer.model_tensors(), {})
    rows = [{"epoch": r.epoch, "score": r.score, "loss": r.loss} for r in epochs]
    run_dir.save_checkpoint(EPOCHS_SLOT, {}, {"epochs": rows})


def _restore_best(run_dir: RunDir, trainer: Trainer) -> None:
    checkpoint: Any = run_dir.load_checkpoint(BEST_SLOT)
    with torch.no_grad():
        for name, tensor in trainer.model_tensors().items():
            tensor.copy_(checkpoint[0][name])
