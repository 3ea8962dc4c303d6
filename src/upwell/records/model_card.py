"""The card of a fine-tuned model: what its folder and its report say about it."""

from __future__ import annotations

from dataclasses import dataclass

from .finetune import FinetuneSpec
from .training import ModelRef, Train


@dataclass(frozen=True, kw_only=True)
class Score:
    """A metric on some rows, with its sampling interval."""

    metric: str
    value: float
    interval_low: float
    interval_high: float
    """90 % bootstrap interval over rows (Efron 1979)."""

    rows: int


@dataclass(frozen=True, kw_only=True)
class EpochScore:
    """Result on the dev rows after one epoch."""

    epoch: int
    score: float
    loss: float
    """Nats per row."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One fine-tuning method that was tried."""

    method: str
    score: float
    """Score on the dev rows."""

    loss: float
    trainable_params: int
    seconds: float
    epoch_scores: tuple[EpochScore, ...] = ()
    pseudo_labeled_rows: int = 0
    """Training rows whose labels an earlier model predicted."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Calibration of the probabilities, and the threshold below which the model abstains."""

    temperature: float
    """Divisor of the logits (Guo et al. 2017, arXiv 1706.04599)."""

    ece_before: float
    ece_after: float
    """Expected calibration error at temperature 1, and at a temperature fitted on other rows."""

    target_accuracy: float
    """Accuracy that the predictions above the threshold should have."""

    threshold: float | None
    """Smallest probability of a prediction; None where the target cannot be reached."""

    abstention_rate: float
    """Fraction of rows without a prediction."""

    selective_accuracy: float | None
    """Accuracy of the predictions above the threshold; None without any."""

    rows: int


@dataclass(frozen=True, kw_only=True)
class LabelIssue:
    """A training row whose label may be wrong."""

    line: int
    text: str
    label: str
    suggested_label: str
    label_probability: float
    """Probability of `label`, predicted out of fold."""


@dataclass(frozen=True, kw_only=True)
class ScoredRow:
    """A row of the evaluation set with its prediction."""

    line: int
    text: str
    label: str
    prediction: str
    probability: float | None = None
    """Calibrated probability of the prediction; None if unknown."""

    label_probability: float | None = None
    """Calibrated probability of the correct label."""

    score: float | None = None
    """Score of this row, 0 to 1, for metrics with partial credit."""


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """A fine-tuned model: task, training data, scores and known problems."""

    ref: ModelRef
    finetune: FinetuneSpec
    recipe: Train
    base_model: str
    """Name of the model that was fine-tuned."""

    text_columns: tuple[str, ...]
    label_column: str
    label_separator: str | None
    """Separator of the labels of a multilabel row; None where each row has one label."""

    data: str
    train_rows: int
    dev_rows: int
    eval_set: str
    """Rows behind `scores`: a test file, or "development rows"."""

    scores: tuple[Score, ...]
    candidates: tuple[Candidate, ...]
    calibration: Calibration | None
    problems: tuple[str, ...] = ()
    """One sentence per problem with the data."""

    truncated_rows: int = 0
    """Rows longer than the model's maximum length."""

    label_issues: tuple[LabelIssue, ...] = ()
    predictions: tuple[ScoredRow, ...] = ()
    """Every row of the evaluation set."""

    seal: str | None = None
    """sha256 of `upwell.sha256`, which has that of every other file; None for a model that an
    earlier version saved."""
