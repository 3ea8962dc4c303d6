"""Upwell: which abilities a model family has at which scale, and which will come.

    import upwell

    verdicts = upwell.judge("results/")          # or a data frame
    verdicts.to_pandas(); verdicts.plot("arithmetic"); verdicts.report("judged.html")

Everything is imported when it is first used: `import upwell` loads no torch, scipy or polars.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_SOURCES = {
    ".workflows.load_results": ("read_results",),
    ".workflows.judge": ("judge",),
    ".workflows.forecast": ("backtest", "forecast", "grade"),
    ".workflows.compare": ("compare",),
    ".workflows.result_objects": ("Comparisons", "Forecasts", "Results", "Verdicts"),
    ".workflows.run_study": ("StudyResult", "plan", "run"),
    ".workflows.report_study": ("report",),
    ".workflows.export_model": ("export",),
    ".workflows.evaluate": ("EvalConfig", "EvalResult", "evaluate"),
    ".workflows.finetune": ("FinetuneResult", "finetune"),
    ".workflows.crossover": ("Crossover", "crossover"),
    ".workflows.doctor": ("doctor",),
    ".workflows.predict": ("Feedback", "Predictions", "feedback", "predict"),
    ".finetune.predictor": ("Predictor",),
    ".finetune.feedback.journal": ("PredictionJournal",),
    ".records": ("DataSpec", "Forecast", "ModelSpec", "Study", "Train", "Verdict"),
    ".store": ("Store",),
    ".errors": ("UpwellError",),
}
"""Where each public name is defined."""

_MODULES = {name: module for module, names in _SOURCES.items() for name in names}

__all__ = [
    "Comparisons",
    "Crossover",
    "DataSpec",
    "EvalConfig",
    "EvalResult",
    "Feedback",
    "FinetuneResult",
    "Forecast",
    "Forecasts",
    "ModelSpec",
    "PredictionJournal",
    "Predictions",
    "Predictor",
    "Results",
    "Store",
    "Study",
    "StudyResult",
    "Train",
    "UpwellError",
    "Verdict",
    "Verdicts",
    "__version__",
    "backtest",
    "compare",
    "crossover",
    "doctor",
    "evaluate",
    "export",
    "feedback",
    "finetune",
    "forecast",
    "grade",
    "judge",
    "plan",
    "predict",
    "read_results",
    "report",
    "run",
]


class _Package(ModuleType):
    """A package whose public names are imported when they are first used.

    `finetune`, `crossover` and `report` are functions here and sub-packages too: importing a
    sub-package does not hide the function.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _MODULES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_MODULES})


sys.modules[__name__].__class__ = _Package

if TYPE_CHECKING:
    from .errors import UpwellError
    from .finetune.feedback.journal import PredictionJournal
    from .finetune.predictor import Predictor
    from .records import DataSpec, Forecast, ModelSpec, Study, Train, Verdict
    from .store import Store
    from .workflows.compare import compare
    from .workflows.crossover import Crossover, crossover
    from .workflows.doctor import doctor
    from .workflows.evaluate import EvalConfig, EvalResult, evaluate
    from .workflows.export_model import export
    from .workflows.finetune import FinetuneResult, finetune
    from .workflows.forecast import backtest, forecast, grade
    from .workflows.judge import judge
    from .workflows.load_results import read_results
    from .workflows.predict import Feedback, Predictions, feedback, predict
    from .workflows.report_study import report
    from .workflows.result_objects import Comparisons, Forecasts, Results, Verdicts
    from .workflows.run_study import StudyResult, plan, run
