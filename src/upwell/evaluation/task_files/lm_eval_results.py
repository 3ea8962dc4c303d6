"""Results in the format of lm-eval-harness, for tools that read it.

One `results_<time>.json` and one `samples_<task>_<time>.jsonl` for each task, as `lm_eval
--log_samples --output_path` writes them. A missing score is left out, never written as zero.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...files import to_filename
from ...metrics.extras import IS_GREEDY_PREFIX
from ...records import Answer, get_metric
from ...store.atomic import write_bytes
from .filters import apply_filter
from .scoring import compute_metric, compute_scores
from .task import EvalTask, Filter


@dataclass(frozen=True, kw_only=True)
class TaskRun:
    """A task, its number of shots, and the answers to its rows in order."""

    task: EvalTask
    shots: int
    answers: Sequence[Answer]


def write_results(
    folder: Path,
    task_runs: Sequence[TaskRun],
    *,
    model: str,
    params: int,
    max_length: int,
    stamp: str,
    seconds: float,
    version: str,
    revision: str | None = None,
) -> Path:
    """Write the results and samples files; returns the path of the results file.

    `stamp` is a time as part of a file name, such as 2026-11-23T18-32-59.781845, and `seconds` the
    same time since 1970. `version` is that of Upwell, `revision` the model's commit on the hub.
    """
    for task_run in task_runs:
        lines = "".join(
            json.dumps(line, ensure_ascii=False, default=str) + "\n"
            for line in iter_samples(task_run)
        )
        name = to_filename(task_run.task.name, f"_{stamp}.jsonl")
        write_bytes(folder / f"samples_{name}", lines.encode("utf-8", "backslashreplace"))
    document = build_results(
        task_runs, model=model, params=params, max_length=max_length, seconds=seconds,
        version=version, revision=revision,
    )  # fmt: skip
    path = folder / f"results_{stamp}.json"
    text = json.dumps(
        _to_plain(document), ensure_ascii=False, allow_nan=False, indent=2, default=str
    )
    write_bytes(path, text.encode("utf-8", "backslashreplace"))
    return path


def build_results(
    task_runs: Sequence[TaskRun],
    *,
    model: str,
    params: int,
    max_length: int,
    seconds: float,
    version: str,
    revision: str | None = None,
) -> dict[str, Any]:
    """The JSON document of the results file."""
    by_task = {task_run.task.name: task_run for task_run in task_runs}
    sizes = {
        name: {"original": len(task_run.task.rows), "effective": len(task_run.answers)}
        for name, task_run in by_task.items()
    }
    return {
        "results": {name: _score_entries(task_run) for name, task_run in by_task.items()},
        "group_subtasks": {name: [] for name in by_task},
        "configs": {name: _task_config(task_run) for name, task_run in by_task.items()},
        "versions": {name: _task_version(task_run.task) for name, task_run in by_task.items()},
        "n-shot": {name: task_run.shots for name, task_run in by_task.items()},
        "higher_is_better": {
            name: _higher_is_better(task_run.task) for name, task_run in by_task.items()
        },
        "n-samples": sizes,
        "config": {
            "model": "hf",
            "model_args": {"pretrained": model, "dtype": "float32"},
            "model_num_parameters": params,
            **({"model_sha": revision} if revision else {}),
            "model_dtype": "torch.float32",
            "device": "cpu",
            "limit": None,
            "bootstrap_iters": 0,
        },
        "date": seconds,
        "max_length": max_length,
        "model_source": "hf",
        "model_name": model,
        "upwell_version": version,
    }


def iter_samples(task_run: TaskRun) -> Iterator[dict[str, Any]]:
    """One line for every filter and row, as the harness logs samples."""
    for answer_filter in task_run.task.filters:
        for index, (row, answer) in enumerate(
            zip(task_run.task.rows, task_run.answers, strict=False)
        ):
            yield _build_sample(task_run.task, answer_filter, index, row, answer)


def _score_entries(task_run: TaskRun) -> dict[str, Any]:
    entries: dict[str, Any] = {
        "name": task_run.task.name,
        "alias": task_run.task.name,
        "sample_len": len(task_run.answers),
    }
    for score in compute_scores(task_run.task, task_run.answers):
        if score.value.value is not None:
            stderr = score.value.stderr
            entries[f"{score.metric},{score.filter}"] = score.value.value
            entries[f"{score.metric}_stderr,{score.filter}"] = "N/A" if stderr is None else stderr
    return entries


def _task_config(task_run: TaskRun) -> dict[str, Any]:
    task = task_run.task
    return {
        **task.config,
        "task": task.name,
        "output_type": task.output_type,
        "num_fewshot": task_run.shots,
        "metric_list": [
            {
                "metric": metric_spec.metric,
                "higher_is_better": is_higher_better,
                **metric_spec.options,
            }
            for metric_spec, is_higher_better in zip(
                task.metrics, _higher_is_better(task).values(), strict=True
            )
        ],
    }


def _to_plain(value: Any) -> Any:
    """The value with texts in the place of numbers and keys that JSON does not have."""
    if isinstance(value, Mapping):
        return {str(key): _to_plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_to_plain(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _higher_is_better(task: EvalTask) -> dict[str, bool]:
    facts = {metric_spec.metric: get_metric(metric_spec.metric) for metric_spec in task.metrics}
    return {
        name: fact.higher_is_better if fact else name != "brier_score"
        for name, fact in facts.items()
    }


def _task_version(task: EvalTask) -> Any:
    metadata = task.config.get("metadata")
    return metadata.get("version", "Yaml") if isinstance(metadata, Mapping) else "Yaml"


def _build_sample(
    task: EvalTask, answer_filter: Filter, index: int, row: Mapping[str, Any], answer: Answer
) -> dict[str, Any]:
    responses = _responses(answer)
    filtered_responses = (
        [apply_filter(answer.completion, answer_filter)]
        if answer.completion is not None
        else responses
    )
    return {
        "doc_id": index,
        "doc": row,
        "target": _target_text(answer),
        "resps": [[response] for response in responses],
        "filtered_resps": filtered_responses,
        "filter": answer_filter.name,
        "metrics": [metric_spec.metric for metric_spec in task.metrics],
        "doc_hash": _hash(json.dumps(row, indent=2, ensure_ascii=False, default=str)),
        "prompt_hash": answer.prompt,
        "target_hash": _hash(_target_text(answer)),
        **({"reason": answer.reason} if answer.reason else {}),
        **_item_metrics(task, answer_filter, answer),
    }


def _item_metrics(task: EvalTask, answer_filter: Filter, answer: Answer) -> dict[str, float]:
    """The metrics of a single item that have a value."""
    values = {
        metric_spec.metric: compute_metric(task, [answer], metric_spec, answer_filter).value
        for metric_spec in task.metrics
    }
    return {name: value for name, value in values.items() if value is not None}


def _responses(answer: Answer) -> list[Any]:
    """The responses as the harness writes them: pairs of strings, or the completion."""
    if answer.reason:
        return []
    if answer.completion is not None:
        return [answer.completion]
    logprobs = answer.logprobs or (sum(answer.token_logprobs),)
    is_greedy = [
        bool(answer.extras.get(f"{IS_GREEDY_PREFIX}{index}")) for index in range(len(logprobs))
    ]
    return [[str(logprob), str(flag)] for logprob, flag in zip(logprobs, is_greedy, strict=True)]


def _target_text(answer: Answer) -> str:
    if answer.logprobs:
        return str(answer.choices.index(answer.target))
    return answer.target


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
