"""From formulas to metrics: a mean over items or a statistic of all, with its standard error."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..records import Answer

NUM_JACKKNIFE_GROUPS = 20
"""Groups of items that the jackknife leaves out in turn."""


@dataclass(frozen=True, kw_only=True)
class MetricValue:
    """A metric over answers: a value, or the reason why there is none."""

    value: float | None
    reason: str | None = None
    items: int = 0
    """Number of items that the value is computed from."""

    stderr: float | None = None
    """Standard error over items; None for a single item."""

    missing: int = 0
    """Number of answers that the metric cannot score."""


MetricFn: TypeAlias = Callable[[Sequence[Answer]], MetricValue]

ItemScore: TypeAlias = tuple[float, float]
"""(numerator, denominator) of one item: points of possible points, or nats of tokens."""

ItemScoreFn: TypeAlias = Callable[[Answer], ItemScore | None]
"""The score of one item; None for an answer that lacks what the metric needs."""

StatisticFn: TypeAlias = Callable[[Sequence[Answer]], float | None]
"""A number over all answers; None where the answers do not determine it."""


@dataclass(frozen=True)
class MetricFormula:
    """A metric of answers under the name that studies and `records.METRICS` use."""

    name: str
    measure: MetricFn

    def __call__(self, answers: Sequence[Answer]) -> MetricValue:
        """The metric over the answers."""
        return self.measure(answers)


def metric(name: str) -> Callable[[MetricFn], MetricFormula]:
    """Make a metric of a function from answers to a `MetricValue`."""
    return lambda measure: MetricFormula(name, measure)


def item_metric(
    name: str, *, needs: str, transform: Callable[[MetricValue], MetricValue] = lambda mean: mean
) -> Callable[[ItemScoreFn], MetricFormula]:
    """Make a metric of the score of one item: the mean over items, after `transform`.

    `needs` names what an answer must have, for the reason when none has it.
    """
    return lambda item_score: MetricFormula(
        name, lambda answers: transform(mean_over_items(answers, item_score, needs))
    )


def corpus_metric(
    name: str, *, needs: str, is_scorable: Callable[[Answer], bool]
) -> Callable[[StatisticFn], MetricFormula]:
    """Make a metric of a statistic that is no mean over items.

    The statistic takes the answers that are scorable. `needs` names what makes them so.
    """
    return lambda statistic: MetricFormula(
        name, lambda answers: statistic_over_items(answers, is_scorable, statistic, needs)
    )


def mean_over_items(answers: Sequence[Answer], item_score: ItemScoreFn, needs: str) -> MetricValue:
    """Sum of numerators over sum of denominators, with its standard error.

    An answer with a reason is missing, and so is one for which `item_score` returns None.
    """
    item_scores = [None if answer.reason else item_score(answer) for answer in answers]
    present = [score for score in item_scores if score is not None]
    missing = len(item_scores) - len(present)
    if not present:
        return MetricValue(value=None, reason=_missing_reason(answers, needs), missing=missing)
    value, stderr = ratio_of_sums(present)
    return MetricValue(value=value, items=len(present), stderr=stderr, missing=missing)


def statistic_over_items(
    answers: Sequence[Answer],
    is_scorable: Callable[[Answer], bool],
    statistic: StatisticFn,
    needs: str,
) -> MetricValue:
    """A statistic of the scorable answers, with a jackknife standard error (Tukey 1958)."""
    scorable = [answer for answer in answers if not answer.reason and is_scorable(answer)]
    missing = len(answers) - len(scorable)
    if not scorable:
        return MetricValue(value=None, reason=_missing_reason(answers, needs), missing=missing)
    value = statistic(scorable)
    if value is None:
        reason = "the answers do not vary enough to tell"
        return MetricValue(value=None, reason=reason, missing=missing)
    return MetricValue(
        value=value,
        items=len(scorable),
        stderr=_jackknife_stderr(scorable, statistic),
        missing=missing,
    )


def exp_of_mean(mean: MetricValue) -> MetricValue:
    """exp of a mean, with its standard error by the delta method."""
    if mean.value is None:
        return mean
    value = math.exp(mean.value)
    stderr = None if mean.stderr is None else value * mean.stderr
    return replace(mean, value=value, stderr=stderr)


def ratio_of_sums(item_scores: Sequence[ItemScore]) -> tuple[float, float | None]:
    """Ratio of the sums, and its standard error by linearization (Cochran 1977, 6.4).

    Where all denominators are 1, these are the mean and its ordinary standard error. A single
    item has no standard error.
    """
    items, denominator = len(item_scores), math.fsum(b for _, b in item_scores)
    value = math.fsum(a for a, _ in item_scores) / denominator
    if items == 1:
        return value, None
    squares = math.fsum((a - value * b) ** 2 for a, b in item_scores)
    return value, math.sqrt(squares * items / (items - 1)) / denominator


def _missing_reason(answers: Sequence[Answer], needs: str) -> str:
    reasons = Counter(answer.reason for answer in answers if answer.reason)
    if not reasons:
        return f"no answer has {needs}"
    reason, count = reasons.most_common(1)[0]
    return f"{reason} ({count} of {len(answers)} items)"


def _jackknife_stderr(answers: Sequence[Answer], statistic: StatisticFn) -> float | None:
    num_groups = min(NUM_JACKKNIFE_GROUPS, len(answers))
    estimates = [
        statistic(
            [answer for index, answer in enumerate(answers) if index % num_groups != left_out]
        )
        for left_out in range(num_groups)
        if num_groups > 1
    ]
    values = [value for value in estimates if value is not None]
    if not values or len(values) < len(estimates):
        return None
    mean = math.fsum(values) / num_groups
    return math.sqrt(
        (num_groups - 1) / num_groups * math.fsum((value - mean) ** 2 for value in values)
    )
