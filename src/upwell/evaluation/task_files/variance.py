"""Variance components of a score: items, few-shot draws, example orders, prompt templates.

Every item is evaluated in every combination, so the table of scores is crossed and complete. Its
variance is split by the method of moments (Searle, Casella and McCulloch 1992, chapter 4).

Axes: I items, D draws, O orders, T templates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy
from numpy.typing import NDArray

from ...records import Answer
from .scoring import compute_metric
from .task import EvalTask, MetricSpec
from .variant import VariantAnswer

FACTORS = ("items", "draws", "orders", "templates")


@dataclass(frozen=True, kw_only=True)
class VarianceComponents:
    """A mean over items and conditions, and the components of its variance."""

    value: float
    stderr: float | None
    """Standard error of the mean over random items and conditions; None for a single answer."""

    variances: Mapping[str, float]
    """Variance of each factor with several levels, and "rest": interactions and noise.

    A negative estimate means that the factor has no visible effect.
    """

    levels: Mapping[str, int]
    """Number of levels of each factor."""


def estimate_variance(
    task: EvalTask, variant_answers: Sequence[VariantAnswer], metric_spec: MetricSpec
) -> VarianceComponents | None:
    """Variance components of one metric at one number of shots.

    None for a metric that is not a mean over items. Items without an answer in some condition are
    left out.
    """
    cells = _score_table(task, variant_answers, metric_spec)
    return None if cells is None else split_variance(cells)


def split_variance(cells_IDOT: NDArray[numpy.float64]) -> VarianceComponents:
    """Split the variance of a table of scores [items, draws, orders, templates]."""
    total, mean = cells_IDOT.size, float(cells_IDOT.mean())
    residual = float(((cells_IDOT - mean) ** 2).sum())
    degrees_of_freedom = total - 1
    squares: dict[str, float] = {}
    levels = dict(zip(FACTORS, cells_IDOT.shape, strict=True))
    for axis, name in enumerate(FACTORS):
        if levels[name] > 1:
            others = tuple(other for other in range(cells_IDOT.ndim) if other != axis)
            effects = cells_IDOT.mean(axis=others) - mean
            squares[name] = float((effects**2).sum()) * total / levels[name]
            residual -= squares[name]
            degrees_of_freedom -= levels[name] - 1
    residual_variance = max(residual, 0.0) / degrees_of_freedom if degrees_of_freedom else 0.0
    variances = {
        name: (square / (levels[name] - 1) - residual_variance) * levels[name] / total
        for name, square in squares.items()
    }
    variance_of_mean = (
        sum(max(variances[name], 0.0) / levels[name] for name in squares)
        + residual_variance / total
    )
    if degrees_of_freedom:
        variances["rest"] = residual_variance
    stderr = math.sqrt(variance_of_mean) if squares else None
    return VarianceComponents(value=mean, stderr=stderr, variances=variances, levels=levels)


def item_values(
    task: EvalTask, variant_answers: Sequence[VariantAnswer], metric_spec: MetricSpec
) -> dict[tuple[str, int, int, str], float] | None:
    """The metric of every single answer, by (item, draw, order, template).

    Answers without a value are left out. None for a metric that is not a mean over items.
    """
    values: dict[tuple[str, int, int, str], float] = {}
    for variant_answer in variant_answers:
        value = compute_metric(task, [variant_answer.answer], metric_spec).value
        if value is not None:
            variant = variant_answer.variant
            values[variant_answer.answer.item, variant.draw, variant.order, variant.template] = (
                value
            )
    answers = [variant_answer.answer for variant_answer in variant_answers]
    return values if _is_mean(task, answers, metric_spec, list(values.values())) else None


def _is_mean(
    task: EvalTask, answers: Sequence[Answer], metric_spec: MetricSpec, values: Sequence[float]
) -> bool:
    """Whether the metric of all answers is the mean of the metrics of each."""
    overall = compute_metric(task, answers, metric_spec).value
    return (
        bool(values)
        and overall is not None
        and math.isclose(overall, math.fsum(values) / len(values), rel_tol=1e-9, abs_tol=1e-12)
    )


def _score_table(
    task: EvalTask, variant_answers: Sequence[VariantAnswer], metric_spec: MetricSpec
) -> NDArray[numpy.float64] | None:
    values = item_values(task, variant_answers, metric_spec)
    if values is None:
        return None
    conditions = list(
        product(
            sorted({key[1] for key in values}),
            sorted({key[2] for key in values}),
            sorted({key[3] for key in values}),
        )
    )
    levels = [len({condition[axis] for condition in conditions}) for axis in range(3)]
    items = sorted({key[0] for key in values})
    complete_items = [
        item for item in items if all((item, *condition) in values for condition in conditions)
    ]
    if not complete_items:
        return None
    table = numpy.array(
        [[values[item, *condition] for condition in conditions] for item in complete_items]
    )
    return table.reshape(len(complete_items), *levels)
