"""Whether one model, or family, is worse than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .load_results import Source, read_results
from .result_objects import Comparisons, Results

if TYPE_CHECKING:
    from ..emergence.comparison.compare import Comparison as Comparison
    from ..emergence.comparison.compare import ComparisonResult as ComparisonResult

MODEL_SEPARATOR = "::"


def compare(
    a: Source, b: Source, *, tolerance: float = 0.0, metric: str | Sequence[str] | None = None
) -> Comparisons:
    """Compare B with A, item by item where the items are known.

    `a` and `b` are what `read_results` takes; a text "results::model" names one model of them.
    A loss up to `tolerance`, in units of the metric, is accepted. `.worse` is the answer.
    """
    from ..emergence.comparison.compare import compare as compare_tables

    left, right = (_load_side(side, metric) for side in (a, b))
    result = compare_tables(
        left.table, right.table, left.loaded.outcomes, right.loaded.outcomes, tolerance=tolerance
    )
    return Comparisons(result, str(a), str(b), (left, right))


def _load_side(side: Any, metric: str | Sequence[str] | None) -> Results:
    """One side. DataError where it names a model that the results do not have."""
    import polars as pl

    from ..records import Table

    source, model = side, ""
    if isinstance(side, str) and MODEL_SEPARATOR in side:
        source, _, model = side.rpartition(MODEL_SEPARATOR)
    results = read_results(source, axis=None)
    frame = results.table.frame
    names = frame["model"].unique().sort().to_list()
    matches = [name for name in names if model in (name, name.rpartition("/")[2])]
    if model and len(matches) != 1:
        raise DataError(f"{source} has no one model {model!r}; there are {', '.join(names[:8])}")
    metrics = [metric] if isinstance(metric, str) else list(metric or ())
    filters = [pl.col("model") == matches[0]] if model else []
    filters += [pl.col("metric").is_in(metrics)] if metrics else []
    return Results(replace(results.loaded, table=Table(frame.filter(*filters))), None)
