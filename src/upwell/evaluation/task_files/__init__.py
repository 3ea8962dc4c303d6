"""Tasks from files: the YAML of lm-eval-harness, and the JSON of BIG-bench.

Layers, top to bottom: cache, run > requests, scoring > prompting, fewshot, filters > the two
formats > task_data, task > rows > tables, data_files, safe_jinja, safe_yaml.
"""

from __future__ import annotations

from pathlib import Path

from ...errors import DataError
from . import big_bench, lm_eval_yaml
from .fewshot import FewshotSampling
from .run import check_variants, evaluate_task
from .scoring import TaskScore, compute_scores
from .task import EvalTask
from .variant import Variant, VariantAnswer

__all__ = [
    "EvalTask",
    "FewshotSampling",
    "TaskScore",
    "Variant",
    "VariantAnswer",
    "check_variants",
    "compute_scores",
    "evaluate_task",
    "load_task",
]


MAX_MESSAGE = 800
"""Characters of a message; names and values in it can be of any length."""


def load_task(path: str | Path, data_dir: str | Path | None = None) -> EvalTask:
    """Load the task of a YAML or JSON file. Raises DataError, in one sentence.

    Rows are read below the folder of the file, and below `data_dir`.
    """
    try:
        return _load(Path(path), None if data_dir is None else Path(data_dir))
    except DataError as error:
        message = " ".join(str(error).split())
        short = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}..."
        raise DataError(short) from error


def _load(path: Path, data_dir: Path | None) -> EvalTask:
    if path.suffix == ".json":
        return big_bench.load(path)
    if path.suffix not in (".yaml", ".yml"):
        raise DataError(f"{path}: the name of a task file ends in .yaml, .yml or .json")
    try:
        return lm_eval_yaml.load(path, data_dir)
    # A value of a type that its key does not take, such as a number for a list.
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise DataError(f"{path} has a value of the wrong type: {error}") from error
