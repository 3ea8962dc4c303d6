"""Runs and cost of a study, as a pure function. Impossible studies are refused here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from .. import evaluation
from ..plugins import code_version
from ..records import ModelSpec, Plan, Run, Study
from .cost import DEFAULT_PEAK_FLOPS, estimate_cost, total_cost
from .power import forecast_width, smallest_jump
from .run_id import HASHED_PACKAGES, custom_modules, run_id, rung_names
from .stages import run_scale
from .validation import check_resources, check_study


def plan(
    study: Study,
    workers: int = 1,
    seconds: float | None = None,
    free_bytes: int | None = None,
    memory: int | None = None,
    peak_flops: float = DEFAULT_PEAK_FLOPS,
) -> Plan:
    """Plan the runs of a study and estimate their cost.

    Parameters
    ----------
    study : the study
    workers : number of runs at a time
    seconds, free_bytes, memory : limits of wall-clock time, disk space and memory; None for none
    peak_flops : FLOP/s of one core at matrix products

    Raises SpecError, in one sentence, for a study that cannot run or could not detect a jump.
    """
    check_study(study, workers)
    runs = build_runs(study)
    costs = tuple(estimate_cost(run, peak_flops) for run in runs)
    total = total_cost(costs, workers)
    check_resources(study, total, workers, seconds, free_bytes, memory)
    items = min(evaluation.load_ability(name).num_items for name in study.abilities)
    return Plan(
        study=study,
        runs=runs,
        costs=costs,
        workers=workers,
        total_cost=total,
        smallest_jump=smallest_jump(items, len(study.seeds)),
        forecast_width=_forecast_width(study, runs, items),
    )


def build_runs(study: Study) -> tuple[Run, ...]:
    """Runs of every rung with every training set size and every seed, smallest rung first."""
    code = code_version(HASHED_PACKAGES, custom_modules(study))
    rungs = zip(rung_names(study.ladder), study.ladder, strict=True)
    sets: list[tuple[str, int | None]] = [(f"-n{rows}", rows) for rows in study.train_sizes]
    return tuple(
        _build_run(study, rung + suffix, model, rows, seed, code)
        for (rung, model), (suffix, rows), seed in product(rungs, sets or [("", None)], study.seeds)
    )


def _build_run(
    study: Study, rung: str, model: ModelSpec, rows: int | None, seed: int, code: str
) -> Run:
    data = study.data
    if rows is not None:
        data = tuple(replace(spec, limit=rows) for spec in data)
    run = Run(
        id="",
        study=study.name,
        recipe=study.recipe,
        model=model,
        data=data,
        seed=seed,
        milestones=study.milestones,
        abilities=study.abilities,
        shots=study.shots,
        code_version=code,
    )
    return replace(run, id=run_id(rung, seed, run))


def _forecast_width(study: Study, runs: Sequence[Run], items: int) -> float | None:
    """Forecast width at the largest rung from those not held out; None if none is held out."""
    axis = "train_rows" if study.axis == "train_rows" else "params"
    scales = sorted({run_scale(run)[axis] for run in runs})
    if not study.held_out:
        return None
    return forecast_width(items, len(study.seeds), scales[: -study.held_out], scales[-1])
