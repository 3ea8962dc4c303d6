"""What fine-tuned models scored, as results that can be compared row by row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..results import LoadedResults

MODEL_CARD_FILE = "upwell.json"


def finetuned_results(path: Path) -> LoadedResults:
    """The scores in the model card of a fine-tuned model's folder.

    Scores on other rows are another measurement, even where the files have the same name.
    """
    from ..finetune.saving import read_model_card
    from ..records import fingerprint

    card = read_model_card(path)
    outcomes = {
        f"{row.line}": float(row.prediction == row.label) if row.score is None else row.score
        for row in card.predictions
    }
    rows_fingerprint = fingerprint(*((row.line, row.text, row.label) for row in card.predictions))
    return build_results(
        card.ref.id, f"{card.eval_set} ({rows_fingerprint[:6]})", "accuracy", outcomes
    )


def build_results(
    model: str, ability: str, metric: str, outcomes: Mapping[str, float]
) -> LoadedResults:
    """One model's outcomes by row as a table of one measurement, and as the items it rests on."""
    import polars as pl

    from ..records import Table
    from ..records.evaluation import TABLE_COLUMNS
    from ..results import OUTCOME_SCHEMA, LoadedResults

    fields = {
        "model": model,
        "ability": ability,
        "shots": 0,
        "metric": metric,
        "value": sum(outcomes.values()) / len(outcomes),
        "items": len(outcomes),
        "missing": 0,
    }
    frame = pl.DataFrame([{name: fields.get(name) for name in TABLE_COLUMNS}])
    items = [(model, None, ability, 0, metric, item, value) for item, value in outcomes.items()]
    return LoadedResults(
        table=Table(frame),
        unplaced_models=(),
        bad_rows=(),
        files=(model,),
        outcomes=pl.DataFrame(items, schema=OUTCOME_SCHEMA, orient="row"),
    )
