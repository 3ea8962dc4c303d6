"""Evaluation of language models on task files and built-in abilities, with 0 to k examples.

Every task file is read, and every row's prompt is tried, before the first model is loaded. Answers
are cached on disk, so a stopped evaluation continues where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import product
from typing import TYPE_CHECKING, Literal

from ..errors import DataError
from ..files import to_filename
from .evaluation_records import (
    ALL_TEMPLATES,
    TASK_FILE_SUFFIXES,
    EvalConfig,
    EvalGain,
    EvalProgress,
    EvalProgressFn,
    EvalResult,
    EvalScore,
)
from .evaluation_scores import (
    ability_scores,
    task_gains,
    task_runs_of,
    task_scores,
    write_lm_eval_results,
)

if TYPE_CHECKING:
    from ..evaluation.task_files import EvalTask, FewshotSampling, Variant, VariantAnswer
    from ..evaluation.task_files.lm_eval_results import TaskRun
    from ..models.hub.language_models import LocalModel

__all__ = ["EvalConfig", "EvalResult", "evaluate"]


def evaluate(config: EvalConfig, on_progress: EvalProgressFn | None = None) -> EvalResult:
    """Evaluate every model on every task.

    `on_progress` is called now and then. Raises DataError for a task file that cannot be used,
    SpecError for an unknown ability, ModelError for a model that cannot be loaded.
    """
    from .resolve_model import resolve_model

    tasks = _load_tasks(config)
    scores: list[EvalScore] = []
    gains: list[EvalGain] = []
    notes = [*_ignored_settings(tasks, config)]
    notes += [note for _, task in tasks if task is not None for note in task.notes]
    with _lock_output(config, tasks):
        for model_name in config.models:
            model = resolve_model(model_name)
            task_runs: list[TaskRun] = []
            for name, task in tasks:
                if task is None:
                    scores += ability_scores(model, name, config)
                    continue
                answers = _evaluate_task(model, task, config, on_progress)
                scores += task_scores(model, task, answers)
                gains += task_gains(model, task, answers)
                task_runs += task_runs_of(task, answers)
            if config.lm_eval_json and task_runs:
                folder = config.lm_eval_json / to_filename(model.name.replace("/", "__"))
                write_lm_eval_results(folder, model, model_name, task_runs)
            notes += [*model.notes, *_generation_notes(model, tasks)]
    return EvalResult(scores, gains, tuple(notes))


def _generation_notes(model: LocalModel, tasks: Sequence[tuple[str, EvalTask | None]]) -> list[str]:
    """Where completions are longer than the task file says."""
    from ..models.hub.language_models import SEQ2SEQ

    generates = any(task and task.output_type == "generate_until" for _, task in tasks)
    if model.architecture != SEQ2SEQ or not generates:
        return []
    return [
        f"{model.name}: a completion of this encoder-decoder can have as many tokens more than "
        "max_gen_toks as its prompt has, as in lm-eval-harness 0.4.13"
    ]


def _lock_output(
    config: EvalConfig, tasks: Sequence[tuple[str, EvalTask | None]]
) -> AbstractContextManager[None]:
    """Keep other commands from the folder of the answers; StoreError if one is at work there."""
    from ..store.lock import file_lock

    if all(task is None for _, task in tasks):
        return nullcontext()
    config.output_dir.mkdir(parents=True, exist_ok=True)
    return file_lock(config.output_dir / "lock")


def _load_tasks(config: EvalConfig) -> list[tuple[str, EvalTask | None]]:
    """(name, task) of every task; None for an ability. Raises DataError or SpecError."""
    from ..evaluation import load_ability
    from ..evaluation.task_files import load_task
    from ..plugins import trust_working_dir

    tasks: list[tuple[str, EvalTask | None]] = []
    for name in config.tasks:
        if name.endswith(TASK_FILE_SUFFIXES):
            task = load_task(name, config.data_dir)
            _check_task(name, task, config)
            _check_name(name, task, tasks)
            tasks.append((name, task))
        else:
            if "." in name:
                trust_working_dir()
            load_ability(name)
            tasks.append((name, None))
    return tasks


def _check_task(name: str, task: EvalTask, config: EvalConfig) -> None:
    """Raises DataError, with the name of the file, for a prompt that cannot be built."""
    from ..evaluation.task_files import check_variants
    from ..evaluation.task_files.fewshot import check_enough_examples

    sampling = _fewshot_sampling(config)
    try:
        variants = _build_variants(task, config)
        check_enough_examples(task, max(_task_shots(task, config)), sampling)
        first_draw = [each for each in variants if (each.draw, each.order) == (0, 0)]
        check_variants(task, first_draw, sampling)
    except DataError as error:
        raise DataError(f"{name}: {error}") from error


def _check_name(name: str, task: EvalTask, others: Sequence[tuple[str, EvalTask | None]]) -> None:
    """Raises DataError for a second task of the same name, whose scores would be mixed up."""
    for other_name, other in others:
        if other is not None and other.name == task.name:
            raise DataError(
                f"{name} and {other_name} have the same task name {task.name!r}; give each its own"
            )


def _ignored_settings(
    tasks: Sequence[tuple[str, EvalTask | None]], config: EvalConfig
) -> tuple[str, ...]:
    """A note for the abilities, which are evaluated as in a study, on settings of task files."""
    names = [name for name, task in tasks if task is None]
    default = EvalConfig(models=(), tasks=())
    for_files = (
        "fewshot_draws", "fewshot_orders", "templates", "wrong_labels", "fewshot_per_item",
        "lm_eval_fewshot", "seed", "limit", "lm_eval_json", "data_dir",
    )  # fmt: skip
    ignored = [name for name in for_files if getattr(config, name) != getattr(default, name)]
    if not (names and ignored):
        return ()
    options = ", ".join(f"--{name.replace('_', '-')}" for name in ignored)
    return (f"{options}: for task files only, not for {', '.join(names)}",)


# Conditions.


def _task_shots(task: EvalTask, config: EvalConfig) -> tuple[int, ...]:
    return (task.num_fewshot or 0,) if config.num_fewshot is None else config.num_fewshot


def _build_variants(task: EvalTask, config: EvalConfig) -> list[Variant]:
    """Every condition; without examples there is one draw, one order and one kind of labels."""
    from ..evaluation.task_files import Variant

    labels: tuple[Literal["true", "wrong"], ...] = ("true",)
    if config.wrong_labels:
        labels = ("true", "wrong")
    return [
        Variant(shots=shots, draw=draw, order=order, template=template, labels=label)
        for shots in _task_shots(task, config)
        for draw, order, template, label in product(
            range(config.fewshot_draws),
            range(config.fewshot_orders),
            _select_templates(task, config.templates),
            labels,
        )
        if shots or (draw, order, label) == (0, 0, "true")
    ]


def _select_templates(task: EvalTask, requested: Sequence[str]) -> Sequence[str]:
    """Names of templates; DataError for one that the task does not have."""
    if not requested:
        return [""]
    names = ["", *task.templates] if ALL_TEMPLATES in requested else requested
    for name in names:
        task.get_template(name)
    return names


def _fewshot_sampling(config: EvalConfig) -> FewshotSampling:
    from ..evaluation.task_files import FewshotSampling

    return FewshotSampling(
        shared=not config.fewshot_per_item, lm_eval=config.lm_eval_fewshot, seed=config.seed
    )


# Answers.


def _evaluate_task(
    model: LocalModel, task: EvalTask, config: EvalConfig, on_progress: EvalProgressFn | None
) -> list[VariantAnswer]:
    """Answers from the cache, and the others evaluated now."""
    from ..evaluation.task_files.cache import ResponseCache, evaluate_cached
    from ..evaluation.task_files.pieces import piece_characters

    def report(unit: Literal["rows", "tokens"]) -> Callable[[int, int], None] | None:
        if on_progress is None:
            return None
        return lambda done, total: on_progress(
            EvalProgress(model=model.name, task=task.name, unit=unit, done=done, total=total)
        )

    sampling = _fewshot_sampling(config)
    cache_fields = {
        "weights": model.weights_hash,
        "truncation": config.truncation,
        "fewshot": (sampling.shared, sampling.lm_eval, sampling.seed),
    }
    cache = ResponseCache(config.output_dir, model.name, task, **cache_fields)
    lm = model.as_lm(
        truncation=config.truncation, memory=config.memory, on_progress=report("tokens")
    )
    try:
        return evaluate_cached(
            lm, model.name, task, _build_variants(task, config), sampling, cache, config.limit,
            report("rows"), piece_characters(model.size.params),
        )  # fmt: skip
    finally:
        cache.close()
