"""`upwell feedback`: correct a model's predictions, and see how it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import DataError
from ...formatting import format_number
from .. import console
from ..options import Json

if TYPE_CHECKING:
    from rich.console import Console

    from ...workflows.predict import Feedback

MAX_LISTED_PREDICTIONS = 20


def feedback(
    journal: Annotated[
        Path, typer.Argument(metavar="JOURNAL", help="What `upwell predict --journal` wrote.")
    ],
    corrections: Annotated[
        list[str] | None, typer.Argument(metavar="ID=LABEL...", help="The correct label of a row.")
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Labeled rows; those that were predicted."),
    ] = None,
    text_column: Annotated[
        list[str] | None, typer.Option(help="Its column of the text; twice for pairs.")
    ] = None,
    label_column: Annotated[str, typer.Option(help="Its column of the label.")] = "",
    json: Json = None,
) -> None:
    """Give the correct labels of predictions, and see how the model does.

    The journal keeps every prediction and every correction; the last one counts.
    `upwell finetune --feedback` trains on it.

    upwell feedback predictions.jsonl

    upwell feedback predictions.jsonl 3f2a9c1d=card_arrival 8b01c2aa=lost_card

    upwell feedback predictions.jsonl --from checked.csv
    """
    from ...workflows.documents import to_text
    from ...workflows.predict import feedback as correct_predictions

    console.check_json_target(json)
    terminal = console.get_console(json)
    result = correct_predictions(
        journal,
        dict(_parse_correction(correction) for correction in corrections or ()),
        rows=rows,
        text_column=tuple(text_column or ()),
        label_column=label_column,
    )
    if rows is not None:
        line = f"{rows.name}: {result.corrected_rows:,} rows are in the journal"
        console.print_line(terminal, line)
    console.write_json(json, to_text(result.document()))
    if json != "-":
        _print_summary(terminal, result)


def _parse_correction(text: str) -> tuple[str, str]:
    id_, equals, labels = text.partition("=")
    if not (id_ and equals and labels):
        raise DataError(f"{text!r} is not ID=LABEL; `upwell feedback JOURNAL` lists the ids")
    return id_, labels


def _print_summary(terminal: Console, result: Feedback) -> None:
    num_reviewed = len(result.reviewed)
    accuracy = (
        f": {result.num_correct:,} were correct ({result.num_correct / num_reviewed:.0%})"
        if num_reviewed
        else ""
    )
    console.print_line(
        terminal,
        f"{len(result.entries):,} predictions, {num_reviewed:,} of them reviewed{accuracy}",
        "bold",
    )
    lines = [
        (
            prediction.id,
            console.excerpt(" | ".join(prediction.texts)),
            ", ".join(prediction.prediction),
            format_number(prediction.probability),
        )
        for prediction in result.unreviewed[:MAX_LISTED_PREDICTIONS]
    ]
    if lines:
        console.print_table(terminal, ("id", "text", "prediction", "probability"), lines)
    if num_hidden := len(result.unreviewed) - len(lines):
        console.print_line(terminal, f"{num_hidden:,} more are not reviewed")
