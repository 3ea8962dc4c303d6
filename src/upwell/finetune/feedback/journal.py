"""A journal of predictions and their corrections, to train the next model on.

Every line is checksummed and on disk before the call returns, so a crash loses nothing. The last
correction of a row counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from ...data.labeled import LabeledDataset, Row
from ...data.labeled.issues import normalized_key
from ...errors import DataError
from ...plugins import did_you_mean
from ...records import Correction, JournalEntry, LoggedPrediction, fingerprint, from_json, to_json
from ...store.journal import Journal
from ...store.journal import read as read_lines

ID_DIGITS = 8
"""Hex digits of a prediction id."""


class PredictionJournal:
    """A journal open for writing, by one process at a time.

    with PredictionJournal(Path("journal.jsonl")) as journal:
        ids = journal.log_predictions(predictor.card.ref.id, rows, predictor(rows))
        journal.correct(ids[0], "card_arrival")
    """

    def __init__(self, path: Path) -> None:
        """Raises StoreError if another process writes the journal, and for a file that is damaged
        or no journal."""
        self._journal = Journal(path)
        self.predictions = read_predictions(path)
        self._last_corrected_ids = {
            text: one.id for text, (one, _) in _last_corrections(path).items()
        }

    def __enter__(self) -> PredictionJournal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._journal.close()

    def log_predictions(
        self,
        model: str,
        rows: Sequence[Row],
        predictions: Sequence[Mapping[str, Any]],
        label_separator: str | None = None,
    ) -> list[str]:
        """Append predictions; their ids. A prediction that is already there is not repeated.

        `label_separator` separates the labels of a multilabel row.
        """
        ids = []
        for row, prediction in zip(rows, predictions, strict=True):
            labels = prediction["prediction"]
            logged = LoggedPrediction(
                id=self._prediction_id(model, row),
                model=model,
                texts=row.texts,
                content_sha256=row.file_sha256,
                prediction=tuple(labels) if isinstance(labels, list) else (labels,),
                probability=prediction["probability"],
                abstained=prediction["abstain"],
                label_separator=label_separator,
            )
            ids.append(logged.id)
            if logged.id not in self.predictions:
                self._journal.append(to_json(JournalEntry(prediction=logged)))
                self.predictions[logged.id] = (logged, None)
        return ids

    @property
    def label_separator(self) -> str | None:
        """The label separator of the last prediction. None if rows have one label each."""
        return next((one.label_separator for one, _ in reversed(self.predictions.values())), None)

    def correct(self, id_: str, label: str) -> None:
        """Append the correct label of a row; several labels have the separator of the model.

        Raises DataError for an unknown id.
        """
        label_separator = self._get_prediction(id_).label_separator
        names = [label] if label_separator is None else label.split(label_separator)
        self._record_correction(id_, tuple(name for part in names if (name := part.strip())))

    def correct_rows(self, data: LabeledDataset) -> int:
        """Append the labels of all rows whose text is in the journal; the number of these rows."""
        ids_by_key = {_text_key(one): id_ for id_, (one, _) in self.predictions.items()}
        known = [
            (ids_by_key[normalized_key(row)], row.labels)
            for row in data.rows
            if normalized_key(row) in ids_by_key
        ]
        for id_, labels in known:
            self._record_correction(id_, labels)
        return len(known)

    def _record_correction(self, id_: str, labels: tuple[str, ...]) -> None:
        logged, previous = self.predictions[id_]
        if previous == labels and self._last_corrected_ids.get(_text_key(logged)) == id_:
            return
        self._journal.append(to_json(JournalEntry(correction=Correction(id=id_, labels=labels))))
        self.predictions[id_] = (logged, labels)
        self._last_corrected_ids[_text_key(logged)] = id_

    def _prediction_id(self, model: str, row: Row) -> str:
        """Eight digits of the hash, and more if another row has the same eight."""
        digest = fingerprint(model, row.texts, row.file_sha256)
        for length in range(ID_DIGITS, len(digest)):
            existing = self.predictions.get(digest[:length])
            if existing is None or _is_same_row(existing[0], model, row):
                return digest[:length]
        return digest

    def _get_prediction(self, id_: str) -> LoggedPrediction:
        if id_ not in self.predictions:
            suggestion = did_you_mean(id_, self.predictions)
            raise DataError(
                f"{self._journal.path.name} has no prediction {id_!r}{suggestion}; "
                "`upwell feedback` lists them"
            )
        return self.predictions[id_][0]


LoggedPredictions = dict[str, tuple[LoggedPrediction, tuple[str, ...] | None]]
"""{id: (prediction, correct labels)}. The labels are None without a correction."""


def read_predictions(path: Path) -> LoggedPredictions:
    """The predictions of a journal, without locking it. Raises StoreError if it is damaged."""
    predictions: LoggedPredictions = {}
    for entry in _iter_entries(path):
        if entry.prediction is not None:
            predictions.setdefault(entry.prediction.id, (entry.prediction, None))
        if entry.correction is not None and entry.correction.id in predictions:
            logged, _ = predictions[entry.correction.id]
            predictions[entry.correction.id] = (logged, entry.correction.labels)
    return predictions


def _last_corrections(
    path: Path,
) -> dict[tuple[str, ...], tuple[LoggedPrediction, tuple[str, ...]]]:
    """{text: its last correction}, over the predictions of all models."""
    predictions, corrections = read_predictions(path), {}
    for entry in _iter_entries(path):
        if entry.correction is not None and entry.correction.id in predictions:
            logged, _ = predictions[entry.correction.id]
            corrections[_text_key(logged)] = logged, entry.correction.labels
    return corrections


def _iter_entries(path: Path) -> Iterator[JournalEntry]:
    return (from_json(JournalEntry, line) for line in read_lines(path)[0])


def _is_same_row(logged: LoggedPrediction, model: str, row: Row) -> bool:
    return (logged.model, logged.texts, logged.content_sha256) == (
        model,
        row.texts,
        row.file_sha256,
    )


def _text_key(logged: LoggedPrediction) -> tuple[str, ...]:
    return normalized_key(Row(0, logged.texts, (), file_sha256=logged.content_sha256))


def add_corrections(data: LabeledDataset, journal: Path) -> tuple[LabeledDataset, int]:
    """(the rows with the corrected rows of the journal at the end, number of corrected rows).

    A correction replaces rows of the data with the same text. Raises DataError for a journal
    without corrections.
    """
    if not journal.is_file():
        raise DataError(f"{journal} does not exist; `upwell predict --journal` writes one")
    corrected = {
        text: Row(0, logged.texts, labels, file_sha256=logged.content_sha256)
        for text, (logged, labels) in _last_corrections(journal).items()
    }
    if not corrected:
        raise DataError(
            f"{journal} has no corrections; add one with `upwell feedback {journal.name} ID=LABEL`"
        )
    last_line = max((row.line for row in data.rows), default=0)
    new_rows = [
        replace(row, line=last_line + number)
        for number, row in enumerate(corrected.values(), start=1)
    ]
    uncorrected = [row for row in data.rows if normalized_key(row) not in corrected]
    return replace(data, rows=(*uncorrected, *new_rows)), len(new_rows)
