"""`upwell predict`: what a fine-tuned model predicts for texts, files or rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import console
from ..options import Json


def predict(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder that `upwell finetune` wrote.")
    ],
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Texts, files it reads, or one file of rows."),
    ],
    journal: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Log the predictions, to be corrected later."),
    ] = None,
    json: Json = None,
) -> None:
    """Predict with a fine-tuned model.

    Probabilities are calibrated. A prediction below the threshold that ships with
    the model is marked "abstain".

    upwell predict out/finetune/intents "my card has not arrived"

    upwell predict out/finetune/intents new.csv --json predictions.json

    upwell predict out/finetune/intents new.csv --journal predictions.jsonl
    """
    from ...workflows.predict import predict as predict_inputs

    console.check_json_target(json)
    predictions = predict_inputs(folder, inputs, journal)
    console.write_json(json, predictions.to_json())
    if json == "-":
        return
    terminal = console.get_console(json)
    for problem in predictions.problems:
        console.print_line(terminal, problem)
    titles: tuple[str, ...] = ("text", "prediction", "probability", "")
    lines = [_prediction_row(prediction) for prediction in predictions]
    if journal is not None:
        titles = ("id", *titles)
        lines = [(record["id"], *line) for record, line in zip(predictions, lines, strict=True)]
    console.print_table(terminal, titles, lines)


def _prediction_row(prediction: Mapping[str, Any]) -> tuple[str, ...]:
    text, label = prediction["text"], prediction["prediction"]
    confidence = "" if prediction["probability"] is None else f"{prediction['probability']:.3f}"
    return (
        console.excerpt(text if isinstance(text, str) else " | ".join(text)),
        label if isinstance(label, str) else ", ".join(label),
        confidence,
        "abstain" if prediction["abstain"] else "",
    )
