"""Verdicts on results: which abilities emerge, and whether the metric made it look so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import DataError
from .load_results import Scale, Source, read_results
from .result_objects import StatusFn, Verdicts, no_status

if TYPE_CHECKING:
    from .result_objects import Results


def judge(
    source: Source,
    *,
    axis: str = "params",
    scale: Scale = (),
    family: str | Sequence[str] | None = None,
    ability: str | Sequence[str] | None = None,
    metric: str | Sequence[str] | None = None,
    num_fewshot: int | Sequence[int] | None = None,
    fit_curves: bool = False,
    status: StatusFn = no_status,
) -> Verdicts:
    """Say of every ability whether it emerges along an axis, and where.

    Parameters are those of `read_results`; `fit_curves` fits every curve with intervals, which
    takes several times longer. The metric is judged together with the continuous metrics of the
    same ability: "metric-made" needs both.

    Raises DataError where there is nothing to judge, saying why.

    Examples
    --------
    >>> import polars
    >>> sizes = [1e7 * 3**i for i in range(8)]
    >>> rows = polars.DataFrame({
    ...     "family": "f", "model": [f"f-{n:.0f}" for n in sizes], "params": sizes,
    ...     "ability": "copying", "metric": "accuracy", "items": 500,
    ...     "value": [0.01, 0.0, 0.02, 0.01, 0.02, 0.9, 0.91, 0.92],
    ... })
    >>> judge(rows)[0].kind
    'emergent'
    """
    from ..emergence import judge as judge_table

    results = read_results(
        source, axis=axis, scale=scale, family=family, ability=ability, num_fewshot=num_fewshot
    )
    metrics = [metric] if isinstance(metric, str) else None if metric is None else list(metric)
    with status("judging"):
        verdicts = judge_table(results.table, axis, metrics, with_fits=fit_curves)
    if not verdicts:
        raise DataError(f"nothing to judge: {_describe_nothing(results, metrics)}")
    return Verdicts(tuple(verdicts), results, axis)


def _describe_nothing(results: Results, metrics: Sequence[str] | None) -> str:
    """Why results gave no verdict."""
    available = ", ".join(sorted(results.table.frame["metric"].unique().to_list())[:12])
    if metrics:
        return f"no row has the metric {' or '.join(map(repr, metrics))}; there are {available}"
    return (
        f"the {len(results):,} rows have metrics whose direction is not known ({available}); "
        "the metrics reference lists those that are"
    )
