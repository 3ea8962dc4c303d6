"""`upwell backtest`: how good the forecasts are, on models whose scores are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...formatting import format_ability, format_number
from ...workflows.forecast import backtest as backtest_results
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

    from ...records import Forecast

GRADE_COLUMNS = ("mean", "median", "p90", "bias", "coverage", "interval_score")
NUM_WORST_FORECASTS = 5


def backtest(
    paths: Paths,
    holdout_above: Annotated[
        str, typer.Option(metavar="NUMBER", help="Hold out the models above it, e.g. 4e9 or 4b.")
    ],
    predict: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER", help="Scale to forecast. [default: all held out]"),
    ] = None,
    axis: Axis = "params",
    scale: Scales = None,
    metric_info: MetricInfos = None,
    ability: Abilities = None,
    num_fewshot: NumFewshot = "",
    metric: Metrics = None,
    family: Families = None,
    json: Json = None,
    show_all: ShowAll = False,
) -> None:
    """Hold the larger models out, forecast them, and grade the forecasts.

    Nothing above the bound is used for forecasting. Our errors stand beside those
    of simple baselines; coverage is the fraction of 90 % intervals that hold the
    true score (it should be .90); the interval score charges width and misses.

    upwell backtest table.parquet --holdout-above 4e9 --predict 2.7e10

    upwell backtest results/ --axis flops --holdout-above 1e22 --json b.json
    """
    console.check_json_target(json)
    forecasts = backtest_results(
        list(paths),
        holdout_above,
        predict=predict,
        axis=axis,
        scale=scale or (),
        metric_info=metric_info or (),
        family=family,
        ability=ability,
        metric=metric,
        num_fewshot=parse_counts(num_fewshot, "--num-fewshot") or None,
        status=console.spinner,
    )
    console.write_json(json, forecasts.to_json())
    terminal = console.get_console(json)
    console.print_source_summary(terminal, forecasts.results.loaded, axis)
    if json != "-":
        print_grades(terminal, forecasts.records, forecasts.summary, show_all)


def print_grades(
    terminal: Console,
    forecasts: Sequence[Forecast],
    summary: Mapping[str, Any],
    show_all: bool,
) -> None:
    """The grades of every method, ours first, and the forecasts that were furthest off."""
    graded = [f for f in forecasts if f.value is not None and f.actual is not None]
    if len(metrics := sorted({f.metric for f in graded})) > 1:
        message = f"errors of {len(metrics)} metrics are mixed: {', '.join(metrics)}"
        console.print_line(terminal, f"{message}; --metric keeps one", "yellow")
    rows = [
        (method, str(grades["graded"]), *(format_number(grades[g]) for g in GRADE_COLUMNS))
        for method, grades in summary.items()
    ]
    console.print_table(terminal, ("method", "graded", *GRADE_COLUMNS), rows)
    worst = sorted(graded, key=lambda f: -_relative_error(f))
    if worst:
        console.print_line(terminal, "" if show_all else "furthest off, for their interval:")
        titles = ("ability", "metric", "target", "forecast", "low", "high", "actual", "family")
        listed = worst if show_all else worst[:NUM_WORST_FORECASTS]
        console.print_table(terminal, titles, [_forecast_row(f) for f in listed])


def _relative_error(f: Forecast) -> float:
    assert f.value is not None and f.actual is not None
    assert f.interval_low is not None and f.interval_high is not None
    return abs(f.value - f.actual) / max(f.interval_high - f.interval_low, 1e-12)


def _forecast_row(f: Forecast) -> tuple[str, ...]:
    numbers = (f.target, f.value, f.interval_low, f.interval_high, f.actual)
    name = format_ability(f.ability, f.shots)
    return (name, f.metric, *map(format_number, numbers), f.family or "")
