"""Fine-tune a model on labeled rows: prepare the data, train, calibrate, score and save."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..metrics.calibration import calibrate
from ..records import Calibration, ModelCard, ModelRef
from .config import FinetuneConfig, FinetuneProgressFn, LogFn
from .data.dataset import FinetuneData
from .label_issues import find_label_issues
from .methods.linear_head import LinearHead
from .methods.peft import count_merged_params
from .preparation import prepare_data
from .saving import save_finetuned_model
from .selection import (
    TrainedModel,
    retrain_with_pseudo_labels,
    train_candidates,
    train_without_head,
)
from .unlabeled.active_learning import select_for_labeling, write_suggestions
from .unlabeled.pool import read_pool

SUGGESTIONS_FILE = "suggestions.csv"


def finetune(
    config: FinetuneConfig,
    out: Path,
    log: LogFn = print,
    on_progress: FinetuneProgressFn = lambda entry, steps, rows: None,
) -> ModelCard:
    """Fine-tune a model and save it into the folder `out`; its model card.

    An interrupted call resumes if it is repeated with the same config and folder. Raises DataError,
    ModelError or SpecError for unusable input, and RunError if training diverges.
    """
    data = prepare_data(config, out, log, on_progress)
    if not data.task.has_linear_head:
        model = train_without_head(data, out, log, on_progress)
        return _evaluate_and_save(data, None, model, out, log)
    unlabeled = None if config.unlabeled is None else read_pool(data, config.unlabeled)
    linear_head, model = train_candidates(data, out, log, on_progress)
    if unlabeled is not None and config.pseudo_label:
        model = retrain_with_pseudo_labels(data, model, unlabeled, out, log, on_progress)
    card = _evaluate_and_save(data, linear_head, model, out, log)
    if unlabeled is not None and config.num_suggestions:
        temperature = 1.0 if card.calibration is None else card.calibration.temperature
        suggestions = select_for_labeling(
            data, model.network, unlabeled, config.num_suggestions, temperature
        )
        path = write_suggestions(out / SUGGESTIONS_FILE, suggestions, unlabeled.columns)
        log(f"{len(suggestions)} rows to label next, most informative first: {path}")
    return card


def _evaluate_and_save(
    data: FinetuneData, linear_head: LinearHead | None, model: TrainedModel, out: Path, log: LogFn
) -> ModelCard:
    """Calibrate and score the model, and write its folder."""
    calibration = (
        calibrate(model.held_out_outputs, model.targets, multilabel=data.multilabel)
        if data.task.has_linear_head
        else None
    )
    network, split = model.network, data.test
    if split is None:
        split, outputs = data.dev, _dev_outputs(data, model)
        eval_set = "the dev rows, which also selected the model"
    else:
        outputs = data.predict(network.model, split.encoded)
        eval_set = split.dataset.name
    assert model.run.finetune is not None
    spec = data.task.tune_decision(model.held_out_outputs, data.dev, model.run.finetune)
    scores = data.task.compute_metrics(outputs, split, spec, data.multilabel)
    calibrated = outputs if calibration is None else outputs / np.float32(calibration.temperature)
    columns = data.train.dataset.columns
    card = ModelCard(
        ref=_model_ref(data, model),
        finetune=spec,
        recipe=model.run.recipe,
        base_model=data.base_model.name,
        text_columns=columns.text_columns,
        label_column=columns.label_column,
        label_separator=columns.label_separator,
        data=data.train.dataset.name,
        train_rows=model.train_rows,
        dev_rows=len(data.dev.rows),
        eval_set=eval_set,
        scores=scores,
        candidates=model.candidates,
        calibration=calibration,
        problems=data.problems,
        truncated_rows=data.train.encoded.num_truncated + data.dev.encoded.num_truncated,
        label_issues=() if linear_head is None else find_label_issues(data, linear_head),
        predictions=data.task.scored_rows(calibrated, split, spec, data.multilabel),
    )
    _log_scores(card, log)
    preview = data.task.preview_image(outputs, split, spec)
    return save_finetuned_model(network, data, card, out, preview)


def _dev_outputs(data: FinetuneData, model: TrainedModel) -> Any:
    """Held-out outputs for the dev rows, which stand last where there are outputs for all rows."""
    if not data.task.has_linear_head or len(model.held_out_outputs) == len(data.dev.targets):
        return model.held_out_outputs
    return model.held_out_outputs[-len(data.dev.targets) :]


def _model_ref(data: FinetuneData, model: TrainedModel) -> ModelRef:
    """The reference to the model, before its weights are saved."""
    run = model.run
    params = count_merged_params(model.network)
    examples = 0 if run.finetune is None or run.finetune.method == "linear" else run.milestones[0]
    mean_length = float(data.train.encoded.lengths.mean())
    return ModelRef(
        id=f"{run.id}-t{examples}",
        run=run.id,
        spec=run.model,
        created_by="finetune",
        seed=run.seed,
        params=params,
        tokens=examples,
        flops=6.0 * params * examples * mean_length,
        bytes=4 * params,
        weights_sha256=None,
        code_version=run.code_version,
        parent=run.parent,
    )


def _log_scores(card: ModelCard, log: LogFn) -> None:
    for score in card.scores:
        log(
            f"{score.metric} {score.value:.3f} ({score.interval_low:.3f} to "
            f"{score.interval_high:.3f}) on {score.rows:,} of {card.eval_set}"
        )
    if card.truncated_rows:
        rows = f"{card.truncated_rows:,} row{'s' * (card.truncated_rows != 1)}"
        log(f"{rows} truncated to a length of {card.finetune.max_length} (--max-length)")
    if card.calibration is not None:
        log(_describe_calibration(card.calibration))


def _describe_calibration(calibration: Calibration) -> str:
    if calibration.threshold is None:
        abstention = f"no threshold reaches {calibration.target_accuracy:.0%} accuracy"
    elif not calibration.abstention_rate:
        abstention = f"{calibration.selective_accuracy:.0%} accuracy without abstaining"
    else:
        abstention = (
            f"abstaining below {calibration.threshold:.2f} drops "
            f"{calibration.abstention_rate:.0%} of the predictions, and "
            f"{calibration.selective_accuracy:.0%} of the others are correct"
        )
    return (
        f"calibration error {calibration.ece_before:.3f}, {calibration.ece_after:.3f} with "
        f"temperature {calibration.temperature:.2f}; {abstention}"
    )
