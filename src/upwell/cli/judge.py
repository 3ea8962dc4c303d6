"""`upwell judge`: which abilities are emergent, made by the metric, smooth, flat, inverse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import __version__
from ..errors import DataError
from . import telling
from .gathering import family_only, gather
from .options import Axis, Everything, Families, Json, Metrics, Paths, Scales
from .telling import short

if TYPE_CHECKING:
    from rich.console import Console

    from ..records import Forecast, Table, Verdict
    from ..tables import Reading

NOTABLE = ("emergent", "metric-made", "inverse", "u-shaped")
"""Kinds that are listed one by one; the others are counted, unless all are asked for."""

FEW = 20
"""So many verdicts are all listed."""

ALARMING = 0.25
"""An ability at chance is listed from this probability of a jump just ahead."""

HIDDEN = 4.0
"""The report tries the forecasts on the rungs within this factor of the largest."""


def judge(
    paths: Paths,
    axis: Axis = "params",
    scale: Scales = None,
    metric: Metrics = None,
    family: Families = None,
    json: Json = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with every figure.")
    ] = None,
    everything: Everything = False,
) -> None:
    """Say of every ability whether it wells up, and where.

    Takes results of any model family: JSON of lm-eval-harness or BIG-bench, long
    tables in CSV or Parquet, and studies of our own, several at once. Models whose
    scale no file tells are listed and left out; tell it with a models.csv beside
    the results (columns model, params, tokens) or with --scale.

    upwell judge out/demo

    upwell judge results/ --report judged.html

    upwell judge table.parquet --axis flops --family opt --json verdicts.json
    """
    from ..emergence import judge as verdicts_of

    reading = family_only(gather(paths, scale or (), axis), family or ())
    with telling.working("judging"):
        verdicts = verdicts_of(reading.table, axis, metric, with_fits=report is not None)
    if report is not None:
        _report(report, reading, verdicts, paths)
    telling.write_json(json, verdicts_document(reading, verdicts, axis))
    console = telling.out(json)
    telling.tell_reading(console, reading, axis)
    if json != "-":
        _tell(console, verdicts, everything)
    if report is not None:
        telling.say(console, f"report: {report}")


def verdicts_document(reading: Reading, verdicts: Sequence[Verdict], axis: str) -> dict[str, Any]:
    """The JSON of `judge` (docs/json.md)."""
    listed = [asdict(verdict) for verdict in verdicts]
    return telling.document("verdicts", reading, axis=axis, verdicts=listed)


def _report(
    path: Path, reading: Reading, verdicts: Sequence[Verdict], paths: Sequence[Path]
) -> None:
    from ..report import overview
    from .reporting import ruler_verdicts

    axis = verdicts[0].axis if verdicts else "params"
    with telling.working("trying forecasts on the largest rungs"):
        past, summary = _past(reading.table, axis)
    with telling.working("judging the ruler, as a control"):
        controls = ruler_verdicts()
    with telling.working("drawing the report"):
        page = overview(
            reading.table,
            verdicts,
            backtest_summary=summary,
            backtests=past,
            controls=controls,
            title=", ".join(p.name or str(p) for p in paths),
            made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            code=__version__,
        )
        telling.write_text(path, page)


def _past(table: Table, axis: str) -> tuple[list[Forecast], Mapping[str, Any] | None]:
    """Forecasts of each family's rungs within a factor of `HIDDEN` of its largest, graded; none
    where too few rungs are left to forecast them from."""
    from ..emergence import backtest_each

    try:
        return backtest_each(table, axis, HIDDEN)
    except DataError:
        return [], None


def _notable(v: Verdict) -> bool:
    alarming = max(v.alarm.values(), default=0.0) >= ALARMING
    return v.kind in NOTABLE or alarming or v.dip is not None


def _tell(console: Console, verdicts: Sequence[Verdict], everything: bool) -> None:
    counts = Counter(verdict.kind for verdict in verdicts).most_common()
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts) or "nothing to judge"
    telling.say(console, f"{len(verdicts)} verdicts: {kinds}")
    few = everything or len(verdicts) <= FEW
    listed = [verdict for verdict in verdicts if few or _notable(verdict)]
    if listed:
        titles = ("ability", "metric", "kind", "onset", "from", "to", "P(jump)")
        more = ("alarm x2", "x10", "dip at", "items", "family")
        telling.table(console, (*titles, *more), [_row(verdict) for verdict in listed])
    if hidden := len(verdicts) - len(listed):
        telling.say(console, f"{hidden} more with --all; the reason of each with --json")


def _row(v: Verdict) -> tuple[str, ...]:
    onset = (short(v.onset), short(v.onset_low), short(v.onset_high))
    chances = (v.probability, v.alarm.get("2"), v.alarm.get("10"))
    chance = ("" if p is None else f"{p:.2f}" for p in chances)
    items = "" if v.items is None else str(v.items)
    name = telling.ability(v.ability, v.shots)
    return (name, v.metric, v.kind, *onset, *chance, short(v.dip), items, v.family or "")
