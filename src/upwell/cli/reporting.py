"""From a study folder to verdicts, grades and the page."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from . import telling

if TYPE_CHECKING:
    from ..records import Study, Verdict
    from ..store import Store


def judged(store: Store) -> tuple[Verdict, ...]:
    """Judge all that the study has measured, grade what was forecast; both are kept."""
    from ..emergence import judge
    from ..emergence.truth import truths
    from ..study import table

    study, seen = store.study(), table(store)
    with telling.working("judging"):
        store.save_verdicts(judge(seen, study.axis))
        store.grade_forecasts(truths(seen, study.axis))
    return store.verdicts()


def write_report(store: Store, json: str | None = None) -> Path:
    """Write the page and its figures; the path of the page."""
    from ..report import figures, page
    from ..study import table

    study, plan, seen = store.study(), store.plan(), table(store)
    curves = [line for run in plan.runs for line in store.run(run.id).curve()]
    failures = [f for run in plan.runs if (f := store.run(run.id).failure()) is not None]
    verdicts, forecasts = store.verdicts(), store.forecasts()
    with telling.working("drawing the report"):
        text = page(
            study,
            seen,
            verdicts,
            forecasts,
            progress=curves,
            plan=plan,
            seconds={run.id: store.run(run.id).seconds() for run in plan.runs},
            failures=failures,
            controls=ruler_verdicts(),
            pictures=[each for run in plan.runs for each in store.run(run.id).pictures()],
            made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            code=plan.runs[0].code,
        )
        for name, svg in figures(seen, verdicts, forecasts, progress=curves, plan=plan).items():
            store.write_page(f"figures/{name}.svg", svg)
    if json is not None:
        telling.write_json(json, findings(study, verdicts, forecasts))
    return store.write_page("report.html", text)


def findings(
    study: Study, verdicts: tuple[Verdict, ...], forecasts: tuple[object, ...]
) -> dict[str, object]:
    """What a study found, as a JSON document (docs/json.md)."""
    from dataclasses import asdict, is_dataclass

    told = [asdict(one) for one in forecasts if is_dataclass(one) and not isinstance(one, type)]
    return {
        "upwell": "findings",
        "version": telling.VERSION,
        "study": study.name,
        "verdicts": [asdict(one) for one in verdicts],
        "forecasts": told,
    }


@cache
def ruler_verdicts() -> tuple[Verdict, ...]:
    """The same judge on the ruler, carried out anew in a folder that is thrown away."""
    from tempfile import TemporaryDirectory

    from ..emergence import judge
    from ..loading import load_study
    from ..store import Store
    from ..study import do, plan, table

    study = load_study("ruler")
    with TemporaryDirectory(prefix="upwell-ruler-") as folder:
        store = Store.create(Path(folder) / study.name, study)
        planned = plan(study)
        store.save_plan(planned)
        for run in planned.runs:
            do(run, store)
        return tuple(judge(table(store), study.axis))
