"""Evaluation of language models on task files and built-in abilities, with 0 to k examples.

Every task file is read, and every row's prompt is tried, before the first model is loaded. Answers
are cached on disk, so a stopped evaluation continues where it stopped.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from .. import __version__
from ..errors import DataError
from .documents import build_document
from .result_objects import ResultSet

if TYPE_CHECKING:
    from ..evaluation.task_files import EvalTask, FewshotSampling, Variant, VariantAnswer
    from ..evaluation.task_files.lm_eval_results import TaskRun
    from ..evaluation.task_files.task import MetricSpec
    from ..models.hub.language_models import LocalModel
    from ..records import Answer, ModelRef

Truncation: TypeAlias = Literal["left", "right", "error"]
"""What to cut from a prompt that is too long; "error" gives a reason instead of an answer.

The same as `models.lm.hf_base.Truncation`, which loads torch.
"""

GIGABYTE = 1 << 30

TASK_FILE_SUFFIXES = (".yaml", ".yml", ".json")

ALL_TEMPLATES = "all"
"""Name that stands for every template of a task."""

WRONG_LABELS_SUFFIX = ", wrong labels"
"""End of the ability's name for scores with wrong few-shot labels."""

GainKind: TypeAlias = Literal["fewshot", "wrong_labels", "labels"]
"""fewshot: examples against none. wrong_labels: examples with wrong labels against none.
labels: true labels in the examples against wrong ones."""


@dataclass(frozen=True, kw_only=True)
class EvalConfig:
    """What to evaluate, and how."""

    models: tuple[str, ...]
    """Folders for transformers, models of a study (out/demo/MODEL), or of the hub (ORG/NAME)."""

    tasks: tuple[str, ...]
    """Task files (.yaml, .json) and names of abilities."""

    num_fewshot: tuple[int, ...] | None = None
    """Numbers of few-shot examples; None for the one in each task file, otherwise 0."""

    fewshot_draws: int = 1
    """Draws of few-shot examples. Scores average over them."""

    fewshot_orders: int = 1
    """Orders of the same examples. Scores average over them."""

    templates: tuple[str, ...] = ()
    """Prompt templates of the task files; `("all",)` for every one. Scores average over them."""

    wrong_labels: bool = False
    """Whether to evaluate a second time with wrong labels in the examples."""

    fewshot_per_item: bool = False
    """Whether every row gets examples of its own, instead of all rows the same."""

    lm_eval_fewshot: bool = False
    """Whether to draw the same examples as lm-eval-harness."""

    seed: int | None = None
    """Random seed of the few-shot draws; None for the default."""

    limit: int | None = None
    """Number of rows of each task file, from the first; None for all."""

    truncation: Truncation = "left"
    memory: int = GIGABYTE
    """Bytes to use besides the weights. The batch size follows from it."""

    output_dir: Path = Path("out/eval")
    """Folder of the cached answers."""

    lm_eval_json: Path | None = None
    """Folder for results in the format of lm-eval-harness."""


@dataclass(frozen=True, kw_only=True)
class EvalScore:
    """One metric of one model on one task, at one number of few-shot examples."""

    model: str
    revision: str | None
    """Commit on the hub; None for a model from elsewhere."""

    params: int
    ability: str
    """Name of the task or ability; ends in ", wrong labels" for wrong few-shot labels."""

    shots: int
    metric: str
    value: float | None
    reason: str | None
    """Why there is no value; None when there is one."""

    stderr: float | None
    """Over items, and over draws, orders and templates where there are several."""

    chance: float | None = None
    ceiling: float | None = None
    items: int
    """Items with an answer."""

    missing: int
    """Answers with a reason instead of a response."""

    reasons: Mapping[str, int]
    """Why answers are missing, with the number for each reason, the most frequent first."""

    truncated: int = 0
    """Answers whose prompt was cut to fit the model."""

    variances: Mapping[str, float] | None = None
    """Variance of items, draws, orders, templates and the rest; None for one condition."""

    levels: Mapping[str, int] | None = None
    """Number of items, draws, orders and templates; None for one condition."""


@dataclass(frozen=True, kw_only=True)
class EvalGain:
    """Paired difference of a metric between two conditions on the same items."""

    kind: GainKind
    model: str
    ability: str
    metric: str
    shots: int
    value: float
    interval_low: float | None
    """Limits of the 90 % interval; None where no item differs."""

    interval_high: float | None
    items: int


@dataclass(frozen=True, repr=False)
class EvalResult(ResultSet):
    """Scores of all models and tasks, and the gains from few-shot examples."""

    scores: Sequence[EvalScore]
    gains: Sequence[EvalGain] = ()
    notes: Sequence[str] = ()
    """Settings that do not apply to a task."""

    columns: ClassVar = (
        "ability", "model", "shots", "metric", "value", "stderr", "items", "missing", "truncated",
    )  # fmt: skip

    @property
    def records(self) -> Sequence[EvalScore]:  # type: ignore[override]
        """The scores."""
        return self.scores

    def document(self) -> dict[str, Any]:
        """The JSON of `upwell eval`."""
        return build_document(
            "evaluation",
            gains=[asdict(gain) for gain in self.gains],
            notes=list(self.notes),
            rows=[asdict(score) for score in self.scores],
        )

    def _summary(self) -> str:
        return f"{len(self.scores)} scores, {len(self.gains)} gains"


