"""Flat result JSON: `results[task][metric]`, one number of shots.

lm-eval-harness before 0.4 writes it, and so do GPT-NeoX, Megatron-DeepSpeed, RWKV, BigScience and
lighteval (the first Open LLM Leaderboard), with more or less beside the results. BigScience stores
each run of a task under its date; lighteval names a task "suite|task|shots".

The file does not have the number of items of a task. A proportion and its standard error give it
exactly, s = sqrt(p(1-p)/(n-1)). Only an n that reproduces both is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..records import get_metric
from .lm_eval_common import HarnessRun, as_mapping, parse_float, parse_run
from .metric_names import canonical_metric
from .model_files import parse_date
from .remarks import Remark
from .schema import LOCATION_COLUMN, ParsedFile, parse_rows

STDERR_SUFFIX = "_stderr"

PROPORTION_METRICS = (
    "acc",
    "acc_norm",
    "em",
    "exact_match",
    "exact_str_match",
    "multiple_choice_grade",
    "mc1",
)
"""Metrics that are the proportion of correct items."""


TEXT_KEYS = (
    "alias", "fixed_answer_choice_list", "name", "prompt_id", "prompt_jinja", "prompt_name",
    "task_name", "template_name",
)  # fmt: skip
"""Keys beside the metrics of a task that hold text."""

AVERAGE_OF_ALL = "all"
"""The entry of lighteval with the mean over all tasks."""

AVERAGE_REMARK = "averages over all tasks are no ability and are left out"


def matches(document: Any) -> bool:
    """Whether a JSON document has this format."""
    if not isinstance(document, Mapping) or not isinstance(document.get("results"), Mapping):
        return False
    entries = [entry for entry in document["results"].values() if isinstance(entry, Mapping)]
    scores = [each for entry in entries for _, each in _runs(entry)]
    if any("," in name for each in scores for name in each):
        return False
    named = any(key in document for key in ("config", "config_general", "versions"))
    return any(_has_scores(each, named) for each in scores)


def read(document: Mapping[str, Any], path: Path) -> ParsedFile:
    """Parse one result file."""
    run = parse_run(document, path)
    average = [Remark(AVERAGE_REMARK, str(path))] if _has_average(document) else []
    part = parse_rows(_iter_rows(document, run), str(path), None)
    return replace(part, remarks=(*run.remarks, *average))


def _has_scores(scores: Mapping[str, Any], is_harness: bool) -> bool:
    """Whether a mapping holds scores: numbers, with a name or an error that a harness writes."""
    numbers = [name for name, value in scores.items() if parse_float(value) is not None]
    return bool(numbers) and (
        is_harness
        or any(get_metric(canonical_metric(name)) for name in numbers)
        or any(name + STDERR_SUFFIX in scores for name in numbers)
    )


def _has_average(document: Mapping[str, Any]) -> bool:
    results = document["results"]
    return AVERAGE_OF_ALL in results and any("|" in task for task in results)


def _runs(entry: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(date, scores) of the runs of one task; without dates the entry itself holds the scores."""
    is_dated = bool(entry) and all(
        isinstance(scores, Mapping) and parse_date(key) is not None for key, scores in entry.items()
    )
    return list(entry.items()) if is_dated else [("", entry)]


def _iter_rows(document: Mapping[str, Any], run: HarnessRun) -> Iterator[dict[str, Any]]:
    for task, entry in document["results"].items():
        if task == AVERAGE_OF_ALL and _has_average(document):
            continue
        if not isinstance(entry, Mapping):
            yield {LOCATION_COLUMN: f"results.{task}", **run.columns, "ability": task}
            continue
        for date, scores in _runs(entry):
            yield from _score_rows(document, run, task, date, scores)


def _score_rows(
    document: Mapping[str, Any], run: HarnessRun, task: str, date: str, scores: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    ability, shots = _parse_task(task, scores)
    version = as_mapping(document.get("versions")).get(task)
    shots = run.shots if shots is None else shots
    for name, value in scores.items():
        if name.endswith(STDERR_SUFFIX) or name in TEXT_KEYS:
            continue
        location = ".".join(filter(None, ("results", task, date, name)))
        if isinstance(value, Mapping):
            yield {LOCATION_COLUMN: location, **run.columns, "ability": ability}
            continue
        stderr = parse_float(scores.get(name + STDERR_SUFFIX))
        yield {
            LOCATION_COLUMN: location,
            **run.columns,
            **({"evaluation_time": parse_date(date)} if date else {}),
            "ability": ability,
            "shots": shots,
            "task_version": None if version is None else f"version {version}",
            "is_group": 1.0 if ability.endswith(":_average") else None,
            "metric": name,
            "value": parse_float(value),
            "stderr": stderr,
            "items": _infer_items(name, parse_float(value), stderr),
        }


def _parse_task(task: str, scores: Mapping[str, Any]) -> tuple[str, float | None]:
    """(ability, shots) of a task, also of one named "suite|task|shots" or with a named prompt."""
    name, prompt = scores.get("task_name"), scores.get("prompt_name")
    if isinstance(name, str) and isinstance(prompt, str):
        return f"{name}/{prompt}", None
    parts = task.split("|")
    if len(parts) == 2 and parts[1].isdecimal():
        return parts[0], float(parts[1])
    if len(parts) in (3, 4) and parts[2].isdecimal():
        return parts[1], float(parts[2])
    return task, None


def _infer_items(metric: str, proportion: float | None, stderr: float | None) -> int | None:
    if (
        metric not in PROPORTION_METRICS
        or proportion is None
        or not stderr
        or not 0 < proportion < 1
    ):
        return None
    exact = proportion * (1 - proportion) / stderr**2 + 1
    items = round(exact)
    correct = proportion * items
    is_consistent = abs(exact - items) < 1e-3 and abs(correct - round(correct)) < 1e-3
    return items if is_consistent else None
