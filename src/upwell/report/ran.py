"""What is known of each run beside its own records: its rung, its size, its seed.

The plan knows what every run is; a table that has a column `run` knows what it became.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import polars as pl

from ..records import ModelSpec, Plan, Run, Table
from . import numbers


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run."""

    rung: str
    """In words: its rows in a study along them, its parameters where they are known, else its
    dials."""

    size: float = math.inf
    """Parameters, or rows; infinite where they are unknown, so that it comes last."""

    seed: int | None = None
    flops_per_token: float | None = None


def known_runs(plan: Plan | None, table: Table) -> dict[str, Ran]:
    """Runs by id: those of the plan in its order, then those that only the table has."""
    planned = () if plan is None else plan.runs
    found = {run.id: Ran(rung=_dials(run.model), seed=run.seed) for run in planned}
    # Along rows a rung is a size of the training set: the parameters are the same everywhere.
    along = {} if plan is None or plan.study.axis != "rows" else {r.id: _rows(r) for r in plan.runs}
    if "run" not in table.frame.columns:
        return found
    columns = ("run", "params", "seed", "tokens", "flops")
    there = (
        table.frame.select(columns).filter(pl.col("run").is_not_null()).unique(maintain_order=True)
    )
    for run, params, seed, tokens, flops in there.iter_rows():
        known = found.get(run, Ran(rung=run))
        if params is not None:
            known = replace(known, rung=f"{numbers.count(params)} parameters", size=params)
        if (rows := along.get(run)) is not None:
            known = replace(known, rung=f"{rows:,} rows", size=rows)
        if tokens and flops is not None:
            known = replace(known, flops_per_token=flops / tokens)
        found[run] = replace(known, seed=known.seed if seed is None else seed)
    return found


def _rows(run: Run) -> int | None:
    return run.data[0].limit if run.data else None


def _dials(spec: ModelSpec) -> str:
    return " ".join(f"{name} {value}" for name, value in spec.size.items()) or spec.family
