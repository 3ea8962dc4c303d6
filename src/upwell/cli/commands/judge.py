"""`upwell judge`: which abilities emerge, and which only seem to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...formatting import format_ability, format_number, pluralize
from ...workflows.documents import check_suffix
from ...workflows.judge import judge as judge_results
from .. import console
from ..options import (
    Abilities,
    Axis,
    Families,
    Json,
    MetricInfos,
    Metrics,
    NumFewshot,
    Paths,
    Scales,
    ShowAll,
    parse_counts,
)

if TYPE_CHECKING:
    from rich.console import Console

    from ...records import Verdict

NOTABLE_KINDS = ("emergent", "metric-made", "inverse", "u-shaped")
"""Kinds that are always listed; the others are counted where there are many verdicts."""

MAX_LISTED_VERDICTS = 20
"""Up to this number of verdicts, all are listed."""

MAX_LISTED_REASONS = 5
"""Undecided verdicts whose reason is printed."""

MIN_HAZARD_PROBABILITY = 0.25
"""An ability at chance is listed from this probability of a jump just ahead."""


def judge(
    paths: Paths,
    axis: Axis = "params",
    scale: Scales = None,
    metric_info: MetricInfos = None,
    ability: Abilities = None,
    num_fewshot: NumFewshot = "",
    metric: Metrics = None,
    family: Families = None,
    json: Json = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a page with every figure.")
    ] = None,
    show_all: ShowAll = False,
) -> None:
    """Say of every ability whether it emerges, and where.

    Takes results of any model family: JSON of lm-evaluation-harness or BIG-bench,
    CSV or Parquet with a row a measurement, and study folders, several at once.
    Models whose scale no file gives are listed and left out; give it in a
    models.csv beside the results (columns model, params, tokens) or by --scale.

    upwell judge out/demo

    upwell judge results/ --report judged.html

    upwell judge table.parquet --axis flops --family opt --json verdicts.json
    """
    console.check_json_target(json)
    if report is not None:
        check_suffix(report, ".html", "a report")
    verdicts = judge_results(
        list(paths),
        axis=axis,
        scale=scale or (),
        metric_info=metric_info or (),
        family=family,
        ability=ability,
        metric=metric,
        num_fewshot=parse_counts(num_fewshot, "--num-fewshot") or None,
        fit_curves=report is not None,
        status=console.spinner,
    )
    if report is not None:
        verdicts.report(report, console.spinner)
    console.write_json(json, verdicts.to_json())
    terminal = console.get_console(json)
    console.print_source_summary(terminal, verdicts.results.loaded, axis)
    if json != "-":
        _print_verdicts(terminal, verdicts.records, show_all)
    if report is not None:
        console.print_line(terminal, f"report: {report}")


def _print_verdicts(terminal: Console, verdicts: Sequence[Verdict], show_all: bool) -> None:
    counts = Counter(verdict.kind for verdict in verdicts).most_common()
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts)
    console.print_line(terminal, f"{pluralize(len(verdicts), 'verdict')}: {kinds}")
    list_all = show_all or len(verdicts) <= MAX_LISTED_VERDICTS
    listed = [verdict for verdict in verdicts if list_all or _is_notable(verdict)]
    if listed:
        titles = ("ability", "metric", "kind", "onset", "from", "to", "P(jump)")
        more = ("P(x2)", "P(x10)", "dip at", "items", "family")
        rows = [_verdict_row(verdict) for verdict in listed]
        console.print_table(terminal, (*titles, *more), rows)
    undecided = [verdict for verdict in verdicts if verdict.kind == "undecided"]
    for verdict in undecided if show_all else undecided[:MAX_LISTED_REASONS]:
        name = format_ability(verdict.ability, verdict.shots)
        console.print_line(
            terminal, f"undecided: {name}, {verdict.metric}: {verdict.explanation}", "yellow"
        )
    if num_hidden := len(verdicts) - len(listed):
        console.print_line(terminal, f"{num_hidden} more with --all; every explanation with --json")


def _is_notable(verdict: Verdict) -> bool:
    hazard = max(verdict.alarm.values(), default=0.0)
    return (
        verdict.kind in NOTABLE_KINDS or hazard >= MIN_HAZARD_PROBABILITY or verdict.dip is not None
    )


def _verdict_row(v: Verdict) -> tuple[str, ...]:
    onset = (format_number(v.onset), format_number(v.onset_low), format_number(v.onset_high))
    probabilities = (v.probability, v.alarm.get("2"), v.alarm.get("10"))
    return (
        format_ability(v.ability, v.shots),
        v.metric,
        v.kind,
        *onset,
        *("" if p is None else f"{p:.2f}" for p in probabilities),
        format_number(v.dip),
        "" if v.items is None else str(v.items),
        v.family or "",
    )
