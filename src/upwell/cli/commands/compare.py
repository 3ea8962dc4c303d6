"""`upwell compare`: is B worse than A? The exit code is the answer, for use as a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...formatting import format_ability, format_number
from ...workflows.compare import compare as compare_results
from .. import console
from ..options import Json, MetricInfos, Metrics, ShowAll

if TYPE_CHECKING:
    from rich.console import Console

    from ...workflows.compare import Comparison, ComparisonResult

MAX_LISTED_COMPARISONS = 20
"""Up to this number of comparisons, all are listed; of more, those that differ."""


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="Results, or results::model.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Results, or results::model.")],
    tolerance: Annotated[
        float, typer.Option(min=0.0, help="Largest loss, in units of the metric, to accept.")
    ] = 0.0,
    metric: Metrics = None,
    metric_info: MetricInfos = None,
    json: Json = None,
    show_all: ShowAll = False,
) -> None:
    """Compare B with A, item by item where the items are known.

    Exit code 0: B is not shown to be worse. 1: B is worse. 2: a mistake in the call.
    One model is compared with one model; of several, those of the same name or
    size. Item noise, seed noise and the number of abilities are counted: when
    nothing is worse, one comparison in twenty says so at most. A loss smaller than
    "detectable" may exist and not be seen.

    upwell compare baseline/ candidate/ && echo ship it

    upwell compare table.csv::my-1b-v1 table.csv::my-1b-v2 --tolerance 0.01
    """
    console.check_json_target(json)
    comparisons = compare_results(
        a, b, tolerance=tolerance, metric=metric, metric_info=metric_info or ()
    )
    console.write_json(json, comparisons.to_json())
    terminal = console.get_console(json)
    for results in comparisons.results:
        console.print_source_summary(terminal, results.loaded, None)
    if json != "-":
        _print_comparisons(terminal, comparisons.result, show_all)
    raise typer.Exit(1 if comparisons.worse else 0)


def _print_comparisons(terminal: Console, result: ComparisonResult, show_all: bool) -> None:
    overall = [] if result.overall is None else [result.overall]
    list_all = show_all or len(result.comparisons) <= MAX_LISTED_COMPARISONS
    listed = [c for c in result.comparisons if list_all or c.verdict in ("worse", "better")]
    titles = ("ability", "metric", "A", "B", "gain", "stderr", "detectable", "verdict", "model")
    console.print_table(terminal, titles, [_comparison_row(c) for c in (*listed, *overall)])
    if num_hidden := len(result.comparisons) - len(listed):
        console.print_line(terminal, f"{num_hidden} more without a difference, with --all")
    if result.unmatched:
        console.print_line(terminal, f"{result.unmatched} measurements are on one side only")
    answer = "B is worse than A" if result.worse else "B is not shown to be worse than A"
    console.print_line(terminal, answer, "bold red" if result.worse else "bold green")


def _comparison_row(c: Comparison) -> tuple[str, ...]:
    means = map(format_number, (c.a, c.b))
    noise = map(format_number, (c.stderr, c.detectable_loss))
    name = format_ability(c.ability, c.shots)
    return (name, c.metric, *means, f"{c.difference:+.3g}", *noise, c.verdict, c.model or "")
