"""Gradient-based methods: full fine-tuning and peft adapters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import torch

from ...metrics.logits import mean_loss
from ...records import Candidate, EpochScore, Run
from ...store import RunDir
from ..config import FinetuneProgressFn
from ..data.dataset import FinetuneData
from ..estimators.logistic_regression import LogisticRegression
from ..inputs.encoded import EncodedSplit, length_batches
from ..modeling.network import FinetuneModule, count_trainable
from ..training.loop import EvalFn, best_epoch, train_with_early_stopping
from ..training.sampler import LengthGroupedSampler
from ..training.word_dropout import apply_word_dropout
from .network import build_network, init_head
from .run import plan_run

WORK_DIR = "work"
"""Folder of the checkpoints, inside the output folder."""


@dataclass(frozen=True)
class FinetunedNetwork:
    """A trained network, and its score on the dev rows."""

    run: Run
    network: FinetuneModule
    candidate: Candidate


def train_network(
    data: FinetuneData,
    method: str,
    initial_head: LogisticRegression | None,
    out: Path,
    on_progress: FinetuneProgressFn,
) -> FinetunedNetwork:
    """Train on the training rows and select the epoch on the dev rows.

    `initial_head` is None for tasks without a linear head. Checkpoints lie in `out`: an
    interrupted training resumes there.
    """
    start_time = process_time()
    run = plan_run(data, method, data.train, stop_after_epoch=None)

    def evaluate(network: FinetuneModule) -> tuple[float, float]:
        outputs = data.predict(network.model, data.dev.encoded)
        return data.dev_score(outputs), _dev_loss(data, network, outputs)

    network, epochs = _train(data, run, data.train, initial_head, out, evaluate, on_progress)
    assert run.finetune is not None
    selected = best_epoch(epochs, keep_last=run.finetune.keep_last)
    candidate = Candidate(
        method=method,
        score=selected.score,
        loss=selected.loss,
        trainable_params=count_trainable(network),
        seconds=process_time() - start_time,
        epoch_scores=epochs,
    )
    return FinetunedNetwork(run, network, candidate)


def refit_on_all(
    data: FinetuneData,
    finetuned: FinetunedNetwork,
    initial_head: LogisticRegression | None,
    out: Path,
    on_progress: FinetuneProgressFn,
) -> FinetunedNetwork:
    """Train again on the training and dev rows, up to the selected epoch."""
    assert finetuned.run.finetune is not None
    spec = finetuned.run.finetune
    stop_after_epoch = best_epoch(finetuned.candidate.epoch_scores, keep_last=spec.keep_last).epoch
    run = plan_run(data, spec.method, data.train_and_dev, stop_after_epoch=stop_after_epoch)
    network, _ = _train(data, run, data.train_and_dev, initial_head, out, None, on_progress)
    return FinetunedNetwork(run, network, finetuned.candidate)


def _train(
    data: FinetuneData,
    run: Run,
    rows: EncodedSplit,
    initial_head: LogisticRegression | None,
    out: Path,
    evaluate: EvalFn | None,
    on_progress: FinetuneProgressFn,
) -> tuple[FinetuneModule, tuple[EpochScore, ...]]:
    assert run.finetune is not None
    network = build_network(data, run.finetune, rows)
    if initial_head is not None:
        init_head(network, initial_head)
    run_dir = RunDir(out / WORK_DIR / run.id)
    inputs = apply_word_dropout(rows.encoded, data.base_model.tokenizer, run.finetune)
    batches = LengthGroupedSampler(
        inputs, run.recipe.batch_size, run.seed, augment=run.finetune.augment
    )
    steps = round(run.milestones[0] / run.recipe.batch_size)
    with run_dir.open_journal(run):
        epochs = train_with_early_stopping(
            run,
            run_dir,
            network,
            batches,
            evaluate,
            lambda log_entry: on_progress(log_entry, steps, run.recipe.batch_size),
        )
    return network, epochs


def _dev_loss(data: FinetuneData, network: FinetuneModule, outputs: Any) -> float:
    """Mean loss of the dev rows."""
    dev = data.dev
    if data.task.has_linear_head:
        return mean_loss(outputs, dev.targets, multilabel=data.multilabel)
    total = 0.0
    with torch.inference_mode():
        for indices, arrays in length_batches(dev.encoded):
            batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
            total += len(indices) * float(sum(network.losses(batch, batch).values()))
    return total / len(dev.encoded)
