"""Metric names of others, mapped to Upwell's names where the metric is the same.

A name that is neither here nor in `records.METRICS` is kept and listed as unknown: its direction
and whether it is continuous are not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass

from ..records import METRICS
from .columns import is_percent_unit, normalize_name, split_unit

METRIC_ALIASES = {
    "acc": "accuracy",
    "acc_raw": "accuracy",
    "em": "exact_match",
    "exact_str_match": "exact_match",
    "brier_score": "brier",
    "ppl": "perplexity",
    "bpb": "bits_per_byte",
    "bits_per_byte_corr": "bits_per_byte",
    "ce_loss": "loss",
    "val_ce_loss": "loss",
    "cross_entropy": "loss",
    "norm_correct_prob": "choice_probability",
    "likelihood_difference": "likelihood_diff",
    "rouge_1": "rouge1",
    "rouge_2": "rouge2",
    "rouge_l": "rougeL",
    "rouge_lsum": "rougeLsum",
    "bert": "bert_score",
    "bertscore": "bert_score",
    "word_error_rate": "wer",
    "matthews_correlation": "mcc",
    "准确率": "accuracy",
    "正确率": "accuracy",
    "困惑度": "perplexity",
    **{name.replace("@", "_at_"): name for name in METRICS if name.startswith("pass@")},
}
"""Name of others to name of Upwell. lm-eval's Brier score is the sum over choices, as Upwell's is.
The `ce_loss` of the open ladders is nats per token."""

_BY_NORMALIZED = {
    **{normalize_name(name): name for name in METRICS},
    **{normalize_name(alias): name for alias, name in METRIC_ALIASES.items()},
}

FILTER_PATTERN = re.compile(r"([^,]+),\s*([\w.+\- ]*)")
"""lm-eval-harness names a metric together with the filter of the answers: "exact_match,strict"."""


@dataclass(frozen=True)
class MetricName:
    """What the name of a metric in a table says."""

    name: str
    """Upwell's name, or the name itself for an unknown metric."""

    filter_name: str = ""
    """The filter of the answers; "" for none."""

    is_percent: bool = False
    """Whether the name says that the values are percentages: "acc_pct", "acc (%)"."""


def canonical_metric(name: str) -> str:
    """Upwell's name of a metric, or the name itself for an unknown metric."""
    if name in METRIC_ALIASES:
        return METRIC_ALIASES[name]
    return name if name in METRICS else _BY_NORMALIZED.get(normalize_name(name), name)


def parse_metric_name(text: str, user_metrics: Container[str] = ()) -> MetricName:
    """The metric, its filter and its unit. A name in `user_metrics` stands for itself."""
    if text in user_metrics:
        return MetricName(text)
    parsed = FILTER_PATTERN.fullmatch(text)
    name, filter_name = (parsed[1], parsed[2].strip()) if parsed else (text, "")
    filter_name = "" if filter_name == "none" else filter_name
    base, unit = split_unit(name)
    # A name such as "ppl_pct" may be a metric of its own.
    if is_percent_unit(unit) and (is_known(base) or base in user_metrics or "%" in name):
        return MetricName(canonical_metric(base), filter_name, is_percent=True)
    canonical = canonical_metric(name)
    known = canonical in METRICS or canonical in user_metrics
    return MetricName(canonical, filter_name) if known else MetricName(text)


def is_known(name: str) -> bool:
    """Whether Upwell knows the facts of a metric under this name."""
    return canonical_metric(name) in METRICS


def unknown_metrics(names: Iterable[str], user_metrics: Container[str] = ()) -> tuple[str, ...]:
    """The names whose facts neither Upwell knows nor the user gave, sorted."""
    return tuple(
        sorted(name for name in set(names) if name not in METRICS and name not in user_metrics)
    )
