"""The rung, size and seed of each run, from the plan and the table of results.

The plan has the specification of every run. A table with a column `run` has its measured size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import polars as pl

from ...formatting import format_count
from ...records import ModelSpec, Plan, Run, Table


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """One run."""

    rung: str
    """Name of the rung: train rows in a study along them, else parameters, else hyperparameters."""

    size: float = math.inf
    """Parameters or train rows; infinite where they are unknown, so that the run comes last."""

    seed: int | None = None
    flops_per_token: float | None = None


def collect_runs(plan: Plan | None, table: Table) -> dict[str, RunInfo]:
    """Runs by id: those of the plan in its order, then those that are only in the table."""
    planned = () if plan is None else plan.runs
    runs = {run.id: RunInfo(rung=_hparams_text(run.model), seed=run.seed) for run in planned}
    # Along train rows a rung is a size of the training set; the parameters are the same everywhere.
    rows_by_run = (
        {}
        if plan is None or plan.study.axis != "train_rows"
        else {r.id: _train_rows(r) for r in plan.runs}
    )
    if "run" not in table.frame.columns:
        return runs
    columns = ("run", "params", "seed", "tokens", "flops")
    run_rows = (
        table.frame.select(columns).filter(pl.col("run").is_not_null()).unique(maintain_order=True)
    )
    for run, params, seed, tokens, flops in run_rows.iter_rows():
        info = runs.get(run, RunInfo(rung=run))
        if params is not None:
            info = replace(info, rung=f"{format_count(params)} parameters", size=params)
        if (rows := rows_by_run.get(run)) is not None:
            info = replace(info, rung=f"{rows:,} rows", size=rows)
        if tokens and flops is not None:
            info = replace(info, flops_per_token=flops / tokens)
        runs[run] = replace(info, seed=info.seed if seed is None else seed)
    return runs


def _train_rows(run: Run) -> int | None:
    return run.data[0].limit if run.data else None


def _hparams_text(spec: ModelSpec) -> str:
    return " ".join(f"{name} {value}" for name, value in spec.hparams.items()) or spec.family
