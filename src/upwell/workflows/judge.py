"""Verdicts on results: which abilities emerge, and whether the metric made it look so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from .load_results import MetricInfo, Scale, Source, our_metric_names, read_results
from .result_objects import StatusFn, Verdicts, no_status

if TYPE_CHECKING:
    import polars

    from .result_objects import Results


def judge(
    source: Source,
    *,
    axis: str = "params",
    scale: Scale = (),
    metric_info: MetricInfo = (),
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
        source,
        axis=axis,
        scale=scale,
        metric_info=metric_info,
        family=family,
        ability=ability,
        num_fewshot=num_fewshot,
    )
    names = [metric] if isinstance(metric, str) else list(metric or ())
    metrics = our_metric_names(names, results.table.frame) or None
    with status("judging"):
        verdicts = judge_table(
            results.table, axis, metrics, with_fits=fit_curves, outcomes=_find_outcomes(results)
        )
    if not verdicts:
        raise DataError(f"nothing to judge: {_describe_nothing(results, metrics)}")
    return Verdicts(tuple(verdicts), results, axis)


def _find_outcomes(results: Results) -> polars.DataFrame | None:
    """What every item was worth, where the results or their study folder tell it."""
    loaded = results.loaded
    if loaded.outcomes is not None or len(loaded.files) != 1:
        return loaded.outcomes
    if not Path(loaded.files[0], "study.json").is_file():
        return None
    from ..store import Store
    from .item_outcomes import item_outcomes

    return item_outcomes(Store.open(Path(loaded.files[0])), results.table)


def _describe_nothing(results: Results, metrics: Sequence[str] | None) -> str:
    """Why results gave no verdict."""
    available = ", ".join(sorted(results.table.frame["metric"].unique().to_list())[:12])
    if metrics:
        return f"no row has the metric {' or '.join(map(repr, metrics))}; there are {available}"
    return (
        f"the {len(results):,} rows have metrics whose direction is not known ({available}); "
        "--metric-info NAME=higher,0,1 tells their facts"
    )
