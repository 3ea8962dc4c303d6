"""`upwell plan`: what a study will run and cost, before anything does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import console
from ..options import (
    Hours,
    Json,
    OutputDir,
    StudyName,
    StudyOptions,
    Workers,
    parse_settings,
)

if TYPE_CHECKING:
    from rich.console import Console

    from ...records import Plan


def plan(
    study: StudyName,
    study_options: StudyOptions = None,
    workers: Workers = None,
    hours: Hours = None,
    output_dir: OutputDir = None,
    json: Json = None,
) -> None:
    """Say what a study will run and cost, and refuse what cannot be done.

    upwell plan demo

    upwell plan demo --set tokens=2000000 --workers 8 --hours 12

    upwell plan demo --json -
    """
    from ...records import to_json
    from ...workflows.run_study import load
    from ...workflows.run_study import plan as plan_study

    console.check_json_target(json)
    loaded = load(study, **parse_settings(study_options))
    planned = plan_study(loaded, output_dir=output_dir, workers=workers, hours=hours)
    console.write_json(json, to_json(planned))
    if json != "-":
        print_plan(console.get_console(json), planned)


def print_plan(terminal: Console, planned: Plan) -> None:
    """The plan for people: a line a rung, then all together."""
    from ...formatting import format_bytes, format_duration
    from ...workflows.run_study import planned_rungs

    rows = [
        (
            cost.rung + (" (held out)" if cost.is_held_out else ""),
            str(cost.num_runs),
            f"{cost.flops:.1e}",
            format_duration(cost.seconds),
            format_bytes(cost.disk_bytes),
        )
        for cost in planned_rungs(planned)
    ]
    console.print_line(terminal, planned.study.question, "bold")
    console.print_table(terminal, ("rung", "runs", "FLOPs", "core time", "disk"), rows)
    total = planned.total_cost
    console.print_line(
        terminal,
        f"{len(planned.runs)} runs, {total.flops:.1e} FLOPs, about "
        f"{format_duration(total.seconds)} on {planned.workers} workers, "
        f"{format_bytes(total.disk_bytes)} of disk, "
        f"{format_bytes(total.memory_bytes)} of memory a worker",
    )
    console.print_line(
        terminal,
        f"smallest jump of an accuracy between two rungs that could be detected: "
        f"{planned.smallest_jump:.2f}",
    )
    if planned.forecast_width is not None:
        console.print_line(
            terminal,
            f"a 90 % forecast of an accuracy is at least {planned.forecast_width:.2f} wide",
        )
