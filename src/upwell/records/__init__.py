"""Records that packages, processes and machines exchange: frozen dataclasses that are plain JSON.

They hold no functions, handles or tensors, and compute nothing.
"""

from .codec import SCHEMA_VERSION, fingerprint, from_json, to_json
from .conclusions import (
    VERDICT_KINDS,
    ExampleAnswer,
    ExampleQuestion,
    Expectation,
    Fit,
    Forecast,
    Verdict,
)
from .crossover import Cell, CrossoverResult, MarginalValue, MethodScore, Ranking
from .evaluation import Answer, Observation, Table
from .feedback import Correction, FeedbackRound, JournalEntry, LoggedPrediction
from .finetune import FinetuneSpec
from .methods import FINETUNE_METHODS, METHOD_TITLES, PEFT_METHODS
from .metric_facts import METRICS, Metric, get_metric
from .model_card import Calibration, Candidate, EpochScore, LabelIssue, ModelCard, Score, ScoredRow
from .training import (
    Cost,
    DataSpec,
    ModelRef,
    ModelSpec,
    Plan,
    Run,
    Study,
    Train,
    TrainLogEntry,
)

__all__ = [
    "FINETUNE_METHODS",
    "METHOD_TITLES",
    "METRICS",
    "PEFT_METHODS",
    "SCHEMA_VERSION",
    "VERDICT_KINDS",
    "Answer",
    "Calibration",
    "Candidate",
    "Cell",
    "Correction",
    "Cost",
    "CrossoverResult",
    "DataSpec",
    "EpochScore",
    "ExampleAnswer",
    "ExampleQuestion",
    "Expectation",
    "FeedbackRound",
    "FinetuneSpec",
    "Fit",
    "Forecast",
    "JournalEntry",
    "LabelIssue",
    "LoggedPrediction",
    "MarginalValue",
    "MethodScore",
    "Metric",
    "ModelCard",
    "ModelRef",
    "ModelSpec",
    "Observation",
    "Plan",
    "Ranking",
    "Run",
    "Score",
    "ScoredRow",
    "Study",
    "Table",
    "Train",
    "TrainLogEntry",
    "Verdict",
    "fingerprint",
    "from_json",
    "get_metric",
    "to_json",
]
