"""`upwell predict`: what an adapted model says of a text, or of every row of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import telling
from .options import Json

SHOWN = 60
"""Letters of a text that people see."""


def predict(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What `upwell adapt` has written.")
    ],
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Texts, files it reads, or one file of rows."),
    ],
    json: Json = None,
) -> None:
    """Predict with an adapted model.

    Probabilities are calibrated; a prediction that had better be withheld, by the
    threshold that ships with the model, says so.

    upwell predict out/adapt/intents "my card has not arrived"

    upwell predict out/adapt/intents new.csv --json predictions.json
    """
    from ..adapt.predicting import Predictor

    predictor = Predictor(folder)
    rows = predictor.given_rows(inputs)
    found = predictor(rows)
    telling.write_json(
        json,
        {
            "upwell": "predictions",
            "version": telling.VERSION,
            "model": predictor.card.ref.id,
            "predictions": [
                {"line": row.line, **one} for row, one in zip(rows, found, strict=True)
            ],
        },
    )
    if json == "-":
        return
    telling.table(
        telling.out(json), ("text", "said", "probability", ""), [_line(one) for one in found]
    )


def _line(one: dict[str, Any]) -> tuple[str, str, str, str]:
    text = one["text"] if isinstance(one["text"], str) else " | ".join(one["text"])
    said = one["said"] if isinstance(one["said"], str) else ", ".join(one["said"])
    short = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    sure = "" if one["probability"] is None else f"{one['probability']:.3f}"
    return short, said, sure, "better withheld" if one["abstain"] else ""
