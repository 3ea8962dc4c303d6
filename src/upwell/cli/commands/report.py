"""`upwell report`: the page of a study, drawn again from what the folder holds."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import console
from ..options import Json, StudyDir


def report(
    folder: StudyDir,
    formats: Annotated[
        str, typer.Option("--format", help="Formats of the figures: svg, png, pdf.")
    ] = "svg",
    rejudge: Annotated[bool, typer.Option("--judge", help="Judge again before drawing.")] = False,
    json: Json = None,
) -> None:
    """Draw the report of a study folder again.

    No model is trained or evaluated; the controls are the ruler, which takes
    seconds. Works on a study that is running, too.

    upwell report out/demo

    upwell report out/demo --judge --json findings.json

    upwell report out/demo --format svg,pdf
    """
    from ...workflows.report_study import findings_json
    from ...workflows.report_study import report as report_study

    console.check_json_target(json)
    page = report_study(folder, rejudge=rejudge, formats=formats.split(","), status=console.spinner)
    if json is not None:
        console.write_json(json, findings_json(folder))
    console.print_line(console.get_console(json), f"report: {page}", "bold")
