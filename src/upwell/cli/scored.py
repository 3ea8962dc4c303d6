"""What adapted models scored, as results that can be compared row by row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..tables import Reading

CARD = "upwell.json"


def of_folder(path: Path) -> Reading:
    """What the folder of an adapted model says that it scored, and on which rows: other rows are
    another measurement, also where their file is called the same."""
    from ..adapt.shipping import card_of
    from ..records import fingerprint

    card = card_of(path)
    outcomes = {
        f"{row.line}": float(row.said == row.label) if row.score is None else row.score
        for row in card.rows
    }
    rows = fingerprint(*((row.line, row.text, row.label) for row in card.rows))
    return reading(card.ref.id, f"{card.scored_on} ({rows[:6]})", "accuracy", outcomes)


def reading(model: str, rows: str, metric: str, outcomes: Mapping[str, float]) -> Reading:
    """One model's outcomes by row as a table of one measurement, and as the items it rests on."""
    import polars as pl

    from ..records import Table
    from ..records.asking import TABLE_COLUMNS
    from ..tables import OUTCOMES, Reading

    known = {
        "model": model,
        "ability": rows,
        "shots": 0,
        "metric": metric,
        "value": sum(outcomes.values()) / len(outcomes),
        "items": len(outcomes),
        "missing": 0,
    }
    frame = pl.DataFrame([{name: known.get(name) for name in TABLE_COLUMNS}])
    items = [(model, None, rows, 0, metric, item, value) for item, value in outcomes.items()]
    return Reading(
        table=Table(frame),
        left_out=(),
        bad=(),
        files=(model,),
        outcomes=pl.DataFrame(items, schema=OUTCOMES, orient="row"),
    )
