"""Score JSON of BIG-bench (`scores_<family>_<model>.json`, Srivastava et al. 2022).

A document has `model`, `task` and `scores`; each score has the values of its metrics, its
number of shots and its subtask. A whole task is the ability `task`, a subtask
`task/subtask`. The low score of a multiple-choice grade is its chance level. The low score of other
metrics is arbitrary and is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .lm_eval_common import parse_float
from .schema import LOCATION_COLUMN, ParsedFile, parse_rows

CHOICE_METRIC = "multiple_choice_grade"


def matches(document: Any) -> bool:
    """Whether a JSON document has this format."""
    return (
        isinstance(document, Mapping)
        and isinstance(document.get("scores"), list)
        and isinstance(document.get("model"), Mapping)
        and isinstance(document.get("task"), Mapping)
    )


def read(document: Mapping[str, Any], file: str) -> ParsedFile:
    """Parse one score file."""
    return parse_rows(_iter_rows(document), file, None)


def _iter_rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    model = _model_columns(document["model"])
    task = document["task"].get("task_name")
    has_parts = (
        len({_ability_name(task, s.get("subtask_description")) for s in _scores(document)}) > 1
    )
    for i, score in enumerate(document["scores"]):
        values = score.get("score_dict") if isinstance(score, Mapping) else None
        if not isinstance(values, Mapping):
            yield {LOCATION_COLUMN: f"scores.{i}.score_dict", **model}
            continue
        ability = _ability_name(task, score.get("subtask_description"))
        for name, value in values.items():
            yield {
                LOCATION_COLUMN: f"scores.{i}.score_dict.{name}",
                **model,
                "ability": ability,
                "is_group": 1.0 if ability == task and has_parts else None,
                "shots": parse_float(score.get("number_of_shots")),
                "metric": name,
                "value": parse_float(value),
                **_metric_range(score, name),
            }


def _scores(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [score for score in document["scores"] if isinstance(score, Mapping)]


def _model_columns(model: Mapping[str, Any]) -> dict[str, Any]:
    name, family = model.get("model_name"), model.get("model_family")
    return {
        "family": family if isinstance(family, str) else None,
        "model": name if isinstance(name, str) else None,
        "params": parse_float(model.get("total_params")),
        "params_nonemb": parse_float(model.get("non_embedding_params")),
        "params_flop_matched": parse_float(model.get("flop_matched_non_embedding_params")),
    }


def _ability_name(task: Any, subtask: Any) -> str | None:
    if not isinstance(task, str):
        return None
    if not isinstance(subtask, str) or subtask == task:
        return task
    return f"{task}/{subtask.removeprefix(f'{task}:')}"


def _metric_range(score: Mapping[str, Any], metric: str) -> dict[str, float | None]:
    if metric != CHOICE_METRIC or score.get("preferred_score") != CHOICE_METRIC:
        return {"chance": None, "ceiling": None}
    return {
        "chance": parse_float(score.get("low_score")),
        "ceiling": parse_float(score.get("high_score")),
    }
