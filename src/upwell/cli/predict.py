"""`upwell predict`: what an adapted model says of a text, or of every row of a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import telling
from .options import Json

if TYPE_CHECKING:
    from ..adapt.predicting import Predictor
    from ..data.labelled import Row

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
    journal: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep what is said, to be told what was right."),
    ] = None,
    json: Json = None,
) -> None:
    """Predict with an adapted model.

    Probabilities are calibrated; a prediction that had better be withheld, by the
    threshold that ships with the model, says so.

    upwell predict out/adapt/intents "my card has not arrived"

    upwell predict out/adapt/intents new.csv --json predictions.json

    upwell predict out/adapt/intents new.csv --journal said.jsonl
    """
    from ..adapt.predicting import Predictor

    predictor = Predictor(folder)
    rows = predictor.given_rows(inputs)
    found = predictor(rows)
    if journal is not None:
        found = _kept(journal, predictor, rows, found)
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
    titles: tuple[str, ...] = ("text", "said", "probability", "")
    lines = [_line(one) for one in found]
    if journal is not None:
        titles = ("id", *titles)
        lines = [(one["id"], *line) for one, line in zip(found, lines, strict=True)]
    telling.table(telling.out(json), titles, lines)


def _kept(
    journal: Path, predictor: Predictor, rows: Sequence[Row], found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The predictions with the ids under which the journal has them."""
    from ..adapt.feedback import Feedback

    with Feedback(journal) as opened:
        card = predictor.card
        ids = opened.say(card.ref.id, rows, found, card.several)
    return [{"id": id_, **one} for id_, one in zip(ids, found, strict=True)]


def _line(one: dict[str, Any]) -> tuple[str, ...]:
    text = one["text"] if isinstance(one["text"], str) else " | ".join(one["text"])
    said = one["said"] if isinstance(one["said"], str) else ", ".join(one["said"])
    short = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    sure = "" if one["probability"] is None else f"{one['probability']:.3f}"
    return short, said, sure, "better withheld" if one["abstain"] else ""
