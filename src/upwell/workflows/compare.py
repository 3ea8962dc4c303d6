"""Whether one model, or family, is worse than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .load_results import MetricInfo, Source, our_metric_names, read_results
from .result_objects import Comparisons, Results

if TYPE_CHECKING:
    from ..emergence.comparison.compare import Comparison as Comparison
    from ..emergence.comparison.compare import ComparisonResult as ComparisonResult

MODEL_SEPARATOR = "::"

ASKING_COLUMNS = (
    "limit", "chat_template", "system_prompt", "multiturn", "gen_kwargs", "model_arguments",
)  # fmt: skip
"""Columns with how a model was asked, beside the number of few-shot examples."""


def compare(
    a: Source,
    b: Source,
    *,
    tolerance: float = 0.0,
    metric: str | Sequence[str] | None = None,
    metric_info: MetricInfo = (),
) -> Comparisons:
    """Compare B with A, item by item where the items are known.

    `a` and `b` are what `read_results` takes; a text "results::model" names one model of them.
    A loss up to `tolerance`, in units of the metric, is accepted. `.worse` is the answer.
    """
    from ..emergence.comparison.compare import compare as compare_tables

    left, right = (_load_side(side, metric, metric_info) for side in (a, b))
    notes = _add_differences(left, right)
    right = Results(replace(right.loaded, notes=notes), None)
    result = compare_tables(
        left.table, right.table, left.loaded.outcomes, right.loaded.outcomes, tolerance=tolerance
    )
    return Comparisons(result, str(a), str(b), (left, right))


def _load_side(side: Any, metric: str | Sequence[str] | None, metric_info: MetricInfo) -> Results:
    """One side. DataError where it names a model that the results do not have."""
    import polars as pl

    from ..results import model_aliases

    source, model = side, ""
    if isinstance(side, str) and MODEL_SEPARATOR in side:
        source, _, model = side.rpartition(MODEL_SEPARATOR)
    results = read_results(source, axis=None, metric_info=metric_info)
    frame = results.table.frame
    names = frame["model"].unique().sort().to_list()
    matches = [name for name in names if name == model] or [
        name for name in names if model in model_aliases(name)
    ]
    if model and len(matches) != 1:
        fault = f"several models {model!r}" if matches else f"no model {model!r}"
        listed = ", ".join((matches or names)[:8])
        raise DataError(f"{source} has {fault}; there are {listed}")
    metric_names = [metric] if isinstance(metric, str) else list(metric or ())
    metrics = our_metric_names(metric_names, frame)
    filters = [pl.col("model") == matches[0]] if model else []
    filters += [pl.col("metric").is_in(metrics)] if metrics else []
    table = results.table.with_frame(frame.filter(*filters))
    return Results(replace(results.loaded, table=table), None)


def _add_differences(a: Results, b: Results) -> tuple[str, ...]:
    """The notes of B, and how its model was asked in another way than that of A."""
    differences = [
        f"{name} ({' and '.join(values[0])} for A, {' and '.join(values[1])} for B)"
        for name in ASKING_COLUMNS
        if (values := [_values(side, name) for side in (a, b)])[0] != values[1]
    ]
    if not differences:
        return b.loaded.notes
    return (*b.loaded.notes, f"A and B were not asked alike: {'; '.join(differences)}")


def _values(side: Results, name: str) -> list[str]:
    frame = side.table.frame
    values = frame[name].unique().sort().to_list() if name in frame.columns else [None]
    return ["none" if each is None else str(each).removesuffix(".0") for each in values]
