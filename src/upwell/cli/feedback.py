"""`upwell feedback`: what a model said, and what was right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
from . import telling
from .options import Json

if TYPE_CHECKING:
    from ..adapt.feedback import Words

LISTED = 20
SHOWN = 60
"""Letters of a text that people see."""


def feedback(
    journal: Annotated[
        Path, typer.Argument(metavar="JOURNAL", help="What `upwell predict --journal` wrote.")
    ],
    right: Annotated[
        list[str] | None, typer.Argument(metavar="ID=LABEL...", help="What is right of a row.")
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Labelled rows; those that were predicted."),
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option(help="Its column of the text; twice for pairs.")
    ] = None,
    label: Annotated[str, typer.Option(help="Its column of the label.")] = "",
    json: Json = None,
) -> None:
    """Say what was right of a model's predictions, and see how it does.

    The journal keeps every prediction and every correction, and the last word
    counts. `upwell adapt --feedback` learns from it.

    upwell feedback said.jsonl

    upwell feedback said.jsonl 3f2a9c1d=card_arrival 8b01c2aa=lost_card

    upwell feedback said.jsonl --from checked.csv
    """
    from ..adapt.feedback import Feedback, words_of
    from ..data.labelled import Columns, read

    if not journal.is_file():
        raise DataError(f"{journal} is no file; `upwell predict --journal {journal}` writes one")
    console = telling.out(json)
    if right or rows is not None:
        with Feedback(journal) as opened:
            for pair in right or ():
                opened.correct(*_pair(pair))
            if rows is not None:
                columns = Columns(texts=tuple(text or ()), label=label, several=opened.several)
                count = opened.correct_rows(read(rows, columns))
                telling.say(console, f"{rows.name}: {count:,} rows stand in the journal")
    words = words_of(journal)
    telling.write_json(json, _document(words))
    if json != "-":
        _tell(words, json)


def _pair(text: str) -> tuple[str, str]:
    id_, equals, labels = text.partition("=")
    if not (id_ and equals and labels):
        raise DataError(f"{text!r} is not ID=LABEL; `upwell feedback JOURNAL` lists the ids")
    return id_, labels


def _document(words: Words) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "upwell": "feedback",
        "version": telling.VERSION,
        "predictions": [
            {**asdict(spoken), "right": None if right is None else list(right)}
            for spoken, right in words.values()
        ],
    }


def _tell(words: Words, json: str | None) -> None:
    console = telling.out(json)
    told = [(spoken, right) for spoken, right in words.values() if right is not None]
    fine = sum(set(spoken.said) == set(right) for spoken, right in told)
    telling.say(
        console,
        f"{len(words):,} predictions, {len(told):,} of them corrected or confirmed"
        + (f": {fine:,} were right ({fine / len(told):.0%})" if told else ""),
        "bold",
    )
    # What is least sure teaches most, so it is asked about first.
    open_ = [spoken for spoken, right in words.values() if right is None]
    open_.sort(key=lambda one: (one.probability is None, one.probability))
    lines = [
        (
            one.id,
            telling.plain(" | ".join(one.texts))[:SHOWN],
            ", ".join(one.said),
            telling.short(one.probability),
        )
        for one in open_[:LISTED]
    ]
    if lines:
        telling.table(console, ("id", "text", "said", "probability"), lines)
    if len(open_) > LISTED:
        telling.say(console, f"{len(open_) - LISTED:,} more that nobody has looked at")
