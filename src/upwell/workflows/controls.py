"""Controls: what the judge says of the ruler, whose abilities are planted."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..records import Verdict


@cache
def ruler_verdicts() -> tuple[Verdict, ...]:
    """The verdicts of the same judge on the ruler, run anew in a temporary folder (seconds)."""
    from ..emergence import judge
    from ..store import Store
    from ..study import execute_run, plan, table
    from ..study_loader import load_study

    study = load_study("ruler")
    with TemporaryDirectory(prefix="upwell-ruler-") as folder:
        store = Store.create(Path(folder) / study.name, study)
        planned = plan(study)
        store.save_plan(planned)
        for run in planned.runs:
            execute_run(run, store)
        return tuple(judge(table(store), study.axis))
