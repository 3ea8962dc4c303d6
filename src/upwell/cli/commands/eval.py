"""`upwell eval`: language models on task files and abilities, with 0 to k few-shot examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from ...errors import SpecError
from ...formatting import format_number
from ...workflows.evaluate import evaluate as evaluate_models
from ...workflows.evaluation_records import (
    EvalConfig,
    EvalGain,
    EvalProgress,
    EvalProgressFn,
    EvalResult,
    EvalScore,
    Truncation,
)
from .. import console
from ..options import Json, parse_counts

if TYPE_CHECKING:
    from rich.console import Console

BYTE_SUFFIXES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

GAIN_SENTENCES = {
    "fewshot": "{shots} examples gain {gain}",
    "wrong_labels": "{shots} examples with wrong labels gain {gain}",
    "labels": "true labels in {shots} examples gain {gain}",
}


def evaluate(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Folders, models of a study (out/demo/MODEL), of the hub (ORG/NAME).",
        ),
    ],
    tasks: Annotated[
        list[str],
        typer.Option(
            metavar="TASK,...", help="Task files (.yaml, .json) and abilities. Repeatable."
        ),
    ],
    num_fewshot: Annotated[
        str,
        typer.Option(
            metavar="K,K,...",
            help="Few-shot examples, e.g. 0,1,2,4,8. [default: the task file's, or 0]",
        ),
    ] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Rows of each task file, from the first.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Random seed of the few-shot draws.")
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also read rows below this folder."),
    ] = None,
    device: Annotated[str, typer.Option(help="Only cpu is supported.")] = "cpu",
    fewshot_draws: Annotated[
        int, typer.Option(min=1, help="Draws of few-shot examples to average over.")
    ] = 1,
    fewshot_orders: Annotated[
        int, typer.Option(min=1, help="Orders of the same examples to average over.")
    ] = 1,
    fewshot_per_item: Annotated[
        bool, typer.Option("--fewshot-per-item", help="Draw other examples for every row.")
    ] = False,
    lm_eval_fewshot: Annotated[
        bool,
        typer.Option("--lm-eval-fewshot", help="Draw the same examples as lm-eval-harness."),
    ] = False,
    wrong_labels: Annotated[
        bool,
        typer.Option("--wrong-labels", help="Evaluate again with wrong labels in the examples."),
    ] = False,
    templates: Annotated[
        str,
        typer.Option(metavar="all|NAME,...", help="Prompt templates to average over."),
    ] = "",
    truncation: Annotated[
        str,
        typer.Option(
            metavar="|".join(get_args(Truncation)),
            help="What to cut from a prompt that is too long; error counts it as missing.",
        ),
    ] = "left",
    memory: Annotated[
        str,
        typer.Option(
            metavar="SIZE",
            help="Memory besides the weights, e.g. 512M; the batch size follows from it.",
        ),
    ] = "1G",
    output_dir: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder of the cached answers.")
    ] = Path("out/eval"),
    json: Json = None,
    lm_eval_json: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also write results in lm-eval-harness's format."),
    ] = None,
) -> None:
    """Evaluate language models on tasks, with and without few-shot examples.

    A task file is lm-eval-harness's YAML or BIG-bench JSON. Answers are cached: a
    stopped evaluation continues where it stopped, and other metrics are computed
    from the same answers.

    upwell eval my-model --tasks task.yaml --num-fewshot 0,1,2,4,8,16

    upwell eval out/demo/decoder-w80-d2-s0 --tasks addition2

    upwell eval small large --tasks a.yaml,b.yaml --num-fewshot 0,8 --seed 1
    """
    console.check_json_target(json)
    if device != "cpu":
        raise SpecError(f"--device: evaluation runs on the CPU, so it takes cpu; got {device!r}")
    config = EvalConfig(
        models=tuple(models),
        tasks=tuple(name for text in tasks for name in split_names(text)),
        num_fewshot=parse_counts(num_fewshot, "--num-fewshot") or None,
        fewshot_draws=fewshot_draws,
        fewshot_orders=fewshot_orders,
        templates=tuple(split_names(templates)),
        wrong_labels=wrong_labels,
        fewshot_per_item=fewshot_per_item,
        lm_eval_fewshot=lm_eval_fewshot,
        seed=seed,
        data_dir=data_dir,
        limit=limit,
        truncation=parse_truncation(truncation),
        memory=parse_bytes(memory),
        output_dir=output_dir,
        lm_eval_json=lm_eval_json,
    )
    with progress_bars() as on_progress:
        result = evaluate_models(config, on_progress)
    console.write_json(json, result.to_json())
    if json != "-":
        print_result(console.get_console(json), result)


def split_names(text: str) -> list[str]:
    """Names with commas between them, without blanks."""
    return [name.strip() for name in text.split(",") if name.strip()]


def parse_truncation(text: str) -> Truncation:
    """A value of --truncation. Raises SpecError."""
    for truncation in get_args(Truncation):
        if truncation == text:
            return truncation
    raise SpecError(f"--truncation is one of {', '.join(get_args(Truncation))}; got {text!r}")


def parse_bytes(text: str) -> int:
    """Bytes of a size such as 512M. Raises SpecError."""
    parsed = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)B?", text.upper())
    if not parsed:
        raise SpecError(f"--memory takes a size such as 512M or 2G; got {text!r}")
    return int(float(parsed[1]) * BYTE_SUFFIXES[parsed[2]])


def print_result(terminal: Console, result: EvalResult) -> None:
    """A table of scores, reasons for missing answers, and gains on each task's first metric."""
    console.print_table(terminal, result.columns, [_score_cells(each) for each in result.scores])
    for score in result.scores:
        if score.reason:
            subject = f"{score.ability}, {score.model}, {score.metric}"
            console.print_line(terminal, f"{subject}: {score.reason}", "yellow")
    partial = [each for each in result.scores if each.reasons and not each.reason]
    for message in dict.fromkeys([*map(_describe_missing, partial), *result.notes]):
        console.print_line(terminal, message, "yellow")
    for gain in _main_gains(result):
        console.print_line(terminal, _describe_gain(gain))


