"""From a study folder to verdicts, grades and the page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SpecError
from ..plugins import quoted_list
from .controls import ruler_verdicts
from .documents import build_document, to_text
from .example_answers import example_questions
from .item_outcomes import item_outcomes
from .result_objects import StatusFn, no_status

FIGURE_FORMATS = ("svg", "png", "pdf")

if TYPE_CHECKING:
    from ..records import Verdict
    from ..store import Store


def report(
    folder: str | Path,
    *,
    rejudge: bool = False,
    formats: Sequence[str] = FIGURE_FORMATS[:1],
    status: StatusFn = no_status,
) -> Path:
    """Draw the page of a study folder again; returns its path. Trains and evaluates nothing.

    Every figure is also written to FOLDER/figures, in these formats: "svg", "png", "pdf".

    A study that is still running is drawn as far as it is; its verdicts are then not saved.
    """
    from ..errors import StoreError
    from ..store import Store

    unknown = [name for name in formats if name not in FIGURE_FORMATS]
    if unknown:
        raise SpecError(f"no figure format {unknown[0]!r}; there are {quoted_list(FIGURE_FORMATS)}")
    store = Store.open(Path(folder))
    with ExitStack() as stack:
        try:
            stack.enter_context(store.lock())
        except StoreError:  # another process runs the study
            return write_report(store, status, judge_table(store, status), formats)
        if rejudge or not store.verdicts():
            judge_study(store, status)
        return write_report(store, status, formats=formats)


def judge_study(store: Store, status: StatusFn = no_status) -> tuple[Verdict, ...]:
    """Judge all that the study has measured and grade its forecasts; both are saved."""
    from ..emergence.forecasting.truth import observed_values
    from ..study import table

    store.save_verdicts(judge_table(store, status))
    store.grade_forecasts(observed_values(table(store), store.study().axis))
    return store.verdicts()


def judge_table(store: Store, status: StatusFn = no_status) -> Sequence[Verdict]:
    """Judge all that the study has measured, without saving it."""
    from ..emergence import judge
    from ..study import table

    observed = table(store)
    with status("judging"):
        return judge(observed, store.study().axis, outcomes=item_outcomes(store, observed))


def write_report(
    store: Store,
    status: StatusFn = no_status,
    verdicts: Sequence[Verdict] | None = None,
    formats: Sequence[str] = FIGURE_FORMATS[:1],
) -> Path:
    """Write the page and its figures; returns the path of the page."""
    from ..report import save_figure, study_figures, study_page
    from ..study import table

    study, plan, observed = store.study(), store.plan(), table(store)
    log_entries = [line for run in plan.runs for line in store.run(run.id).curve()]
    failures = [f for run in plan.runs if (f := store.run(run.id).failure()) is not None]
    verdicts, forecasts = store.verdicts() if verdicts is None else verdicts, store.forecasts()
    with status("judging the ruler, as a control"):
        controls = ruler_verdicts()
    with status("drawing the report"):
        text = study_page(
            study,
            observed,
            verdicts,
            forecasts,
            progress=log_entries,
            plan=plan,
            seconds={run.id: store.run(run.id).seconds() for run in plan.runs},
            failures=failures,
            controls=controls,
            sample_sheets=[
                picture for run in plan.runs for picture in store.run(run.id).sample_sheets()
            ],
            examples=example_questions(store, observed),
            created_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            code_version=plan.runs[0].code_version,
        )
        figures = study_figures(observed, verdicts, forecasts, progress=log_entries, plan=plan)
        for name, svg in figures.items():
            for suffix in formats:
                save_figure(svg, store.root / "figures" / f"{name}.{suffix}")
        return store.write_page("report.html", text)


def findings_json(folder: str | Path) -> str:
    """The verdicts and forecasts of a study, as JSON text."""
    from ..report import check_expectations
    from ..store import Store

    store = Store.open(Path(folder))
    return to_text(
        build_document(
            "findings",
            study=store.study().name,
            expectations=[
                asdict(each) | {"met": each.met}
                for each in check_expectations(store.study(), store.verdicts())
            ],
            verdicts=[asdict(verdict) for verdict in store.verdicts()],
            forecasts=[asdict(forecast) for forecast in store.forecasts()],
        )
    )
