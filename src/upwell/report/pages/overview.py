"""Hundreds of abilities on one page: a grid of small curves, each of which links to its card.

The page is one file that loads nothing from outside. A short script sorts and filters the grid;
without it the abilities are in the order of their kinds. Full cards are added up to
`MAX_PAGE_CHARS`; the page says how many are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...formatting import format_axis_value, format_value, pluralize
from ...records import Forecast, Study, Table, Verdict
from ..html.document import document, section
from ..html.markup import Markup, element, isolate, isolate_ltr, join
from ..plot.legend import legend
from ..plot.sparkline import sparkline
from ..plot.verdict_glyphs import badge, glyph, kind_class, kind_rank
from ..sections import calibration, card, controls, forecasts, header, methods, onsets
from ..sections.report_data import Card, ReportData, build_cards

MAX_PAGE_CHARS = 4_500_000
"""Most characters of the small curves and the cards together."""

SORT_OPTIONS = (
    ("kind", "kind"),
    ("name", "name"),
    ("onset", "earliest onset"),
    ("surprise", "largest surprise"),
    ("margin", "strongest evidence for a jump"),
    ("last", "highest value of the largest model"),
)
"""Orders of the grid; `overview.js` has a comparator for each."""

SURPRISE_NOTE = (
    "A surprise is the distance of the actual value from the middle of its forecast interval, in "
    "half-widths. Up to 1, the value is inside the interval."
)

MAX_ONSETS = 40
"""With more onsets than this, a map of them is too tall to be useful."""


def overview_page(
    table: Table,
    verdicts: Sequence[Verdict],
    forecasts: Sequence[Forecast] = (),
    backtest_summary: Mapping[str, Mapping[str, float | int | None]] | None = None,
    *,
    backtests: Sequence[Forecast] = (),
    controls: Sequence[Verdict] = (),
    study: Study | None = None,
    title: str | None = None,
    created_at: str | None = None,
    code_version: str | None = None,
) -> str:
    """A whole HTML document about a table of results, to be written as UTF-8.

    Args:
        backtests: The forecasts of `emergence.backtest`.
        backtest_summary: Its scores of every method.
        controls: Verdicts on the ruler.
        study: The study that the results come from, whose question and hypothesis are shown.

    Raises DataError if the axis of a verdict is no numeric column of the table.
    """
    graded_backtests = [one for one in backtests if one.actual is not None]
    data = ReportData(
        study=study, table=table, verdicts=verdicts, forecasts=[*forecasts, *graded_backtests],
        controls=controls, title=title, created_at=created_at, code_version=code_version,
    )  # fmt: skip
    main = _render_main(data, build_cards(data), backtests, backtest_summary)
    return document(header.title(data), main, style_sheets=("overview.css",), script="overview.js")


def _render_main(
    data: ReportData,
    cards: Sequence[Card],
    backtests: Sequence[Forecast],
    backtest_summary: Mapping[str, Mapping[str, float | int | None]] | None,
) -> Markup:
    grid = _render_grid(cards)
    return element(
        "main",
        header.render(data, cards),
        section("All abilities", grid),
        _render_onset_map(cards),
        section("Calibration of past forecasts", calibration.render(backtests, backtest_summary)),
        section("Ability by ability", _render_details(cards, MAX_PAGE_CHARS - len(grid))),
        section("Controls", controls.render(data)),
        section("How to read this page", methods.render(data)),
    )


def _render_grid(cards: Sequence[Card]) -> Markup:
    if not cards:
        return join()
    surprises = [calibration.max_surprise(one.forecasts) for one in cards]
    graded = any(one is not None for one in surprises)
    return join(
        element("p", SURPRISE_NOTE, class_="lead") if graded else None,
        _render_toolbar(cards),
        element("div", list(map(_render_cell, cards, surprises)), class_="ability-grid"),
    )


def _render_onset_map(cards: Sequence[Card]) -> Markup | None:
    if not 2 <= sum(one.verdict.onset is not None for one in cards) <= MAX_ONSETS:
        return None
    rendered = [figure.render() for figure in onsets.figures(cards)]
    return section("Onsets", element("div", rendered, class_="panels"))


def _render_toolbar(cards: Sequence[Card]) -> Markup:
    """Sorting and filters, hidden until the script runs."""
    kinds = sorted({one.verdict.kind for one in cards}, key=kind_rank)
    options = [element("option", name, value=value) for value, name in SORT_OPTIONS]
    return element(
        "div",
        element("label", "Sort by ", element("select", options, id="order")),
        element(
            "label",
            "Search ",
            element("input", id="find", type="search", placeholder="ability"),
        ),
        element("span", [_kind_checkbox(kind) for kind in kinds], id="kinds"),
        element("span", id="status", role="status"),
        class_="toolbar",
        hidden=True,
    )


def _kind_checkbox(kind: str) -> Markup:
    box = element("input", type="checkbox", value=kind, checked=True)
    return element("label", box, glyph(kind), isolate(kind), class_=kind_class(kind))


def _render_cell(ability_card: Card, surprise: float | None) -> Markup:
    curve = ability_card.main_curve
    verdict = ability_card.verdict
    last = None if curve is None else curve.last_value
    return element(
        "a",
        None if curve is None else sparkline(curve, verdict.onset),
        element("b", isolate_ltr(ability_card.title)),
        element(
            "small", glyph(verdict.kind), isolate(verdict.kind), class_=kind_class(verdict.kind)
        ),
        _note(
            "onset",
            None if verdict.onset is None else format_axis_value(verdict.onset, ability_card.axis),
        ),
        _note("surprise", None if surprise is None else format_value(surprise, 2)),
        href=f"#{ability_card.anchor}",
        class_="ability",
        data_name=ability_card.title,
        data_kind=verdict.kind,
        data_onset=_exact_attribute(verdict.onset),
        data_surprise=_exact_attribute(surprise),
        data_margin=_exact_attribute(verdict.evidence_z),
        data_last=_exact_attribute(last),
    )


def _note(name: str, text: str | None) -> Markup | None:
    return None if text is None else element("small", f"{name} {text}")


def _exact_attribute(value: float | None) -> str | None:
    return None if value is None else repr(float(value))


def _render_details(cards: Sequence[Card], chars_left: int) -> Markup:
    """Full cards, as many as fit into `chars_left` characters."""
    entries: list[Markup] = []
    for ability_card in cards:
        entry = _render_ability_details(ability_card)
        chars_left -= len(entry)
        if chars_left < 0:
            break
        entries.append(entry)
    num_hidden = len(cards) - len(entries)
    return join(
        legend() if entries else None,
        entries,
        element(
            "p",
            f"{pluralize(num_hidden, 'more ability has', 'more abilities have')} only a "
            "small curve, to keep this file small. Judge fewer at once to see them in full.",
            class_="lead",
        )
        if num_hidden
        else None,
    )


def _render_ability_details(ability_card: Card) -> Markup:
    onset = ability_card.verdict.onset
    onset_text = None if onset is None else f"onset {format_axis_value(onset, ability_card.axis)}"
    return element(
        "details",
        element(
            "summary",
            isolate_ltr(ability_card.title),
            badge(ability_card.verdict.kind),
            element("small", onset_text),
        ),
        card.render(ability_card),
        forecasts.forecast_table(ability_card.forecasts) if ability_card.forecasts else None,
        class_="ability-details",
    )
