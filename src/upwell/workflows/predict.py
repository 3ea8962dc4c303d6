"""Predictions of a fine-tuned model, and the journal in which people correct them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import DataError
from .documents import build_document
from .result_objects import ResultSet

if TYPE_CHECKING:
    from ..records import LoggedPrediction


@dataclass(frozen=True, repr=False)
class Predictions(ResultSet):
    """A mapping a row: line, text, prediction, probability, abstain, and more by task."""

    records: Sequence[Mapping[str, Any]]
    model: str
    problems: tuple[str, ...] = ()
    """What was left out or changed in reading the inputs, one line each."""

    columns: ClassVar = ("line", "text", "prediction", "probability", "abstain")

    def document(self) -> dict[str, Any]:
        """The JSON of `upwell predict`."""
        return build_document(
            "predictions",
            model=self.model,
            problems=list(self.problems),
            predictions=list(self.records),
        )


def predict(
    folder: str | Path, inputs: str | Sequence[str], journal: str | Path | None = None
) -> Predictions:
    """Predict texts, files, or the rows of one file with the model in a folder.

    With a journal, every prediction is logged there and has an "id" by which it can be corrected.
    """
    from ..finetune.feedback.journal import PredictionJournal
    from ..finetune.predictor import Predictor

    predictor = Predictor.from_pretrained(Path(folder))
    card = predictor.card
    dataset = predictor.read_inputs([inputs] if isinstance(inputs, str) else inputs)
    rows = dataset.rows
    predictions, notes = predictor.predict(rows)
    records = [
        {"line": row.line, **prediction} for row, prediction in zip(rows, predictions, strict=True)
    ]
    if journal is not None:
        with PredictionJournal(Path(journal)) as prediction_journal:
            ids = prediction_journal.log_predictions(
                card.ref.id, rows, predictions, card.label_separator
            )
        records = [{"id": id_, **record} for id_, record in zip(ids, records, strict=True)]
    return Predictions(records, card.ref.id, (*dataset.notes, *notes))


@dataclass(frozen=True)
class Feedback:
    """Every prediction of a journal, with the correct labels where somebody gave them."""

    entries: Sequence[tuple[LoggedPrediction, tuple[str, ...] | None]]
    corrected_rows: int = 0
    """Predictions that the given file corrected."""

    @property
    def reviewed(self) -> Sequence[tuple[LoggedPrediction, tuple[str, ...]]]:
        """Predictions with their correct labels."""
        return [(logged, labels) for logged, labels in self.entries if labels is not None]

    @property
    def num_correct(self) -> int:
        """Reviewed predictions that were correct."""
        return sum(set(logged.prediction) == set(labels) for logged, labels in self.reviewed)

    @property
    def unreviewed(self) -> Sequence[LoggedPrediction]:
        """The others, least confident first: those teach most."""
        logged = [logged for logged, labels in self.entries if labels is None]
        return sorted(logged, key=lambda each: (each.probability is None, each.probability))

    def document(self) -> dict[str, Any]:
        """The JSON of `upwell feedback`."""
        return build_document(
            "feedback",
            predictions=[
                {**asdict(logged), "labels": None if labels is None else list(labels)}
                for logged, labels in self.entries
            ],
        )


def feedback(
    journal: str | Path,
    corrections: Mapping[str, str] | None = None,
    *,
    rows: str | Path | None = None,
    text_column: str | Sequence[str] = (),
    label_column: str = "",
) -> Feedback:
    """Correct predictions of a journal, by id or by a file of labeled rows; the last one counts.

    Raises DataError for a journal that does not exist and for an id that it does not have.
    """
    from ..data.labeled import Columns, read_labeled
    from ..finetune.feedback.journal import PredictionJournal, read_predictions

    path = Path(journal)
    if not path.is_file():
        raise DataError(f"{path} is no file; `upwell predict --journal {path}` writes one")
    count = 0
    if corrections or rows is not None:
        with PredictionJournal(path) as prediction_journal:
            for id_, labels in (corrections or {}).items():
                prediction_journal.correct(id_, labels)
            if rows is not None:
                texts = (text_column,) if isinstance(text_column, str) else tuple(text_column)
                columns = Columns(
                    text_columns=texts,
                    label_column=label_column,
                    label_separator=prediction_journal.label_separator,
                )
                count = prediction_journal.correct_rows(read_labeled(Path(rows), columns))
    return Feedback(list(read_predictions(path).values()), count)
