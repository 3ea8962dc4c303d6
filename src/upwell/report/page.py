"""The report: one HTML file that tells a study from its question to its cost.

It needs no network, runs no script, and forbids the browser both by its
content-security-policy. It computes no verdict: it shows what it was given, and says
what it was not given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..records import Forecast, Plan, Progress, Study, Table, Verdict
from ..store import Failure, Picture
from . import card, controls, cost, forecasts, methods, onsets, opening, sheets, training
from .document import document, section
from .drawing import named
from .legend import legend
from .markup import Markup, element, join
from .story import Card, Story, cards


def page(
    study: Study | None,
    table: Table,
    verdicts: Sequence[Verdict],
    forecasts: Sequence[Forecast] = (),
    *,
    progress: Sequence[Progress] = (),
    plan: Plan | None = None,
    seconds: Mapping[str, float | None] | None = None,
    failures: Sequence[Failure] = (),
    controls: Sequence[Verdict] = (),
    pictures: Sequence[Picture] = (),
    title: str | None = None,
    made: str | None = None,
    code: str | None = None,
) -> str:
    """A whole HTML document, to be written as UTF-8.

    `controls` are the verdicts of the same judge on the ruler; `pictures` are what models made;
    a table with a column `run` joins progress to its rungs; `seconds` is the time that each run
    took, by its id; `made` is when, `code` by which version the page was made.
    What is not given is said to be unknown. Raises DataError if a verdict's axis is no
    numeric column of the table.
    """
    return _document(
        Story(
            study=study,
            table=table,
            verdicts=verdicts,
            forecasts=forecasts,
            progress=progress,
            plan=plan,
            seconds=seconds or {},
            failures=failures,
            controls=controls,
            pictures=pictures,
            title=title,
            made=made,
            code=code,
        )
    )


def figures(
    table: Table,
    verdicts: Sequence[Verdict],
    forecasts: Sequence[Forecast] = (),
    *,
    progress: Sequence[Progress] = (),
    plan: Plan | None = None,
) -> dict[str, str]:
    """Every figure of the page as SVG text by name, each a file that stands alone.

    Names are letters, digits and dashes, good for file names. Light colours.
    """
    story = Story(
        study=None, table=table, verdicts=verdicts, forecasts=forecasts, progress=progress,
        plan=plan,
    )  # fmt: skip
    return _figures(story)


def _figures(story: Story) -> dict[str, str]:
    told = cards(story)
    return named(
        [
            *onsets.drawings(told),
            *(drawing for one in told for drawing in card.drawings(one)),
            *forecasts.drawings(story.forecasts),
            *training.drawings(story),
        ]
    )


def _document(story: Story) -> str:
    told = cards(story)
    main = element("main", opening.shown(story, told), _sections(story, told))
    return document(opening.title(story), main, pictures=bool(story.pictures))


def _sections(story: Story, told: Sequence[Card]) -> Markup:
    return join(
        section("What was found", opening.at_a_glance(told)),
        section(
            "Ability by ability", legend() if told else None, [card.shown(one) for one in told]
        ),
        section("Forecast before, graded after", forecasts.shown(story.forecasts)),
        section("How training went", training.shown(story) if _ran(story) else None),
        section("What was made", sheets.shown(story.pictures, story.unit)),
        section("Controls", controls.shown(story)),
        section("What it cost", cost.shown(story) if _ran(story) else None),
        section("How to read this, and what not to read into it", methods.shown(story)),
    )


def _ran(story: Story) -> bool:
    """Whether there was a study; a table of other people's results has no training to tell."""
    return any((story.study, story.plan, story.progress, story.seconds, story.failures))
