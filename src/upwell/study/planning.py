"""From a study to its runs and their cost. Pure: what cannot be done is refused here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from .. import abilities
from ..records import ModelSpec, Plan, Run, Study
from .checking import check_room, check_study
from .cost import PEAK, cost, together
from .identity import code_version, modules_of, run_id, rung_names
from .places import place
from .power import forecast_width, smallest_jump


def plan(
    study: Study,
    workers: int = 1,
    seconds: float | None = None,
    free_bytes: int | None = None,
    memory: int | None = None,
    peak: float = PEAK,
) -> Plan:
    """The runs of a study, rung by rung, and what they take on so many workers.

    `seconds`, `free_bytes` and `memory` are what may be used; None for no limit. `peak` is
    the FLOP/s of one core at matrix products. Raises SpecError, in one sentence, for a study
    that cannot be carried out or could not tell a jump.
    """
    check_study(study, workers)
    runs = runs_of(study)
    costs = tuple(cost(run, peak) for run in runs)
    whole = together(costs, workers)
    check_room(study, whole, workers, seconds, free_bytes, memory)
    items = min(abilities.named(name).ITEMS for name in study.abilities)
    return Plan(
        study=study,
        runs=runs,
        costs=costs,
        workers=workers,
        cost=whole,
        smallest_jump=smallest_jump(items, len(study.seeds)),
        forecast_width=_forecast_width(study, runs, items),
    )


def runs_of(study: Study) -> tuple[Run, ...]:
    """Every rung with every size of the training set and every seed, smallest rung first."""
    code = code_version(modules_of(study))
    rungs = zip(rung_names(study.ladder), study.ladder, strict=True)
    sets: list[tuple[str, int | None]] = [(f"-n{rows}", rows) for rows in study.rows]
    return tuple(
        _run(study, rung + suffix, model, rows, seed, code)
        for (rung, model), (suffix, rows), seed in product(rungs, sets or [("", None)], study.seeds)
    )


def _run(study: Study, rung: str, model: ModelSpec, rows: int | None, seed: int, code: str) -> Run:
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
        code=code,
    )
    return replace(run, id=run_id(rung, seed, run))


def _forecast_width(study: Study, runs: Sequence[Run], items: int) -> float | None:
    """For the largest rung, from those that are not held out; None where none is held out."""
    axis = "rows" if study.axis == "rows" else "params"
    scales = sorted({place(run)[axis] for run in runs})
    if not study.held_out:
        return None
    return forecast_width(items, len(study.seeds), scales[: -study.held_out], scales[-1])
