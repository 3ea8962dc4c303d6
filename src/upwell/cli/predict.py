"""`upwell predict`: what an adapted model says of a text, or of every row of a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError
from . import telling
from .options import Json

if TYPE_CHECKING:
    from ..adapt.predicting import Predictor
    from ..data.labelled import Row

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet", ".conll", ".bio", ".iob", ".txt")
SHOWN = 60
"""Letters of a text that people see."""


def predict(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What `upwell adapt` has written.")
    ],
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Texts, or one file of rows.")
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
    rows = _rows(predictor, inputs)
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


def _rows(predictor: Predictor, inputs: Sequence[str]) -> Sequence[Row]:
    """The rows of a file, or the texts themselves."""
    from ..data.labelled import Row

    path = Path(inputs[0])
    if len(inputs) == 1 and path.suffix.lower() in FORMATS:
        return predictor.file(path).rows
    width = max(1, len(predictor.card.texts))
    if len(inputs) % width:
        raise DataError(f"this model reads {width} texts together, found {len(inputs)}")
    groups = [tuple(inputs[i : i + width]) for i in range(0, len(inputs), width)]
    if width == 1:
        groups = [predictor.text(text) for text in inputs]
    return [Row(number, texts, ()) for number, texts in enumerate(groups, start=1)]


def _line(one: dict[str, Any]) -> tuple[str, str, str, str]:
    text = one["text"] if isinstance(one["text"], str) else " | ".join(one["text"])
    said = one["said"] if isinstance(one["said"], str) else ", ".join(one["said"])
    short = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    return short, said, f"{one['probability']:.3f}", "better withheld" if one["abstain"] else ""
