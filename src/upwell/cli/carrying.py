"""A study from its plan to its page.

The order is the rule of evidence: rungs that are not held out are run; what the held-out
ones will score is written down; they are run; the forecasts are graded; then it is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RunError
from .live import watched
from .plan import planned_here
from .reporting import judged, write_report

if TYPE_CHECKING:
    from ..records import Plan, Run, Study
    from ..store import Store


def carry_out(
    study: Study, folder: Path, workers: int | None, hours: float | None, json: str | None
) -> Path:
    """Run what is not done yet, forecast, grade, judge; the path of the report."""
    from ..store import Store
    from ..study import stages

    planned = planned_here(study, folder, workers, hours)
    store = Store.create(folder, study)
    with store.lock():
        store.save_plan(planned)
        first, last = stages(planned)
        watched(store, planned, first, json)
        _check_something_ran(store, planned)
        if last:
            foretell(store, planned, last)
            watched(store, planned, last, json)
        judged(store)
        return write_report(store, json)


def foretell(store: Store, planned: Plan, held: Sequence[Run]) -> None:
    """Write down what the held-out rungs will score, unless it was written before.

    Nothing is forecast of a rung of which something is known already.
    """
    from ..emergence import forecast
    from ..study import place, table

    if any(store.run(run.id).models() for run in held):
        return
    axis = planned.study.axis
    places = {tuple(place(run).items()): place(run) for run in held}
    seen = table(store)
    if len(seen):
        store.write_forecasts(forecast(seen, list(places.values()), axis))


def _check_something_ran(store: Store, planned: Plan) -> None:
    """RunError if not a single run of the plan has finished: there is nothing to judge."""
    if not any(store.run(run.id).result() for run in planned.runs):
        reasons = [f.reason for run in planned.runs if (f := store.run(run.id).failure())]
        raise RunError(f"all {len(planned.runs)} runs failed; the first: {reasons[0]}")
