"""The gate of the feedback loop: a new model replaces the old one only if it is not worse.

Both predict the same rows, and are compared row by row as `upwell compare` compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .finetuned_results import build_results

if TYPE_CHECKING:
    from ..records import FeedbackRound

METRIC = "accuracy"


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """What the gate decided, and why."""

    accepted: bool
    num_rows: int
    before: float | None
    """Accuracy of the old model on the rows."""

    after: float | None
    """Accuracy of the new model on the rows."""

    stderr: float | None
    """Standard error of the difference; None where nothing is known of it."""


def run_gate(folder: Path, candidate: Path, test: Path) -> GateResult:
    """Compare two models on the rows of `test`; the candidate replaces `folder` if accepted."""
    from ..emergence.comparison.compare import compare
    from ..finetune.feedback import rounds

    old, new = (_score_rows(model_dir, test) for model_dir in (folder, candidate))
    sides = [
        build_results(model_dir.name, test.name, METRIC, outcomes)
        for model_dir, outcomes in ((folder, old), (candidate, new))
    ]
    result = compare(sides[0].table, sides[1].table, sides[0].outcomes, sides[1].outcomes)
    (comparison,) = result.comparisons
    accepted = not result.worse
    if not rounds.history(folder):
        rounds.record_round(folder, _round_record(folder, 0, old, accepted=True))
    rounds.record_round(
        folder, _round_record(candidate, int(candidate.name), new, accepted=accepted)
    )
    if accepted:
        rounds.promote(folder, candidate)
    return GateResult(
        accepted=accepted,
        num_rows=len(old),
        before=comparison.a,
        after=comparison.b,
        stderr=comparison.stderr,
    )


def _score_rows(folder: Path, test: Path) -> dict[str, float]:
    """For each row of the file, by its line, 1.0 where the model's labels are correct."""
    from ..finetune.predictor import Predictor

    predictor = Predictor.from_pretrained(folder)
    rows = [row for row in predictor.read_labeled_file(test).rows if row.labels and all(row.texts)]
    predictions = [output["prediction"] for output in predictor(rows)]
    predicted_labels = [
        set(prediction if isinstance(prediction, list) else [prediction])
        for prediction in predictions
    ]
    return {
        f"{row.line}": float(set(row.labels) == labels)
        for row, labels in zip(rows, predicted_labels, strict=True)
    }


def _round_record(
    folder: Path, number: int, outcomes: Mapping[str, float], *, accepted: bool
) -> FeedbackRound:
    from ..finetune.saving import read_model_card
    from ..metrics.bootstrap import mean_score
    from ..records import FeedbackRound

    card = read_model_card(folder)
    return FeedbackRound(
        number=number,
        model=card.ref.id,
        parent=card.ref.parent,
        train_rows=card.train_rows,
        score=mean_score(METRIC, list(outcomes.values())),
        accepted=accepted,
    )
