"""The keys `metric_list` and `filter_list` of a task file: what its answers are scored by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ... import metrics
from ...errors import DataError, SpecError
from ...plugins import quoted_list
from . import safe_yaml
from .filters import FILTER_STEPS, STEP_OPTIONS
from .safe_regex import check_pattern
from .safe_yaml import short_repr
from .task import Filter, MetricSpec, OutputType

DEFAULT_METRICS: Mapping[str, tuple[str, ...]] = {
    "multiple_choice": (
        "acc", "acc_norm", "acc_bytes", "choice_probability", "brier", "log_loss", "margin",
        "calibration_error",
    ),
    "loglikelihood": ("perplexity", "acc", "log_probability", "loss"),
    "loglikelihood_rolling": ("word_perplexity", "byte_perplexity", "bits_per_byte"),
    "generate_until": ("exact_match", "token_edit_distance", "token_f1"),
}  # fmt: skip
"""Metrics of a file without `metric_list`: first those of the harness
(`DEFAULT_METRIC_REGISTRY`), then others, most of them continuous."""

LM_EVAL_METRICS: Mapping[str, tuple[str, ...]] = {
    "multiple_choice": (
        "acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match", "brier_score", "f1",
        "mcc",
    ),
    "loglikelihood": ("perplexity", "acc"),
    "loglikelihood_rolling": ("word_perplexity", "byte_perplexity", "bits_per_byte"),
    "generate_until": ("exact_match", "bleu", "chrf", "ter"),
}  # fmt: skip
"""Metrics of the harness by output type; a metric that is Upwell's alone goes with any."""

ENTRY_KEYS = ("metric", "aggregation", "higher_is_better", "hf_evaluate")
EXACT_MATCH_OPTIONS = ("ignore_case", "ignore_punctuation", "ignore_numbers", "regexes_to_ignore")

OPTION_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(EXACT_MATCH_OPTIONS[:3], (bool,)),
    "regexes_to_ignore": (list,),
}

AGGREGATIONS = {"brier_score": "brier_score", "f1": "f1", "mcc": "matthews_corrcoef"}
"""Aggregation of the metrics that are not means."""

ANY_AGGREGATION = ("perplexity", "bleu", "chrf", "ter")
"""Metrics whose `aggregation` repeats their own name and is not checked."""


def parse_metric_list(
    entries: Sequence[Any] | None, output_type: OutputType, path: Path
) -> tuple[MetricSpec, ...]:
    """The metrics of a `metric_list`; the default ones without it. Raises DataError."""
    entries = entries or [{"metric": metric} for metric in DEFAULT_METRICS[output_type]]
    return tuple(_parse_metric(entry, output_type, path) for entry in entries)


def _parse_metric(entry: Any, output_type: OutputType, path: Path) -> MetricSpec:
    if not isinstance(entry, Mapping) or "metric" not in entry:
        raise DataError(
            f"{path}: an entry of metric_list is {{metric: NAME}}; found {short_repr(entry)}"
        )
    metric = entry["metric"]
    if not isinstance(metric, str):
        raise DataError(f"{path}: metric_list: a metric is a name; found {short_repr(metric)}")
    if metric not in LM_EVAL_METRICS[output_type]:
        _check_own_metric(metric, output_type, path)
    options = {key: value for key, value in entry.items() if key not in ENTRY_KEYS}
    allowed = EXACT_MATCH_OPTIONS if metric == "exact_match" else ()
    safe_yaml.check_keys(options, allowed, f"{path}: {metric}")
    safe_yaml.check_types(options, OPTION_TYPES, f"{path}: {metric}")
    for pattern in options.get("regexes_to_ignore") or ():
        check_pattern(pattern)
    _check_aggregation(metric, entry.get("aggregation"), path)
    return MetricSpec(metric=metric, options=options)


def _check_aggregation(metric: str, aggregation: Any, path: Path) -> None:
    if aggregation is None or metric in ANY_AGGREGATION:
        return
    expected = AGGREGATIONS.get(metric, "mean")
    if aggregation not in (expected, "weighted_perplexity", "bits_per_byte"):
        raise DataError(
            f"{path}: {metric} is aggregated by {expected} here; found {short_repr(aggregation)}"
        )


def _check_own_metric(metric: Any, output_type: OutputType, path: Path) -> None:
    """Raises DataError for a metric of the harness for other types, and for an unknown metric."""
    if any(metric in names for names in LM_EVAL_METRICS.values()):
        raise DataError(
            f"{path}: metric_list: of the harness's metrics a {output_type} task has "
            f"{quoted_list(LM_EVAL_METRICS[output_type])}; found {short_repr(metric)}"
        )
    try:
        metrics.load_metric(str(metric))
    except SpecError as error:
        raise DataError(f"{path}: metric_list: found {short_repr(metric)}; {error}") from None


def parse_filter_list(
    entries: Sequence[Any] | None, output_type: OutputType, path: Path
) -> tuple[Filter, ...]:
    """The filters of a `filter_list`; one that changes nothing without it. Raises DataError."""
    if not entries:
        return (Filter(),)
    filters = tuple(_parse_filter(entry, path) for entry in entries)
    if output_type != "generate_until" and any(
        name != "take_first" for each in filters for name, _ in each.steps
    ):
        raise DataError(f"{path}: filter_list reads completions, and a {output_type} task has none")
    names = [each.name for each in filters]
    if len(set(names)) < len(names):
        raise DataError(f"{path}: filter_list has two filters of the same name")
    return filters


def _parse_filter(entry: Any, path: Path) -> Filter:
    steps = entry.get("filter") if isinstance(entry, Mapping) else None
    if not isinstance(steps, list) or not all(isinstance(step, Mapping) for step in steps):
        raise DataError(
            f"{path}: an entry of filter_list is {{name: NAME, filter: [{{function: STEP}}]}}; "
            f"found {short_repr(entry)}"
        )
    names = [step.get("function") for step in steps]
    if "take_first" in names[:-1]:
        raise DataError(
            f"{path}: filter_list: take_first must be the last step; after it, lm-eval-harness "
            "applies a step to every single character"
        )
    parsed = [_parse_step(step, path) for step in steps]
    return Filter(name=str(entry.get("name", "none")), steps=tuple(parsed))


def _parse_step(step: Mapping[str, Any], path: Path) -> tuple[str, Mapping[str, Any]]:
    name = step.get("function")
    if not isinstance(name, str) or name not in FILTER_STEPS:
        raise DataError(
            f"{path}: a filter is one of {quoted_list(FILTER_STEPS)}; found {short_repr(name)}"
        )
    options = {key: value for key, value in step.items() if key != "function"}
    safe_yaml.check_keys(options, STEP_OPTIONS[name], f"{path}: {name}")
    safe_yaml.check_types(
        options,
        {"regex_pattern": (str,), "group_select": (int,), "mapping_dict": (dict,)},
        f"{path}: {name}",
    )
    if "regex_pattern" in options:
        check_pattern(options["regex_pattern"])
    return name, {key: value for key, value in options.items() if value is not None}
