"""Scores of a task from its answers, by the metrics and filters of the task file.

Scoring is cheap. Other filters and metrics can be applied to the same answers at any time.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ... import metrics
from ...metrics import MetricValue
from ...records import Answer
from .filters import apply_filter
from .safe_regex import substitute
from .task import EvalTask, Filter, MetricSpec


@dataclass(frozen=True, kw_only=True)
class TaskScore:
    """A metric of a task after one of its filters."""

    metric: str
    filter: str
    value: MetricValue


def compute_scores(task: EvalTask, answers: Sequence[Answer]) -> list[TaskScore]:
    """Every metric of the task after every filter, in the order of the file."""
    return [
        TaskScore(
            metric=metric_spec.metric,
            filter=answer_filter.name,
            value=compute_metric(task, answers, metric_spec, answer_filter),
        )
        for answer_filter in task.filters
        for metric_spec in task.metrics
    ]


def compute_metric(
    task: EvalTask,
    answers: Sequence[Answer],
    metric_spec: MetricSpec,
    answer_filter: Filter | None = None,
) -> MetricValue:
    """One metric of the answers after a filter, by default the task's first.

    Raises SpecError for an unknown metric.
    """
    clean = _make_cleaner(metric_spec.options)
    answer_filter = answer_filter or task.filters[0]
    filtered_answers = [_filter_answer(answer, answer_filter, clean) for answer in answers]
    return metrics.load_metric(builtin_metric_name(task, metric_spec.metric))(filtered_answers)


def builtin_metric_name(task: EvalTask, metric: str) -> str:
    """Upwell's name of a metric of a task file."""
    if metric == "exact_match" and task.output_type == "multiple_choice":
        return "greedy_match"
    return "brier" if metric == "brier_score" else metric


def _filter_answer(
    answer: Answer, answer_filter: Filter, clean: Callable[[str], str] | None
) -> Answer:
    """The answer after the filter, with the ignored parts removed from all its texts."""
    if answer.completion is None:
        return answer
    completion = apply_filter(answer.completion, answer_filter)
    if clean is None:
        return replace(answer, completion=completion)
    choices = tuple(map(clean, answer.choices))
    return replace(
        answer, completion=clean(completion), target=clean(answer.target), choices=choices
    )


def _make_cleaner(options: Mapping[str, Any]) -> Callable[[str], str] | None:
    """Removes what exact match ignores (`exact_match_hf_evaluate` of lm-eval-harness)."""
    if not options:
        return None
    patterns = options.get("regexes_to_ignore") or ()
    removed = string.punctuation if options.get("ignore_punctuation") else ""
    removed += string.digits if options.get("ignore_numbers") else ""
    table = str.maketrans("", "", removed)

    def clean(text: str) -> str:
        for pattern in patterns:
            text = substitute(pattern, "", text)
        text = text.lower() if options.get("ignore_case") else text
        return text.translate(table)

    return clean
