"""Abilities from files: task files in our YAML, lm-eval-harness's own, and BIG-bench JSON."""

from __future__ import annotations

from pathlib import Path

from ...errors import DataError
from . import big_bench, harness, own, strict
from .asking import ask_task, check
from .scores import Score, scores
from .shots import Dealing
from .task import Task
from .variant import Heard, Variant

__all__ = ["Dealing", "Heard", "Score", "Task", "Variant", "ask_task", "check", "load", "scores"]


def load(path: str | Path) -> Task:
    """The task of a file, in whichever dialect it is. Raises DataError in one sentence."""
    path = Path(path)
    if path.suffix == ".json":
        return big_bench.load(path)
    if path.suffix not in (".yaml", ".yml"):
        raise DataError(f"{path}: a task file ends in .yaml, .yml or .json")
    dialect = harness if harness.is_mine(strict.read(path)) else own
    try:
        return dialect.load(path)
    # A value of a kind that no key of the dialect takes, such as a number for a list.
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise DataError(f"{path} has a value of the wrong kind: {error}") from error
