"""From the answers of an evaluation to scores, gains and the files of lm-eval-harness."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from .evaluation_records import WRONG_LABELS_SUFFIX, EvalConfig, EvalGain, EvalScore, GainKind

if TYPE_CHECKING:
    from ..evaluation.task_files import EvalTask, VariantAnswer
    from ..evaluation.task_files.lm_eval_results import TaskRun
    from ..evaluation.task_files.task import MetricSpec
    from ..models.hub.language_models import LocalModel
    from ..records import Answer, ModelRef


def group_answers(
    answers: Sequence[VariantAnswer],
) -> dict[tuple[int, str], list[VariantAnswer]]:
    """Answers by number of shots and by labels, in that order."""
    groups: dict[tuple[int, str], list[VariantAnswer]] = {}
    for answer in sorted(answers, key=lambda each: (each.variant.shots, each.variant.labels)):
        groups.setdefault((answer.variant.shots, answer.variant.labels), []).append(answer)
    return groups


# Scores.


def task_scores(
    model: LocalModel, task: EvalTask, answers: Sequence[VariantAnswer]
) -> Iterator[EvalScore]:
    """Every metric at every number of shots, with true and with wrong labels."""
    for (shots, labels), group in group_answers(answers).items():
        name = task.name if labels == "true" else f"{task.name}{WRONG_LABELS_SUFFIX}"
        for metric_spec in task.metrics:
            yield _task_score(model, task, name, shots, group, metric_spec)


def _task_score(
    model: LocalModel,
    task: EvalTask,
    name: str,
    shots: int,
    variant_answers: Sequence[VariantAnswer],
    metric_spec: MetricSpec,
) -> EvalScore:
    from ..evaluation.task_files.run import TRUNCATED_TOKENS_KEY
    from ..evaluation.task_files.scoring import compute_metric
    from ..evaluation.task_files.variance import estimate_variance

    answers = [each.answer for each in variant_answers]
    value = compute_metric(task, answers, metric_spec)
    variance = None
    if len({each.variant for each in variant_answers}) > 1:
        variance = estimate_variance(task, variant_answers, metric_spec)
    return EvalScore(
        model=model.name,
        revision=model.revision,
        params=model.size.params,
        ability=name,
        shots=shots,
        metric=metric_spec.metric,
        value=value.value,
        reason=value.reason,
        stderr=variance.stderr if variance else value.stderr,
        items=len({answer.item for answer in answers if not answer.reason}),
        missing=value.missing,
        reasons=_count_reasons(answers),
        truncated=sum(TRUNCATED_TOKENS_KEY in answer.extras for answer in answers),
        variances=dict(variance.variances) if variance else None,
        levels=dict(variance.levels) if variance else None,
    )


def ability_scores(model: LocalModel, name: str, config: EvalConfig) -> Iterator[EvalScore]:
    """Scores of a built-in ability or of a Python file, evaluated as in a study."""
    from ..evaluation import evaluate as evaluate_ability
    from ..evaluation import load_ability, score

    lm = model.as_lm(truncation=config.truncation, memory=config.memory)
    for shots in config.num_fewshot or (0,):
        answers = evaluate_ability(lm, _model_ref(model), name, shots)
        for metric in load_ability(name).metrics:
            yield EvalScore(
                **asdict(score(answers, metric)),
                revision=model.revision,
                params=model.size.params,
                reasons=_count_reasons(answers),
            )


def _count_reasons(answers: Sequence[Answer]) -> dict[str, int]:
    """Why answers are missing, with the number for each reason, the most frequent first."""
    return dict(Counter(each.reason for each in answers if each.reason).most_common())


def _model_ref(model: LocalModel) -> ModelRef:
    """The model as a record; how it was trained is unknown."""
    from ..records import ModelRef, ModelSpec

    return ModelRef(
        id=model.name,
        run=model.name,
        spec=ModelSpec(family=model.model_type, hparams={"params": model.size.params}),
        created_by="given",
        seed=0,
        params=model.size.params,
        tokens=0,
        flops=0.0,
        bytes=model.size.bytes,
        weights_sha256=model.weights_hash,
        code_version="",
    )


def task_gains(
    model: LocalModel, task: EvalTask, answers: Sequence[VariantAnswer]
) -> Iterator[EvalGain]:
    """What few-shot examples gain, with true and with wrong labels."""
    from ..evaluation.task_files.fewshot_gain import estimate_gain

    groups = group_answers(answers)
    for shots, metric_spec in product(sorted({s for s, _ in groups if s}), task.metrics):
        pairs: dict[GainKind, tuple[tuple[int, str], tuple[int, str]]] = {
            "fewshot": ((0, "true"), (shots, "true")),
            "wrong_labels": ((0, "true"), (shots, "wrong")),
            "labels": ((shots, "wrong"), (shots, "true")),
        }
        for kind, (before, after) in pairs.items():
            if before not in groups or after not in groups:
                continue
            gain = estimate_gain(task, groups[before], groups[after], metric_spec)
            if gain is not None:
                yield EvalGain(
                    kind=kind,
                    model=model.name,
                    ability=task.name,
                    metric=metric_spec.metric,
                    shots=shots,
                    **asdict(gain),
                )


# Results for other tools.


def task_runs_of(task: EvalTask, answers: Sequence[VariantAnswer]) -> Iterator[TaskRun]:
    """What lm-eval-harness would have run: the first draw and order, the task's own template."""
    from ..evaluation.task_files.lm_eval_results import TaskRun

    for (shots, labels), group in group_answers(answers).items():
        first = [
            each.answer
            for each in group
            if (each.variant.draw, each.variant.order, each.variant.template) == (0, 0, "")
        ]
        if labels == "true" and first:
            yield TaskRun(task=task, shots=shots, answers=first)


def write_lm_eval_results(
    folder: Path, model: LocalModel, model_name: str, task_runs: Sequence[TaskRun]
) -> None:
    """One file for each number of shots, as the harness writes one for each call."""
    from ..evaluation.task_files.lm_eval_results import write_results

    for shots in sorted({task_run.shots for task_run in task_runs}):
        now = datetime.now(UTC).replace(tzinfo=None)
        write_results(
            folder,
            [task_run for task_run in task_runs if task_run.shots == shots],
            model=model_name,
            revision=model.revision,
            params=model.size.params,
            max_length=model.context,
            stamp=now.isoformat(timespec="microseconds").replace(":", "-"),
            seconds=time.time(),
            version=__version__,
        )
