"""`upwell forecast`: what larger models will score, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ...formatting import format_ability, format_number
from ...workflows.forecast import forecast as forecast_results
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

MAX_LISTED_FORECASTS = 40
"""Up to this number of forecasts, all are listed."""


def forecast(
    paths: Paths,
    target: Annotated[
        list[str],
        typer.Option(
            metavar="SCALE",
            help="my-70b=70b,15t, params=70b,tokens=15t or flops=1e24. Repeatable.",
        ),
    ],
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
    """Forecast what a larger model will score.

    --target names the model by its parameters and training tokens, or gives a
    scale without a name. What was understood is printed. Every forecast has a
    90 % interval and the noise that the items alone give; where none can be
    made, it says why. Keep the JSON: `upwell grade` grades it when the model
    has been evaluated.

    upwell forecast results/ --target my-12b=12b,300b --json forecasts.json

    upwell forecast table.parquet --target flops=1e24 --target flops=1e25
    """
    console.check_json_target(json)
    forecasts = forecast_results(
        list(paths),
        target,
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
    console.print_source_summary(terminal, forecasts.results.loaded, forecasts.axis)
    for each in forecasts.settings["targets"]:
        console.print_line(terminal, f"target: {each['description']}")
    if json != "-":
        _print_forecasts(terminal, forecasts.records, show_all)


def _print_forecasts(terminal: Console, forecasts: Sequence[Forecast], show_all: bool) -> None:
    known = [f for f in forecasts if f.value is not None]
    impossible = len(forecasts) - len(known)
    console.print_line(terminal, f"{len(known)} forecasts, {impossible} that cannot be made")
    listed = forecasts if show_all else forecasts[:MAX_LISTED_FORECASTS]
    titles = ("ability", "metric", "target", "forecast", "low", "high", "noise", "family")
    console.print_table(terminal, titles, [_forecast_row(f) for f in listed])
    if num_hidden := len(forecasts) - len(listed):
        console.print_line(terminal, f"{num_hidden} more with --all; every explanation with --json")


def _forecast_row(f: Forecast) -> tuple[str, ...]:
    target = f.model or format_number(f.target)
    numbers = (f.value, f.interval_low, f.interval_high, f.noise_floor)
    name = format_ability(f.ability, f.shots)
    return (name, f.metric, target, *map(format_number, numbers), f.family or "")
