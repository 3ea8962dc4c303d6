"""Sample logs of lm-eval-harness: the responses to every item, scored again.

The log-probabilities of the choices give the probability of the correct choice, its log-probability
and the Brier score. The discrete scores of the harness are kept. A line that cannot be read is
reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from .lm_eval_common import parse_float
from .metric_names import canonical_metric
from .schema import BadRow
from .strict_json import read_lines

MULTIPLE_CHOICE = "multiple_choice"
LOGLIKELIHOOD = "loglikelihood"

CHANCE_METRICS = ("accuracy", "acc_norm", "choice_probability", "brier")
"""Metrics whose chance level follows from the number of choices."""


@dataclass
class SampleScores:
    """The items of one task under one filter, added line by line."""

    items: list[str] = field(default_factory=list)
    values: dict[str, list[float | None]] = field(default_factory=dict)
    """By Upwell's metric name, in the order of `items`."""

    choices: list[int | None] = field(default_factory=list)

    def add(self, item: str, values: Mapping[str, float], choices: int | None) -> None:
        """Add an item."""
        for name in (name for name in values if name not in self.values):
            self.values[name] = [None] * len(self.items)
        self.items.append(item)
        self.choices.append(choices)
        for name, column in self.values.items():
            column.append(values.get(name))

    def metrics(self) -> list[str]:
        """Metrics that every item has; a mean over some items would be another metric."""
        return [name for name, column in self.values.items() if None not in column]

    def count(self, metric: str) -> int:
        """Number of items with the metric."""
        return len(self._column(metric))

    def mean(self, metric: str) -> float:
        """Mean over the items."""
        return float(np.mean(self._column(metric)))

    def stderr(self, metric: str) -> float | None:
        """Standard error of the mean over items; None if unknown."""
        column = self._column(canonical_metric(metric))
        if len(column) < 2 or len(column) < len(self.items):
            return None
        return float(np.std(column, ddof=1) / np.sqrt(len(column)))

    def chance(self, metric: str) -> float | None:
        """Chance level of the metric; None if unknown."""
        choice_counts = [k for k in self.choices if k]
        if (
            canonical_metric(metric) not in CHANCE_METRICS
            or not choice_counts
            or len(choice_counts) < len(self.items)
        ):
            return None
        mean_chance = float(np.mean([1 / k for k in choice_counts]))
        return 1 - mean_chance if canonical_metric(metric) == "brier" else mean_chance

    def _column(self, metric: str) -> list[float]:
        return [v for v in self.values.get(metric, []) if v is not None]


def read(path: Path, output_type: str) -> tuple[dict[str, SampleScores], list[BadRow]]:
    """The items by filter, and the lines that could not be read.

    More metrics are computed only for the output types "multiple_choice" and "loglikelihood".
    """
    by_filter: dict[str, SampleScores] = {}
    bad: list[BadRow] = []
    for line, sample in read_lines(path):
        if isinstance(sample, DataError):
            bad.append(BadRow(file=str(path), line=line, reason="the line is not JSON"))
        elif not isinstance(sample, Mapping) or "doc_id" not in sample:
            bad.append(BadRow(file=str(path), line=line, reason="the line is not a task sample"))
        else:
            choice_logprobs = _choice_logprobs(sample) if output_type == MULTIPLE_CHOICE else []
            values = {
                **_reported_scores(sample),
                **_score_sample(sample, output_type, choice_logprobs),
            }
            filter_name = str(sample.get("filter", "none"))
            by_filter.setdefault(filter_name, SampleScores()).add(
                _item_id(sample), values, len(choice_logprobs) or None
            )
    return by_filter, bad


def _item_id(sample: Mapping[str, Any]) -> str:
    """Id of the item, the same in the logs of every model."""
    return f"{sample['doc_id']} {str(sample.get('doc_hash', ''))[:16]}".strip()


def _reported_scores(sample: Mapping[str, Any]) -> dict[str, float]:
    """Discrete scores of the item, as the harness wrote them."""
    names = ("acc", "acc_norm", "exact_match", "acc_bytes", "acc_mutual_info")
    scores = {
        canonical_metric(name): parse_float(sample.get(name)) for name in names if name in sample
    }
    return {name: value for name, value in scores.items() if value is not None}


def _choice_logprobs(sample: Mapping[str, Any]) -> list[float]:
    """Log-probability of each choice; empty where the log does not have exactly one for each."""
    responses = sample.get("filtered_resps")
    if not isinstance(responses, list) or "acc_mutual_info" in sample:
        return []
    logprobs = [_parse_logprob(answer) for answer in responses]
    return (
        []
        if None in logprobs or len(logprobs) < 2
        else [value for value in logprobs if value is not None]
    )


def _parse_logprob(answer: Any) -> float | None:
    """The number of [log-probability, is greedy], which some versions write as text."""
    if not isinstance(answer, list) or len(answer) != 2:
        return None
    try:
        value = float(answer[0])
    except (TypeError, ValueError):
        return None
    return value if value <= 0 and np.isfinite(value) else None


def _score_sample(
    sample: Mapping[str, Any], output_type: str, choices: list[float]
) -> dict[str, float]:
    if output_type == LOGLIKELIHOOD:
        responses = sample.get("filtered_resps")
        value = (
            _parse_logprob(responses[0])
            if isinstance(responses, list) and len(responses) == 1
            else None
        )
        return {} if value is None else {"log_probability": value}
    target = _target_index(sample, len(choices))
    if target is None:
        return {}
    probs = np.exp(np.array(choices) - max(choices))
    probs /= probs.sum()
    one_hot = np.arange(len(choices)) == target
    return {
        "log_probability": choices[target],
        "choice_probability": float(probs[target]),
        "brier": float(np.sum((probs - one_hot) ** 2)),
    }


def _target_index(sample: Mapping[str, Any], choices: int) -> int | None:
    """Index of the correct choice; None if the log does not have one."""
    target = sample.get("target")
    if isinstance(target, str) and target.isdecimal() and len(target) < 6:
        target = int(target)
    if isinstance(target, bool) or not isinstance(target, int) or not 0 <= target < choices:
        return None
    return target
