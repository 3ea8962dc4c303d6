"""`upwell grade`: forecasts that were made earlier, held against what came true."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...workflows.forecast import grade as grade_forecasts
from .. import console
from ..options import Json, MetricInfos, Scales, ShowAll
from .backtest import print_grades


def grade(
    forecasts: Annotated[
        Path, typer.Argument(metavar="FORECAST.json", help="Written by upwell forecast --json.")
    ],
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Results with the true scores.")
    ],
    scale: Scales = None,
    metric_info: MetricInfos = None,
    json: Json = None,
    show_all: ShowAll = False,
) -> None:
    """Grade forecasts that were made earlier.

    A forecast is graded on the model of its name, or else on the one within 5 % of
    its scale, in its family. Forecasts without a true score yet are counted.

    upwell forecast results/ --target my-12b=12b,300b --json forecasts.json

    upwell grade forecasts.json results-of-my-12b/
    """
    console.check_json_target(json)
    graded = grade_forecasts(
        forecasts, list(paths), scale=scale or (), metric_info=metric_info or ()
    )
    console.write_json(json, graded.to_json())
    terminal = console.get_console(json)
    console.print_source_summary(terminal, graded.results.loaded, graded.axis)
    if json != "-":
        num_ungraded = sum(f.actual is None for f in graded)
        print_grades(terminal, graded.records, graded.summary, show_all)
        console.print_line(
            terminal, f"{num_ungraded} of {len(graded)} forecasts have no true score yet"
        )
