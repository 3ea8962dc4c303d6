"""Scales of a run that are known before it runs, and the split into held-out runs."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Plan, Run, Study
from .cost import model_size


def train_size(run: Run) -> int | None:
    """Training rows (or tasks) from each source; None for all."""
    return run.data[0].limit if run.data else None


def run_scale(run: Run) -> dict[str, float]:
    """Scales of the run at its largest budget by axis, hyperparameters such as `width` included."""
    size, rows = model_size(run), train_size(run)
    hparams = {n: float(v) for n, v in run.model.hparams.items() if not isinstance(v, str)}
    coordinates = {**hparams, "params": float(size.params)}
    if rows is not None:
        coordinates["train_rows"] = float(rows)
    if run.milestones:
        coordinates["tokens"] = float(run.milestones[-1])
        coordinates["flops"] = size.flops_per_token * run.milestones[-1]
    return {name: value for name, value in coordinates.items() if value > 0}


def split_held_out(planned: Plan) -> tuple[list[Run], list[Run]]:
    """(runs to forecast from, held-out runs).

    Held out are the largest rungs, or the largest training sets along "train_rows".
    """
    scales = [_axis_value(run, planned.study) for run in planned.runs]
    largest = _largest(scales, planned.study.held_out)
    runs = list(zip(planned.runs, scales, strict=True))
    return (
        [run for run, scale in runs if scale not in largest],
        [run for run, scale in runs if scale in largest],
    )


def _axis_value(run: Run, study: Study) -> int:
    rows = train_size(run)
    return rows if study.axis == "train_rows" and rows is not None else model_size(run).params


def _largest(scales: Sequence[int], count: int) -> set[int]:
    distinct = sorted(set(scales))
    return set(distinct[len(distinct) - count :])
