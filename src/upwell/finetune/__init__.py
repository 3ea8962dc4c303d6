"""Fine-tune a pretrained model on labeled rows.

    from upwell.finetune import FinetuneConfig, Predictor, finetune

    finetune(FinetuneConfig(model="bert-small", data=Path("reviews.csv")), Path("out"))
    predictor = Predictor.from_pretrained(Path("out"))

The result is a folder that `transformers` loads, with a calibration temperature and an abstention
threshold in its model card. For tasks with labels, a linear head on frozen features is always a
candidate, and fine-tuning has to beat it on the dev rows.

Sub-folders, each importing only those before it: inputs, estimators, modeling, tasks, scratch,
data, training, methods, unlabeled, feedback.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .config import FinetuneConfig
    from .feedback.journal import PredictionJournal
    from .pipeline import finetune
    from .predictor import Predictor

__all__ = ["FinetuneConfig", "PredictionJournal", "Predictor", "finetune"]

_MODULES = {
    "FinetuneConfig": ".config",
    "PredictionJournal": ".feedback.journal",
    "Predictor": ".predictor",
    "finetune": ".pipeline",
}


def __getattr__(name: str) -> Any:
    """Import an exported name on first use: torch and transformers load only when needed."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __name__), name)
