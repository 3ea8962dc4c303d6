"""Gain from few-shot examples: the paired difference of a metric between two conditions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import t as student_t

from .task import EvalTask, MetricSpec
from .variance import item_values
from .variant import VariantAnswer

CONFIDENCE = 0.9
"""Coverage of the intervals."""

MIN_SUM_OF_SQUARES = 1e-18
"""A smaller sum of squared differences is rounding."""


@dataclass(frozen=True, kw_only=True)
class FewshotGain:
    """Difference of a metric between two conditions on the same items."""

    value: float
    interval_low: float | None
    """None, as `interval_high`, where no item differs and the spread is unknown."""

    interval_high: float | None
    items: int


def estimate_gain(
    task: EvalTask,
    before: Sequence[VariantAnswer],
    after: Sequence[VariantAnswer],
    metric_spec: MetricSpec,
) -> FewshotGain | None:
    """The metric after minus before, over the items that have both, with an interval.

    The interval is that of Student's t (1908), with the coverage `CONFIDENCE`. Every item counts
    once, with its mean over draws, orders and templates. None for a metric that is not a mean over
    items, and for fewer than two items.
    """
    before_by_item, after_by_item = (
        _mean_by_item(task, variant_answers, metric_spec) for variant_answers in (before, after)
    )
    shared_items = sorted(set(before_by_item) & set(after_by_item))
    if len(shared_items) < 2:
        return None
    differences = [after_by_item[item] - before_by_item[item] for item in shared_items]
    mean = math.fsum(differences) / len(shared_items)
    squares = math.fsum((difference - mean) ** 2 for difference in differences)
    if squares < MIN_SUM_OF_SQUARES:
        return FewshotGain(
            value=mean, interval_low=None, interval_high=None, items=len(shared_items)
        )
    stderr = math.sqrt(squares / (len(shared_items) - 1) / len(shared_items))
    margin = float(student_t.ppf((1 + CONFIDENCE) / 2, len(shared_items) - 1)) * stderr
    return FewshotGain(
        value=mean, interval_low=mean - margin, interval_high=mean + margin, items=len(shared_items)
    )


def _mean_by_item(
    task: EvalTask, variant_answers: Sequence[VariantAnswer], metric_spec: MetricSpec
) -> Mapping[str, float]:
    """For each item, its mean over draws, orders and templates."""
    groups: dict[str, list[float]] = defaultdict(list)
    for (item, *_), value in (item_values(task, variant_answers, metric_spec) or {}).items():
        groups[item].append(value)
    return {item: math.fsum(values) / len(values) for item, values in groups.items()}