def _score_cells(score: EvalScore) -> tuple[str, ...]:
    return (
        score.ability,
        score.model,
        str(score.shots),
        score.metric,
        format_number(score.value),
        format_number(score.stderr, 2),
        str(score.items),
        str(score.missing),
        str(score.truncated or ""),
    )


def _describe_missing(score: EvalScore) -> str:
    """Why answers are missing: the most frequent reason, and the number of others."""
    reason, count = next(iter(score.reasons.items()))
    missing = sum(score.reasons.values())
    others = missing - count
    more = f" ({count}), and other reasons ({others})" if others else ""
    subject = f"{score.ability}, {score.model}, {score.shots} shots"
    return f"{subject}: {missing} without an answer: {reason}{more}"


def _main_gains(result: EvalResult) -> Iterator[EvalGain]:
    """The gains on the first metric of each task."""
    first_metrics = {score.ability: score.metric for score in reversed(result.scores)}
    return (gain for gain in result.gains if gain.metric == first_metrics[gain.ability])


def _describe_gain(gain: EvalGain) -> str:
    interval = "(no item differs)"
    if gain.interval_low is not None and gain.interval_high is not None:
        interval = f"({gain.interval_low:+.3g} to {gain.interval_high:+.3g})"
    sentence = GAIN_SENTENCES[gain.kind].format(
        shots=gain.shots, gain=f"{round(gain.value, 9):+.3g} {interval}"
    )
    return f"{gain.ability}, {gain.model}: {sentence} {gain.metric}"


@contextmanager
def progress_bars() -> Iterator[EvalProgressFn | None]:
    """Bars on a terminal, of rows and of tokens that are read; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    stderr = Console(stderr=True)
    if not stderr.is_terminal:
        yield None
        return
    with Progress(console=stderr, transient=True) as progress:
        yield _progress_updater(progress.add_task, progress.update, progress.remove_task)


def _progress_updater(
    add: Callable[..., int], update: Callable[..., None], remove: Callable[..., None]
) -> EvalProgressFn:
    """Updates a bar for rows and one for tokens, anew for every model and task."""
    title = ""
    bars: dict[str, int] = {}

    def on_progress(event: EvalProgress) -> None:
        nonlocal title
        name = f"{event.model}, {event.task}"
        if name != title:
            for bar in bars.values():
                remove(bar)
            bars["rows"] = add(console.to_printable(name), total=None)
            bars["tokens"] = add("tokens", total=None)
            title = name
        update(bars[event.unit], completed=event.done, total=event.total)

    return on_progress
