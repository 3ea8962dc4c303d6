"""The report of a study: one HTML file, from the question to the cost.

The page loads nothing from outside and runs no script; its Content-Security-Policy forbids both.
It computes no verdict. What is missing among its inputs is named as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...records import ExampleQuestion, Forecast, Plan, Study, Table, TrainLogEntry, Verdict
from ...store import RunFailure, SampleSheet
from ..html.document import document, section
from ..html.markup import Markup, element, join
from ..plot.figure import figures_by_name
from ..plot.legend import legend
from ..sections import (
    card,
    controls,
    cost,
    expectations,
    forecasts,
    header,
    methods,
    onsets,
    samples,
    training,
)
from ..sections.report_data import Card, ReportData, build_cards


def study_page(
    study: Study | None,
    table: Table,
    verdicts: Sequence[Verdict],
    forecasts: Sequence[Forecast] = (),
    *,
    progress: Sequence[TrainLogEntry] = (),
    plan: Plan | None = None,
    seconds: Mapping[str, float | None] | None = None,
    failures: Sequence[RunFailure] = (),
    controls: Sequence[Verdict] = (),
    sample_sheets: Sequence[SampleSheet] = (),
    examples: Sequence[ExampleQuestion] = (),
    title: str | None = None,
    created_at: str | None = None,
    code_version: str | None = None,
) -> str:
    """A whole HTML document, to be written as UTF-8.

    Args:
        study: None for a table of other people's results.
        table: Results; a column `run` joins them to the training logs.
        progress: Training logs of all runs.
        seconds: Time of each run by its id.
        failures: Runs that failed, with the reason.
        controls: Verdicts on the ruler.
        sample_sheets: Images that models generated.
        examples: The first question of each ability, with the answer of each size.
        created_at: When the page is made.
        code_version: Version of the code that makes the page.

    Raises DataError if the axis of a verdict is no numeric column of the table.
    """
    return _render_document(
        ReportData(
            study=study,
            table=table,
            verdicts=verdicts,
            forecasts=forecasts,
            progress=progress,
            plan=plan,
            seconds=seconds or {},
            failures=failures,
            controls=controls,
            sample_sheets=sample_sheets,
            examples=examples,
            title=title,
            created_at=created_at,
            code_version=code_version,
        )
    )


def study_figures(
    table: Table,
    verdicts: Sequence[Verdict],
    forecasts: Sequence[Forecast] = (),
    *,
    progress: Sequence[TrainLogEntry] = (),
    plan: Plan | None = None,
) -> dict[str, str]:
    """Every figure of the page as a standalone SVG by name.

    Names are letters, digits and dashes, good for file names. `save_figure` writes an SVG to a
    file, also as PNG or PDF.
    """
    data = ReportData(
        study=None, table=table, verdicts=verdicts, forecasts=forecasts, progress=progress,
        plan=plan,
    )  # fmt: skip
    return _build_figures(data)


def _build_figures(data: ReportData) -> dict[str, str]:
    cards = build_cards(data)
    return figures_by_name(
        [
            *onsets.figures(cards),
            *(figure for one in cards for figure in card.figures(one)),
            *forecasts.figures(data.forecasts),
            *training.figures(data),
        ]
    )


def _render_document(data: ReportData) -> str:
    cards = build_cards(data)
    main = element("main", header.render(data, cards), _render_sections(data, cards))
    return document(header.title(data), main, allow_images=bool(data.sample_sheets))


def _render_sections(data: ReportData, cards: Sequence[Card]) -> Markup:
    return join(
        section("As expected?", expectations.render(data)),
        section("Findings", header.at_a_glance(cards)),
        section(
            "Ability by ability", legend() if cards else None, [card.render(one) for one in cards]
        ),
        section("Forecasts", forecasts.render(data.forecasts)),
        section("Training", training.render(data) if _has_training(data) else None),
        section("Generated samples", samples.render(data.sample_sheets, data.unit)),
        section("Controls", controls.render(data)),
        section("Cost", cost.render(data) if _has_training(data) else None),
        section("How to read this page", methods.render(data)),
    )


def _has_training(data: ReportData) -> bool:
    """Whether anything is known of the training, unlike for other people's results."""
    return any((data.study, data.plan, data.progress, data.seconds, data.failures))
