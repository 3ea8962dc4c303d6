"""A study from its plan to its page.

The order is the rule of evidence: rungs that are not held out are run; the scores of the
held-out ones are forecast and written down; they are run; the forecasts are graded; then
everything is judged.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import RunError
from .report_study import judge_study, write_report
from .result_objects import Forecasts, StatusFn, Verdicts, no_status

if TYPE_CHECKING:
    from ..records import Expectation, Plan, Run, Study
    from ..store import Store
    from ..study import Event as Event
    from ..study import RunStatus as RunStatus
    from ..study import StudyStatus as StudyStatus

ShowFn: TypeAlias = "Callable[[StudyStatus], AbstractContextManager[Callable[[Event], None]]]"
"""Shows the progress of runs: given their status, a context that takes their events."""


@dataclass(frozen=True)
class StudyResult:
    """A finished study: its folder, page, verdicts and forecasts."""

    folder: Path
    report: Path

    @cached_property
    def verdicts(self) -> Verdicts:
        """What was judged, with the results it rests on."""
        from ..store import Store
        from .load_results import read_results

        store = Store.open(self.folder)
        axis = store.study().axis
        return Verdicts(store.verdicts(), read_results(store, axis=axis), axis)

    @cached_property
    def forecasts(self) -> Forecasts:
        """Forecasts of the held-out rungs, graded."""
        from ..store import Store

        forecasts = Store.open(self.folder).forecasts()
        return Forecasts(forecasts, self.verdicts.results, self.verdicts.axis, "grades")

    @cached_property
    def expectations(self) -> list[Expectation]:
        """The verdicts that the study expected, beside those that came out."""
        from ..report import check_expectations
        from ..store import Store

        store = Store.open(self.folder)
        return check_expectations(store.study(), store.verdicts())

    def to_json(self) -> str:
        """Verdicts and forecasts as JSON text, as `upwell run --json` writes it."""
        from .report_study import findings_json

        return findings_json(self.folder)

    def _repr_html_(self) -> str:
        return self.verdicts._repr_html_()


def plan(
    study: Study | str,
    *,
    output_dir: str | Path | None = None,
    workers: int | None = None,
    hours: float | None = None,
    **options: Any,
) -> Plan:
    """What a study will run and cost on this machine: its cores, free memory and disk.

    `study` is a `Study`, the name of a built-in one ("demo") or a Python file; `options` go to the
    function that makes it. Raises SpecError for a study that cannot be run, that would take
    longer than `hours`, or whose abilities ask about text it trains on.
    """
    from ..study import (
        check_data_readable,
        check_study_contamination,
        cores,
        free_memory,
        peak_flops,
    )
    from ..study import plan as plan_study

    loaded = load(study, **options)
    folder = Path(output_dir or default_study_dir(loaded)).absolute()
    existing_dir = next(each for each in (folder, *folder.parents) if each.exists())
    planned = plan_study(
        loaded,
        workers=cores() if workers is None else workers,
        seconds=None if hours is None else hours * 3600,
        free_bytes=shutil.disk_usage(existing_dir).free,
        memory=free_memory(),
        peak_flops=peak_flops(),
    )
    check_data_readable(loaded)
    check_study_contamination(loaded)
    return planned


def run(
    study: Study | str,
    *,
    output_dir: str | Path | None = None,
    workers: int | None = None,
    hours: float | None = None,
    show: ShowFn | None = None,
    status: StatusFn = no_status,
    **options: Any,
) -> StudyResult:
    """Run a study: train, evaluate, forecast, grade, judge, and write its report.

    Parameters are those of `plan`. What is finished already is kept; a study that was stopped
    continues where it stopped.
    """
    from ..store import Store
    from ..study import split_held_out

    loaded = load(study, **options)
    folder = Path(output_dir or default_study_dir(loaded))
    planned = plan(loaded, output_dir=folder, workers=workers, hours=hours)
    store = Store.create(folder, loaded)
    with store.lock():
        store.save_plan(planned)
        first, held_out = split_held_out(planned)
        _execute(store, planned, first, show)
        _check_any_finished(store, planned)
        if held_out:
            write_forecasts(store, planned, held_out)
            _execute(store, planned, held_out, show)
        judge_study(store, status)
        return StudyResult(folder, write_report(store, status))


def load(study: Study | str, **options: Any) -> Study:
    """A `Study`, by its name or Python file where it is a text."""
    from ..study_loader import load_study

    return load_study(study, **options) if isinstance(study, str) else study


@dataclass(frozen=True, kw_only=True)
class PlannedRung:
    """What the runs of one rung cost together."""

    rung: str
    is_held_out: bool
    num_runs: int
    flops: float
    seconds: float
    disk_bytes: int


def planned_rungs(planned: Plan) -> list[PlannedRung]:
    """The cost of each rung of a plan, in the order of the ladder."""
    from ..study import parse_rung, split_held_out

    indices: dict[str, list[int]] = {}
    for index, each in enumerate(planned.runs):
        indices.setdefault(parse_rung(each.id), []).append(index)
    held_out = {parse_rung(each.id) for each in split_held_out(planned)[1]}
    return [
        PlannedRung(
            rung=rung,
            is_held_out=rung in held_out,
            num_runs=len(members),
            flops=sum(planned.costs[i].flops for i in members),
            seconds=sum(planned.costs[i].seconds for i in members),
            disk_bytes=sum(planned.costs[i].disk_bytes for i in members),
        )
        for rung, members in indices.items()
    ]


def default_study_dir(study: Study) -> Path:
    """Where a study is written unless another folder is given."""
    return Path("out") / study.name


def write_forecasts(store: Store, planned: Plan, held_out: Sequence[Run]) -> None:
    """Forecast the held-out rungs and write that down, unless it was written before.

    Nothing is forecast for a rung of which something is measured already.
    """
    from ..emergence import forecast
    from ..study import run_scale, table

    if any(store.run(run.id).models() for run in held_out):
        return
    targets = {tuple(run_scale(run).items()): run_scale(run) for run in held_out}
    observed = table(store)
    if len(observed):
        store.write_forecasts(forecast(observed, list(targets.values()), planned.study.axis))


def _execute(store: Store, planned: Plan, runs: Sequence[Run], show: ShowFn | None) -> None:
    from ..study import StudyStatus, execute

    costs = {run.id: cost for run, cost in zip(planned.runs, planned.costs, strict=True)}
    status = StudyStatus.from_runs(runs, [costs[run.id] for run in runs], planned.workers)
    with nullcontext(lambda event: None) if show is None else show(status) as on_event:
        execute(runs, store, planned.workers, on_event)


def _check_any_finished(store: Store, planned: Plan) -> None:
    """RunError if not a single run of the plan has finished: there is nothing to judge."""
    if not any(store.run(run.id).result() for run in planned.runs):
        reasons = [f.reason for run in planned.runs if (f := store.run(run.id).failure())]
        raise RunError(f"all {len(planned.runs)} runs failed; the first: {reasons[0]}")
