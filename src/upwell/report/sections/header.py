"""The top of the page: question, hypothesis and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...formatting import pluralize
from ..html.markup import Markup, element, isolate, isolate_ltr, join
from ..plot.verdict_glyphs import badge, kind_class, kind_rank
from ..titles import axis_title, join_with_and, kind_meaning
from . import onsets
from .report_data import Card, ReportData


def render(data: ReportData, cards: Sequence[Card]) -> Markup:
    """Title, question, hypothesis and findings."""
    return element(
        "header",
        element("p", "Upwell", class_="brand"),
        element("h1", isolate(title(data))),
        _question(data),
        _findings(cards),
        _byline(data),
        class_="page-header",
    )


def title(data: ReportData) -> str:
    """The title of the page."""
    if data.title is not None:
        return data.title
    return "A table of results" if data.study is None else data.study.name


def at_a_glance(cards: Sequence[Card]) -> Markup | None:
    """Every ability by the kind of its verdict, beside the map of onsets; None without any."""
    if not cards:
        return None
    kinds = sorted({card.verdict.kind for card in cards}, key=kind_rank)
    groups = [
        element(
            "div",
            element("dt", badge(kind)),
            element("dd", _ability_links(cards, kind), element("small", kind_meaning(kind))),
        )
        for kind in kinds
    ]
    maps = [figure.render() for figure in onsets.figures(cards)]
    return element("div", element("dl", groups, class_="kinds"), maps, class_="at-a-glance")


def _question(data: ReportData) -> Markup | None:
    if data.study is None:
        return element(
            "p",
            "This page was made from a table of results, which came without a question and a "
            "hypothesis.",
            class_="lead",
        )
    return element(
        "dl",
        element("div", element("dt", "The question"), element("dd", isolate(data.study.question))),
        element(
            "div",
            element("dt", "The hypothesis, before anything ran"),
            element("dd", isolate(data.study.hypothesis)),
        ),
        class_="hypothesis",
    )


def _findings(cards: Sequence[Card]) -> Markup:
    if not cards:
        return element("p", "No ability was judged.", class_="findings")
    counts = Counter(card.verdict.kind for card in cards)
    kinds = sorted(counts, key=kind_rank)
    axes = join_with_and(list(dict.fromkeys(axis_title(card.axis) for card in cards)))
    subject = pluralize(len(cards), "ability was", "abilities were")
    return element(
        "p",
        f"{subject} judged along {axes}: ",
        [
            join(_separator(index, len(kinds)), _kind_count(counts[kind], kind))
            for index, kind in enumerate(kinds)
        ],
        ".",
        class_="findings",
    )


def _separator(index: int, count: int) -> str | None:
    """The separator before an item of a list."""
    if index == 0:
        return None
    return " and " if index == count - 1 else ", "


def _kind_count(count: int, kind: str) -> Markup:
    return element("b", f"{count:,} ", isolate(kind), class_=kind_class(kind))


def _ability_links(cards: Sequence[Card], kind: str) -> Markup:
    links = [
        element("a", isolate_ltr(card.title), href=f"#{card.anchor}")
        for card in cards
        if card.verdict.kind == kind
    ]
    return join([join(", " if i else None, link) for i, link in enumerate(links)])


def _byline(data: ReportData) -> Markup:
    rows, models = len(data.table), data.table.frame.select("model", "seed").unique().height
    missing = data.table.frame["value"].null_count()
    created_at = "at an unknown time" if data.created_at is None else data.created_at
    code_versions = sorted({run.code_version for run in data.plan.runs} if data.plan else set())
    parts = [
        f"Created {created_at}",
        f"page by Upwell {data.code_version}" if data.code_version else None,
        f"numbers by code {', '.join(code_versions)}"
        if code_versions
        else "code version of the numbers unknown",
        f"{pluralize(rows, 'row')} of {pluralize(models, 'model')}, {missing:,} without a value",
    ]
    return element("p", " · ".join(part for part in parts if part), class_="byline")
