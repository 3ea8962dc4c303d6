"""Result JSON of lm-eval-harness before 0.4: `results[task][metric]`, one number of shots.

The file does not have the number of items of a task. A proportion and its standard error give it
exactly, s = sqrt(p(1-p)/(n-1)). Only an n that reproduces both is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .lm_eval_common import parse_float, parse_model
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


def matches(document: Any) -> bool:
    """Whether a JSON document has this format."""
    if not isinstance(document, Mapping) or "config" not in document:
        return False
    results = document.get("results")
    return (
        isinstance(results, Mapping)
        and bool(results)
        and not any(
            "," in name
            for scores in results.values()
            if isinstance(scores, Mapping)
            for name in scores
        )
    )


def read(document: Mapping[str, Any], file: str) -> ParsedFile:
    """Parse one result file."""
    return parse_rows(_iter_rows(document), file, None)


def _iter_rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    model = parse_model(document)
    config = document["config"]
    shots = parse_float(config.get("num_fewshot")) if isinstance(config, Mapping) else None
    for task, scores in document["results"].items():
        if not isinstance(scores, Mapping):
            yield {LOCATION_COLUMN: f"results.{task}", "ability": task}
            continue
        for name, value in scores.items():
            if name.endswith(STDERR_SUFFIX):
                continue
            stderr = parse_float(scores.get(name + STDERR_SUFFIX))
            yield {
                LOCATION_COLUMN: f"results.{task}.{name}",
                **model,
                "ability": task,
                "shots": shots,
                "metric": name,
                "value": parse_float(value),
                "stderr": stderr,
                "items": _infer_items(name, parse_float(value), stderr),
            }


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
