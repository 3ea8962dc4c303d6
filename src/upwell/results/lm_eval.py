"""Result JSON of lm-eval-harness since 0.4: `results[task]["metric,filter"]`.

The sample logs beside it (`samples_<task>_<time>.jsonl`, written by `--log_samples`) are read too.
They hold the log-probabilities of all choices, so continuous metrics that the harness did not print
are computed here from the same answers. A filter other than "none" becomes part of the ability's
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from . import lm_eval_samples
from .lm_eval_common import HarnessRun, as_mapping, parse_float, parse_run
from .lm_eval_samples import SampleScores
from .metric_names import canonical_metric
from .model_files import date_stamp
from .schema import LOCATION_COLUMN, OUTCOME_SCHEMA, BadRow, ParsedFile, parse_rows

NON_METRIC_KEYS = ("alias", "name", "sample_len", "sample_count", " ", "")


def matches(document: Any) -> bool:
    """Whether a JSON document has this format."""
    if not isinstance(document, Mapping):
        return False
    results = document.get("results")
    return isinstance(results, Mapping) and any(
        "," in name for scores in results.values() if isinstance(scores, Mapping) for name in scores
    )


def read(document: Mapping[str, Any], path: Path) -> ParsedFile:
    """Parse a result file and the sample logs of the same run beside it."""
    run = parse_run(document, path)
    logs, bad = _read_sample_logs(document, path)
    reported = list(_reported_rows(document, run, logs))
    reported_keys = {
        (row["ability"], canonical_metric(row["metric"])) for row in reported if "metric" in row
    }
    derived = [
        row for row in _derived_rows(document, run, logs) if _row_key(row) not in reported_keys
    ]
    part = parse_rows([*reported, *derived], str(path), _item_outcomes(document, run, logs))
    return replace(part, bad_rows=(*part.bad_rows, *bad), remarks=run.remarks)


SampleLogs: TypeAlias = dict[tuple[str, str], SampleScores]
"""Scores in the sample logs, by task and filter."""


def _row_key(row: Mapping[str, Any]) -> tuple[Any, Any]:
    return row["ability"], row["metric"]


def _read_sample_logs(document: Mapping[str, Any], path: Path) -> tuple[SampleLogs, list[BadRow]]:
    siblings = {log.name: log for log in path.parent.iterdir() if log.suffix == ".jsonl"}
    logs: SampleLogs = {}
    bad: list[BadRow] = []
    for task in document["results"]:
        log = next(
            (siblings[name] for name in _log_names(document, path, task) if name in siblings), None
        )
        if log is None:
            continue
        output_type = _get_section(document, "configs", task).get("output_type")
        scored, bad_lines = lm_eval_samples.read(
            log, output_type if isinstance(output_type, str) else ""
        )
        logs |= {(task, filter_name): task_scores for filter_name, task_scores in scored.items()}
        bad += bad_lines
    return logs, bad


def _log_names(document: Mapping[str, Any], path: Path, task: str) -> Iterator[str]:
    """Names that the log of a task may have, whatever the result file is called."""
    stamp = date_stamp(path.stem) or (
        path.stem.removeprefix("results_") if path.stem.startswith("results_") else None
    )
    if stamp is not None:
        yield f"samples_{task}_{stamp}.jsonl"
        return
    # Before 0.4.3 a file had no date, and its logs were named after the model's arguments.
    arguments = as_mapping(document.get("config")).get("model_args")
    if isinstance(arguments, str):
        yield f"{re.sub('/|=', '__', arguments)}_{task}.jsonl"
    yield f"{path.stem}_{task}.jsonl"


def _reported_rows(
    document: Mapping[str, Any], run: HarnessRun, logs: SampleLogs
) -> Iterator[dict[str, Any]]:
    """The scores of the result file, with chance and error from the sample logs."""
    for task, scores in document["results"].items():
        if not isinstance(scores, Mapping):
            yield {LOCATION_COLUMN: f"results.{task}", **run.columns, "ability": task}
            continue
        for name, value in scores.items():
            metric, _, filter_name = name.partition(",")
            if metric in NON_METRIC_KEYS or metric.endswith("_stderr"):
                continue
            log = logs.get((task, filter_name))
            stderr = parse_float(scores.get(f"{metric}_stderr,{filter_name}"))
            yield {
                LOCATION_COLUMN: f"results.{task}.{name}",
                **_task_columns(document, run, task, filter_name),
                "metric": metric,
                "value": parse_float(value),
                "stderr": stderr if stderr is not None or log is None else log.stderr(metric),
                "items": _count_items(document, task, scores, name),
                "chance": log.chance(metric) if log else None,
            }


def _derived_rows(
    document: Mapping[str, Any], run: HarnessRun, logs: SampleLogs
) -> Iterator[dict[str, Any]]:
    """Metrics computed from the sample logs."""
    for (task, filter_name), log in logs.items():
        for metric in log.metrics():
            yield {
                LOCATION_COLUMN: f"samples of {task}",
                **_task_columns(document, run, task, filter_name),
                "metric": metric,
                "value": log.mean(metric),
                "stderr": log.stderr(metric),
                "items": log.count(metric),
                "chance": log.chance(metric),
            }


def _task_columns(
    document: Mapping[str, Any], run: HarnessRun, task: str, filter_name: str
) -> dict[str, Any]:
    shots = parse_float(as_mapping(document.get("n-shot")).get(task))
    shots = run.shots if shots is None else shots
    version = as_mapping(document.get("versions")).get(task)
    subtasks = as_mapping(document.get("group_subtasks")).get(task)
    return {
        **run.columns,
        "ability": task if filter_name in ("none", "") else f"{task}/{filter_name}",
        "shots": shots,
        "fewshot_seed": run.fewshot_seed if shots else None,
        "task_version": None if version is None else f"version {version}",
        "is_group": 1.0
        if subtasks and any(each in document["results"] for each in subtasks)
        else None,
    }


def _count_items(
    document: Mapping[str, Any], task: str, scores: Mapping[str, Any], name: str
) -> float | None:
    sample_count = scores.get("sample_count")
    candidates = (
        sample_count.get(name) if isinstance(sample_count, Mapping) else None,
        _get_section(document, "n-samples", task).get("effective"),
        scores.get("sample_len"),
    )
    return next((n for n in map(parse_float, candidates) if n is not None), None)


def _get_section(document: Mapping[str, Any], section: str, task: str) -> Mapping[str, Any]:
    tasks = document.get(section)
    entry = tasks.get(task) if isinstance(tasks, Mapping) else None
    return entry if isinstance(entry, Mapping) else {}


def _item_outcomes(
    document: Mapping[str, Any], run: HarnessRun, logs: SampleLogs
) -> pl.DataFrame | None:
    frames = []
    for (task, filter_name), log in logs.items():
        columns = _task_columns(document, run, task, filter_name)
        constants = {name: columns[name] for name in ("model", "step", "ability", "shots")}
        frames += [
            pl.DataFrame({"item": log.items, "value": values}, strict=False).select(
                pl.lit({**constants, "metric": metric}.get(name), dtype=kind).alias(name)
                if name not in ("item", "value")
                else pl.col(name).cast(kind)
                for name, kind in OUTCOME_SCHEMA.items()
            )
            for metric, values in log.values.items()
        ]
    return pl.concat(frames) if frames else None
