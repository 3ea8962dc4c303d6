"""`upwell run`, `train` and `demo`: a study from its plan to its page."""

from __future__ import annotations

from functools import partial

from .. import console
from ..options import (
    Hours,
    Json,
    OutputDir,
    StudyName,
    StudyOptions,
    Workers,
    parse_settings,
)


def run(
    study: StudyName,
    study_options: StudyOptions = None,
    output_dir: OutputDir = None,
    workers: Workers = None,
    hours: Hours = None,
    json: Json = None,
) -> None:
    """Run a study: train its models, evaluate them, judge, forecast, report.

    Stop it at any moment, with Ctrl-C or otherwise: the same command continues
    there. The largest rungs are forecast before they run and graded after.

    upwell run ruler

    upwell run demo --set tokens=2000000 --output-dir out/longer

    upwell run mine.py --workers 4
    """
    from ...workflows.run_study import run as run_study
    from ..progress import show_progress

    console.check_json_target(json)
    terminal = console.get_console(json)
    result = run_study(
        study,
        output_dir=output_dir,
        workers=workers,
        hours=hours,
        show=partial(show_progress, terminal),
        status=console.spinner,
        **parse_settings(study_options),
    )
    if json is not None:
        console.write_json(json, result.to_json())
    for each in result.expectations:
        observed = each.observed or "not judged"
        text = f"{each.ability}: {observed}, as expected"
        if not each.met:
            text = f"{each.ability}: {observed}, but {each.expected} was expected"
        console.print_line(terminal, f"{'✓' if each.met else '✗'} {text}")
    console.print_line(terminal, f"report: {result.report}", "bold")


def train(
    study: StudyName,
    study_options: StudyOptions = None,
    output_dir: OutputDir = None,
    workers: Workers = None,
    hours: Hours = None,
    json: Json = None,
) -> None:
    """Train and evaluate the models of a study. The same as: upwell run

    upwell train demo --set tokens=2000000
    """
    run(study, study_options, output_dir, workers, hours, json)


def demo(output_dir: OutputDir = None, workers: Workers = None, json: Json = None) -> None:
    """Train a small ladder for real, find what emerges, and show it.

    The same as: upwell run demo

    upwell demo --output-dir /tmp/demo
    """
    run("demo", None, output_dir, workers, None, json)
