"""What the author of a study expected, written before anything ran, and what came out."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Expectation, Study, Verdict
from ..html.markup import Markup, element, isolate_ltr
from ..html.tables import missing_cell, table
from ..plot.verdict_glyphs import badge
from .report_data import ReportData, display_order


def check_expectations(study: Study, verdicts: Sequence[Verdict]) -> list[Expectation]:
    """The expected kind of each ability beside that of its main verdict, in the study's order."""
    observed: dict[str, str] = {}
    for verdict in sorted(verdicts, key=display_order):
        observed.setdefault(verdict.ability, verdict.kind)
    return [
        Expectation(ability=name, expected=study.expected[name], observed=observed.get(name))
        for name in study.abilities
        if name in study.expected
    ]


def render(data: ReportData) -> Markup | None:
    """A table of what was expected and what came out; None where nothing was expected."""
    if data.study is None or not data.study.expected:
        return None
    rows = check_expectations(data.study, data.verdicts)
    return element(
        "div",
        element("p", _summary(rows), class_="lead"),
        table(
            ["ability", "expected, before anything ran", "observed", "result"],
            [
                (
                    element("b", isolate_ltr(row.ability)),
                    badge(row.expected),
                    missing_cell("not judged") if row.observed is None else badge(row.observed),
                    _result(row),
                )
                for row in rows
            ],
            num_text_columns=4,
        ),
    )


def _summary(rows: Sequence[Expectation]) -> str:
    met = sum(row.met for row in rows)
    return f"{met} of {len(rows)} verdicts are as expected."


def _result(row: Expectation) -> Markup:
    text = "\u2713 as expected" if row.met else "\u2717 not as expected"
    return element("b", text, class_=f"result {'hit' if row.met else 'miss'}")