@dataclass(frozen=True, kw_only=True)
class EvalProgress:
    """How far one model is on one task."""

    model: str
    task: str
    unit: Literal["rows", "tokens"]
    done: int
    total: int


EvalProgressFn: TypeAlias = Callable[[EvalProgress], None]


def evaluate(config: EvalConfig, on_progress: EvalProgressFn | None = None) -> EvalResult:
    """Evaluate every model on every task.

    `on_progress` is called now and then. Raises DataError for a task file that cannot be used,
    SpecError for an unknown ability, ModelError for a model that cannot be loaded.
    """
    from .resolve_model import resolve_model

    tasks = _load_tasks(config)
    scores: list[EvalScore] = []
    gains: list[EvalGain] = []
    for model_name in config.models:
        model = resolve_model(model_name)
        task_runs: list[TaskRun] = []
        for name, task in tasks:
            if task is None:
                scores += _ability_scores(model, name, config)
                continue
            answers = _evaluate_task(model, task, config, on_progress)
            scores += _task_scores(model, task, answers)
            gains += _gains(model, task, answers)
            task_runs += _task_runs(task, answers)
        if config.lm_eval_json and task_runs:
            folder = config.lm_eval_json / model.name.replace("/", "__")
            _write_lm_eval_results(folder, model, model_name, task_runs)
    return EvalResult(scores, gains, _ignored_settings(tasks, config))


def _load_tasks(config: EvalConfig) -> list[tuple[str, EvalTask | None]]:
    """(name, task) of every task; None for an ability. Raises DataError or SpecError."""
    from ..evaluation import load_ability
    from ..evaluation.task_files import load_task

    tasks: list[tuple[str, EvalTask | None]] = []
    for name in config.tasks:
        if name.endswith(TASK_FILE_SUFFIXES):
            task = load_task(name)
            _check_task(name, task, config)
            tasks.append((name, task))
        else:
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


def _ignored_settings(
    tasks: Sequence[tuple[str, EvalTask | None]], config: EvalConfig
) -> tuple[str, ...]:
    """A note for the abilities, which are evaluated as in a study, on settings of task files."""
    names = [name for name, task in tasks if task is None]
    default = EvalConfig(models=(), tasks=())
    for_files = (
        "fewshot_draws", "fewshot_orders", "templates", "wrong_labels", "fewshot_per_item",
        "lm_eval_fewshot", "seed", "limit", "lm_eval_json",
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
    from ..store.lock import file_lock

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
    config.output_dir.mkdir(parents=True, exist_ok=True)
    with file_lock(config.output_dir / "lock"):
        cache = ResponseCache(config.output_dir, model.name, task, **cache_fields)
        lm = model.as_lm(
            truncation=config.truncation, memory=config.memory, on_progress=report("tokens")
        )
        try:
            return evaluate_cached(
                lm, model.name, task, _build_variants(task, config), sampling, cache, config.limit,
                report("rows"),
            )  # fmt: skip
        finally:
            cache.close()


def _groups(
    answers: Sequence[VariantAnswer],
) -> dict[tuple[int, str], list[VariantAnswer]]:
    """Answers by number of shots and by labels, in that order."""
    groups: dict[tuple[int, str], list[VariantAnswer]] = {}
    for answer in sorted(answers, key=lambda each: (each.variant.shots, each.variant.labels)):
        groups.setdefault((answer.variant.shots, answer.variant.labels), []).append(answer)
    return groups


# Scores.


def _task_scores(
    model: LocalModel, task: EvalTask, answers: Sequence[VariantAnswer]
) -> Iterator[EvalScore]:
    for (shots, labels), group in _groups(answers).items():
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


def _ability_scores(model: LocalModel, name: str, config: EvalConfig) -> Iterator[EvalScore]:
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


def _gains(
    model: LocalModel, task: EvalTask, answers: Sequence[VariantAnswer]
) -> Iterator[EvalGain]:
    """What few-shot examples gain, with true and with wrong labels."""
    from ..evaluation.task_files.fewshot_gain import estimate_gain

    groups = _groups(answers)
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


def _task_runs(task: EvalTask, answers: Sequence[VariantAnswer]) -> Iterator[TaskRun]:
    """What lm-eval-harness would have run: the first draw and order, the task's own template."""
    from ..evaluation.task_files.lm_eval_results import TaskRun

    for (shots, labels), group in _groups(answers).items():
        first = [
            each.answer
            for each in group
            if (each.variant.draw, each.variant.order, each.variant.template) == (0, 0, "")
        ]
        if labels == "true" and first:
            yield TaskRun(task=task, shots=shots, answers=first)


def _write_lm_eval_results(
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
