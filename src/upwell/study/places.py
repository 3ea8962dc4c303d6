"""Where a run stands on the axes that are known before it runs, and which runs are held out."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Plan, Run, Study
from .cost import size_of


def rows_of(run: Run) -> int | None:
    """Rows (or tasks) of each source that the run is trained on; None for all there are."""
    return run.data[0].limit if run.data else None


def place(run: Run) -> dict[str, float]:
    """Where the run's largest budget will stand on every axis that is known beforehand, dials of
    its model such as `width` among them."""
    size, rows = size_of(run), rows_of(run)
    dials = {n: float(v) for n, v in run.model.size.items() if not isinstance(v, str)}
    at = {**dials, "params": float(size.params)}
    if rows is not None:
        at["rows"] = float(rows)
    if run.milestones:
        at["tokens"] = float(run.milestones[-1])
        at["flops"] = size.flops_per_token * run.milestones[-1]
    return {name: value for name, value in at.items() if value > 0}


def stages(planned: Plan) -> tuple[list[Run], list[Run]]:
    """The runs whose results may be looked at, and those that are held out: the largest rungs,
    or the largest training sets where the study goes along "rows"."""
    scales = [_scale(run, planned.study) for run in planned.runs]
    largest = _largest(scales, planned.study.held_out)
    runs = list(zip(planned.runs, scales, strict=True))
    return (
        [run for run, scale in runs if scale not in largest],
        [run for run, scale in runs if scale in largest],
    )


def _scale(run: Run, study: Study) -> int:
    rows = rows_of(run)
    return rows if study.axis == "rows" and rows is not None else size_of(run).params


def _largest(scales: Sequence[int], count: int) -> set[int]:
    different = sorted(set(scales))
    return set(different[len(different) - count :])
