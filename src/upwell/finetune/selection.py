"""Which method becomes the model: train the candidates, and compare them on the dev rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data.labeled import LabeledDataset
from ..errors import SpecError
from ..metrics.calibration import calibrate
from ..metrics.logits import Floats
from ..records import METHOD_TITLES, Candidate, Run
from .config import FinetuneProgressFn, LogFn
from .data.dataset import FinetuneData
from .defaults import LORA_MIN_PARAMS, SMALL_DATASET_ROWS
from .estimators.logistic_regression import LogisticRegression
from .methods.finetune import FinetunedNetwork, refit_on_all, train_network
from .methods.linear_head import (
    LinearHead,
    build_from_linear_head,
    fit_linear_head,
    linear_head_run,
)
from .modeling.network import FinetuneModule
from .unlabeled.pseudo_labels import add_pseudo_labels


@dataclass(frozen=True)
class TrainedModel:
    """The selected model, with held-out outputs for its calibration and its scores."""

    run: Run
    network: FinetuneModule
    candidates: tuple[Candidate, ...]
    """Every method that was tried, with its dev score."""

    held_out_outputs: Any
    """Outputs for rows that the model, or its fold, was not trained on. Logits for tasks with a
    linear head."""

    targets: Floats
    """[N, C] targets of the same rows; [0, 0] for tasks without a linear head."""

    train_rows: int


def train_candidates(
    data: FinetuneData, out: Path, log: LogFn, on_progress: FinetuneProgressFn
) -> tuple[LinearHead, TrainedModel]:
    """Fit the linear head, fine-tune unless the method is "linear", and select one on dev rows."""
    linear_head = fit_linear_head(data)
    log(_describe_candidate(linear_head.candidate))
    method = _training_method(data)
    finetuned = None
    if method != "linear":
        warm_start = linear_head.train_fit.warm_start
        finetuned = train_network(data, method, warm_start, out, on_progress)
        log(_describe_candidate(finetuned.candidate))
    return linear_head, _select_candidate(data, linear_head, finetuned, out, log, on_progress)


def train_without_head(
    data: FinetuneData, out: Path, log: LogFn, on_progress: FinetuneProgressFn
) -> TrainedModel:
    """Fine-tune for a task without a linear head. Raises SpecError for method "linear"."""
    method = _training_method(data)
    if method == "linear":
        raise SpecError(
            f"task {data.config.task!r} has no linear head; choose another method, "
            "e.g. --method lora"
        )
    finetuned = train_network(data, method, None, out, on_progress)
    log(_describe_candidate(finetuned.candidate))
    dev_outputs = data.predict(finetuned.network.model, data.dev.encoded)
    final, train_rows = _refit_if_small(data, finetuned, lambda: None, out, on_progress)
    candidates = (finetuned.candidate,)
    return TrainedModel(
        final.run, final.network, candidates, dev_outputs, data.dev.targets, train_rows
    )


def retrain_with_pseudo_labels(
    data: FinetuneData,
    model: TrainedModel,
    unlabeled: LabeledDataset,
    out: Path,
    log: LogFn,
    on_progress: FinetuneProgressFn,
) -> TrainedModel:
    """Train again with confident predictions as labels, and keep the better model on dev rows."""
    calibration = calibrate(model.held_out_outputs, model.targets, multilabel=False)
    extended_data, count = add_pseudo_labels(data, model.network, calibration, unlabeled, log)
    if not count:
        return model
    _, retrained = train_candidates(extended_data, out, log, on_progress)
    new_candidates = tuple(replace(one, pseudo_labeled_rows=count) for one in retrained.candidates)
    candidates = (*model.candidates, *new_candidates)
    if max(map(_selection_key, new_candidates)) <= max(map(_selection_key, model.candidates)):
        log("pseudo-labels do not improve the dev score, so the model without them is kept")
        return replace(model, candidates=candidates)
    return replace(_restrict_to_human_labels(data, retrained), candidates=candidates)


def _restrict_to_human_labels(data: FinetuneData, model: TrainedModel) -> TrainedModel:
    """Keep the held-out outputs of human-labeled rows: pseudo-labels would inflate the scores."""
    num_train, num_dev = len(data.train.targets), len(data.dev.targets)
    indices = np.arange(len(model.targets))
    is_human_labeled = (indices < num_train) | (indices >= len(indices) - num_dev)
    return replace(
        model,
        held_out_outputs=model.held_out_outputs[is_human_labeled],
        targets=model.targets[is_human_labeled],
    )


def _select_candidate(
    data: FinetuneData,
    linear_head: LinearHead,
    finetuned: FinetunedNetwork | None,
    out: Path,
    log: LogFn,
    on_progress: FinetuneProgressFn,
) -> TrainedModel:
    """The better candidate on the dev rows, or the requested method, refitted on all rows."""
    if finetuned is None:
        return _use_linear_head(data, linear_head, (linear_head.candidate,))
    candidates = (linear_head.candidate, finetuned.candidate)
    is_better = _selection_key(finetuned.candidate) > _selection_key(linear_head.candidate)
    if not is_better:
        log(_describe_tie(*candidates))
    if not is_better and data.config.method == "auto":
        return _use_linear_head(data, linear_head, candidates)
    dev_outputs = data.predict(finetuned.network.model, data.dev.encoded)
    final, train_rows = _refit_if_small(
        data, finetuned, lambda: linear_head.fit_on_all().warm_start, out, on_progress
    )
    return TrainedModel(
        final.run, final.network, candidates, dev_outputs, data.dev.targets, train_rows
    )


def _use_linear_head(
    data: FinetuneData, linear_head: LinearHead, candidates: tuple[Candidate, ...]
) -> TrainedModel:
    if not data.dev_from_train:
        return TrainedModel(
            linear_head_run(data, data.train, linear_head.l2),
            build_from_linear_head(data, linear_head.train_fit.classifier),
            candidates,
            linear_head.dev_logits,
            data.dev.targets,
            len(data.train.rows),
        )
    refit = linear_head.fit_on_all()
    return TrainedModel(
        linear_head_run(data, data.train_and_dev, linear_head.l2),
        build_from_linear_head(data, refit.classifier),
        candidates,
        refit.out_of_fold_logits,
        np.concatenate([data.train.targets, data.dev.targets]),
        len(data.train_and_dev.rows),
    )


def _refit_if_small(
    data: FinetuneData,
    finetuned: FinetunedNetwork,
    get_initial_head: Callable[[], LogisticRegression | None],
    out: Path,
    on_progress: FinetuneProgressFn,
) -> tuple[FinetunedNetwork, int]:
    """(network, rows it was trained on): refitted on training and dev rows if they are few."""
    if not data.dev_from_train or len(data.train.rows) > SMALL_DATASET_ROWS:
        return finetuned, len(data.train.rows)
    refit = refit_on_all(data, finetuned, get_initial_head(), out, on_progress)
    return refit, len(data.train_and_dev.rows)


def _training_method(data: FinetuneData) -> str:
    """The requested method; for "auto", LoRA for large models and full fine-tuning for others."""
    if data.config.method != "auto":
        return data.config.method
    params = sum(p.numel() for p in data.task.build_model(data.base_model, data.spec).parameters())
    return "lora" if params >= LORA_MIN_PARAMS else "full"


def _selection_key(candidate: Candidate) -> tuple[float, float]:
    return candidate.score, -candidate.loss


def _describe_candidate(candidate: Candidate) -> str:
    return (
        f"{METHOD_TITLES[candidate.method]}: {candidate.score:.3f} on the dev rows "
        f"({candidate.trainable_params:,} trainable parameters, "
        f"{candidate.seconds:.0f} s of CPU time)"
    )


def _describe_tie(linear: Candidate, finetuned: Candidate) -> str:
    scores = f"({linear.score:.3f} and {finetuned.score:.3f} on the dev rows)"
    if not linear.score:
        return f"neither method learns the task {scores}; give more rows or another model"
    return f"fine-tuning is not better than a linear head {scores}; --method linear skips it"
