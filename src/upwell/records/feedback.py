"""Predictions of a model in use, their corrections, and the retraining rounds that follow."""

from __future__ import annotations

from dataclasses import dataclass

from .model_card import Score


@dataclass(frozen=True, kw_only=True)
class LoggedPrediction:
    """A prediction for one row, as a journal keeps it."""

    id: str
    """Eight hex digits from the model and the row."""

    model: str
    texts: tuple[str, ...]
    content_sha256: str
    """sha256 of the row's file; empty for a text."""

    prediction: tuple[str, ...]
    probability: float | None
    abstained: bool
    label_separator: str | None = None
    """Separator of the labels of a multilabel row; None where each row has one label."""


@dataclass(frozen=True, kw_only=True)
class Correction:
    """The correct labels of a row, given by a person."""

    id: str
    labels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class JournalEntry:
    """A line of the journal: a prediction or a correction."""

    prediction: LoggedPrediction | None = None
    correction: Correction | None = None


@dataclass(frozen=True, kw_only=True)
class FeedbackRound:
    """A retrained model, and the decision of the gate on it."""

    number: int
    """0 for the model that the loop started with."""

    model: str
    parent: str | None
    train_rows: int
    """Training rows, those from the journal included."""

    score: Score
    """Score on the rows of the gate."""

    accepted: bool
    """Whether it replaced the model before it."""
