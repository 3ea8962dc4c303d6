"""What to fine-tune, on which rows, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..data.labeled import Columns
from ..errors import SpecError
from ..plugins import did_you_mean, quoted_list
from ..records import FINETUNE_METHODS, TrainLogEntry
from .defaults import FinetuneHyperparameters

METHODS = ("auto", *FINETUNE_METHODS)


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig:
    """A model, its rows and the hyperparameters.

    Raises SpecError for an unknown method and for options that contradict each other.
    """

    model: str
    """A folder that transformers loads, a name on the Hugging Face hub, an installed package that
    carries a model, or a scratch model such as "bert-small"."""

    data: Path
    """Labeled rows: a file, or a folder of images or recordings."""

    task: str = "text-classification"
    method: str = "auto"
    """"auto" tries a linear head and fine-tuning, and keeps the better one on the dev rows."""

    columns: Columns = field(default_factory=Columns)
    dev: Path | None = None
    """Dev rows, which select epochs and methods. None takes a share of `data`."""

    test: Path | None = None
    """Test rows. They are scored and never used for selection."""

    seed: int = 0
    """Random seed for the split and training."""

    pretrain_tokens: int = 0
    """Tokens of masked language modeling on the texts of `data`, before fine-tuning. Only for
    scratch models."""

    feedback: Path | None = None
    """A journal of predictions and corrections. Its corrected rows are added to the training
    rows."""

    unlabeled: Path | None = None
    """Rows without labels, for `pseudo_label` and `num_suggestions`."""

    pseudo_label: bool = False
    """Also train on the unlabeled rows that the model predicts with high confidence."""

    num_suggestions: int = 0
    """Number of unlabeled rows to suggest for labeling."""

    hyperparameters: FinetuneHyperparameters = field(default_factory=FinetuneHyperparameters)

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise SpecError(
                f"no method {self.method!r}; there are {quoted_list(METHODS)}"
                + did_you_mean(self.method, METHODS)
            )
        if self.unlabeled is None and (self.pseudo_label or self.num_suggestions):
            raise SpecError(
                "--pseudo-label and --suggest-labels need rows to choose from: --unlabeled FILE"
            )
        if self.pretrain_tokens and not _is_scratch(self.model):
            raise SpecError(
                f"{self.model} is already pretrained; --pretrain-tokens is for scratch models, "
                "such as bert-small"
            )


def _is_scratch(model: str) -> bool:
    # Imports transformers, which a config without pretraining does not need.
    from .scratch import is_scratch_name

    return is_scratch_name(model)


LogFn = Callable[[str], None]
"""Receives one line of progress for the user."""

FinetuneProgressFn = Callable[[TrainLogEntry, int, int], None]
"""Receives a log entry, the total number of steps and the rows of a step."""
