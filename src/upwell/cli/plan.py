"""`upwell plan`: what a study will run and what it will cost, before anything does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import telling
from .options import Hours, Json, Option, Out, StudyName, Workers
from .settings import settings

if TYPE_CHECKING:
    from rich.console import Console

    from ..records import Plan, Study


def plan(
    study: StudyName,
    option: Option = None,
    workers: Workers = None,
    hours: Hours = None,
    out: Out = None,
    json: Json = None,
) -> None:
    """Say what a study will run and cost, and refuse what cannot be done.

    upwell plan demo

    upwell plan demo --set tokens=2000000 --workers 8 --hours 12

    upwell plan demo --json -
    """
    from ..loading import load_study
    from ..records import to_json

    asked = load_study(study, **settings(option))
    planned = planned_here(asked, out or default_folder(asked), workers, hours)
    if json is not None:
        telling.write_record(json, to_json(planned))
    if json != "-":
        tell(telling.out(json), planned)


def default_folder(study: Study) -> Path:
    """Where a study goes unless told otherwise."""
    return Path("out") / study.name


def planned_here(study: Study, folder: Path, workers: int | None, hours: float | None) -> Plan:
    """The plan for this machine: its cores, free memory and disk.

    Refuses a study that asks what it trains on, or whose examples cannot be read.
    """
    import shutil

    from ..study import cores, free_memory, leaks, peak_flops, readable
    from ..study import plan as plan_of

    there = next(
        place for place in (folder.absolute(), *folder.absolute().parents) if place.exists()
    )
    planned = plan_of(
        study,
        workers=cores() if workers is None else workers,
        seconds=None if hours is None else hours * 3600,
        free_bytes=shutil.disk_usage(there).free,
        memory=free_memory(),
        peak=peak_flops(),
    )
    readable(study)
    leaks(study)
    return planned


def tell(console: Console, planned: Plan) -> None:
    """The plan for people: a line a rung, then all together."""
    from ..study import rung_of, stages

    rungs: dict[str, list[int]] = {}
    for place, run in enumerate(planned.runs):
        rungs.setdefault(rung_of(run.id), []).append(place)
    held = {rung_of(run.id) for run in stages(planned)[1]}
    rows = []
    for rung, places in rungs.items():
        costs = [planned.costs[place] for place in places]
        rows.append(
            (
                rung + (" (held out)" if rung in held else ""),
                str(len(places)),
                f"{sum(c.flops for c in costs):.1e}",
                telling.duration(sum(c.seconds for c in costs)),
                telling.size(sum(c.bytes for c in costs)),
            )
        )
    telling.say(console, planned.study.question, "bold")
    telling.table(console, ("rung", "runs", "FLOPs", "core time", "disk"), rows)
    whole = planned.cost
    telling.say(
        console,
        f"{len(planned.runs)} runs, {whole.flops:.1e} FLOPs, about "
        f"{telling.duration(whole.seconds)} on {planned.workers} workers, "
        f"{telling.size(whole.bytes)} of disk, {telling.size(whole.memory)} of memory a worker",
    )
    telling.say(
        console,
        f"smallest jump of an accuracy between two rungs that could be told: "
        f"{planned.smallest_jump:.2f}",
    )
    if planned.forecast_width is not None:
        telling.say(
            console,
            f"a 90 % forecast of an accuracy is at least {planned.forecast_width:.2f} wide",
        )
