"""Results in the shape in which lm-eval-harness writes them, for tools that read that.

One `results_<time>.json` and one `samples_<task>_<time>.jsonl` a task, as `lm_eval
--log_samples --output_path` leaves them. A score that is not there is left out, never zero.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...records import Answer, metric_named
from ...store.atomic import write_bytes
from ..metrics.choosing import GREEDY
from .filters import filtered
from .scores import scores, value_of
from .task import Filter, Task


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A task, how many shots it was asked with, and the answers to its rows in order."""

    task: Task
    shots: int
    answers: Sequence[Answer]


def write(
    folder: Path,
    asked: Sequence[Asked],
    *,
    model: str,
    params: int,
    context: int,
    stamp: str,
    seconds: float,
    version: str,
    revision: str | None = None,
) -> Path:
    """The results file.

    `stamp` is a time that can stand in a name, such as 2026-11-23T18-32-59.781845; `seconds` is
    when, since 1970; `version` is Upwell's; `revision` the model's commit on the hub.
    """
    for each in asked:
        lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in samples(each))
        write_bytes(folder / f"samples_{each.task.name}_{stamp}.jsonl", lines.encode())
    document = results(
        asked, model=model, params=params, context=context, seconds=seconds, version=version,
        revision=revision,
    )  # fmt: skip
    path = folder / f"results_{stamp}.json"
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    write_bytes(path, text.encode())
    return path


def results(
    asked: Sequence[Asked],
    *,
    model: str,
    params: int,
    context: int,
    seconds: float,
    version: str,
    revision: str | None = None,
) -> dict[str, Any]:
    """The document of the results file."""
    by_task = {each.task.name: each for each in asked}
    sizes = {
        n: {"original": len(e.task.rows), "effective": len(e.answers)} for n, e in by_task.items()
    }
    return {
        "results": {name: _scores(each) for name, each in by_task.items()},
        "group_subtasks": {name: [] for name in by_task},
        "configs": {name: _config(each) for name, each in by_task.items()},
        "versions": {name: _version(each.task) for name, each in by_task.items()},
        "n-shot": {name: each.shots for name, each in by_task.items()},
        "higher_is_better": {name: _better(each.task) for name, each in by_task.items()},
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
        "max_length": context,
        "model_source": "hf",
        "model_name": model,
        "upwell_version": version,
    }


def samples(asked: Asked) -> Iterator[dict[str, Any]]:
    """A line for every row and filter, as the harness logs samples."""
    for how in asked.task.filters:
        for place, (row, answer) in enumerate(zip(asked.task.rows, asked.answers, strict=False)):
            yield _sample(asked.task, how, place, row, answer)


def _scores(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": asked.task.name,
        "alias": asked.task.name,
        "sample_len": len(asked.answers),
    }
    for each in scores(asked.task, asked.answers):
        if each.value.value is not None:
            stderr = each.value.stderr
            found[f"{each.metric},{each.filter}"] = each.value.value
            found[f"{each.metric}_stderr,{each.filter}"] = "N/A" if stderr is None else stderr
    return found


def _config(asked: Asked) -> dict[str, Any]:
    task = asked.task
    return {
        **task.source,
        "task": task.name,
        "output_type": task.kind,
        "num_fewshot": asked.shots,
        "metric_list": [
            {"metric": scored.metric, "higher_is_better": better, **scored.options}
            for scored, better in zip(task.metrics, _better(task).values(), strict=True)
        ],
    }


def _better(task: Task) -> dict[str, bool]:
    facts = {scored.metric: metric_named(scored.metric) for scored in task.metrics}
    return {
        name: fact.better == "higher" if fact else name != "brier_score"
        for name, fact in facts.items()
    }


def _version(task: Task) -> Any:
    told = task.source.get("metadata")
    return told.get("version", "Yaml") if isinstance(told, Mapping) else "Yaml"


def _sample(
    task: Task, how: Filter, place: int, row: Mapping[str, Any], answer: Answer
) -> dict[str, Any]:
    responses = _responses(answer)
    read = [filtered(answer.said, how)] if answer.said is not None else responses
    return {
        "doc_id": place,
        "doc": row,
        "target": _target(answer),
        "resps": [[each] for each in responses],
        "filtered_resps": read,
        "filter": how.name,
        "metrics": [scored.metric for scored in task.metrics],
        "doc_hash": _hash(json.dumps(row, indent=2, ensure_ascii=False, default=str)),
        "prompt_hash": answer.prompt,
        "target_hash": _hash(_target(answer)),
        **({"reason": answer.reason} if answer.reason else {}),
        **_of_item(task, how, answer),
    }


def _of_item(task: Task, how: Filter, answer: Answer) -> dict[str, float]:
    """The metrics of a single item, those that it has."""
    found = {scored.metric: value_of(task, [answer], scored, how).value for scored in task.metrics}
    return {name: value for name, value in found.items() if value is not None}


def _responses(answer: Answer) -> list[Any]:
    """As the harness writes them: pairs of strings, or what was said."""
    if answer.reason:
        return []
    if answer.said is not None:
        return [answer.said]
    logprobs = answer.logprobs or (sum(answer.token_logprobs),)
    said = [bool(answer.notes.get(f"{GREEDY}{place}")) for place in range(len(logprobs))]
    return [[str(a), str(b)] for a, b in zip(logprobs, said, strict=True)]


def _target(answer: Answer) -> str:
    if answer.logprobs:
        return str(answer.choices.index(answer.target))
    return answer.target


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
