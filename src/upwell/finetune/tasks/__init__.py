"""Tasks: one file per task, each with one subclass of `Task` that the file names `TASK`.

A task of your own is such a file outside of Upwell; give its dotted module path as the task.
"""

from __future__ import annotations

from ...errors import SpecError
from ...plugins import builtin_names, load_plugin
from .base import Task, find_defect

__all__ = ["Task", "load_task", "task_names"]

TASK_CONSTANT = "TASK"


def load_task(name: str) -> Task:
    """The task of a file here ("text-classification") or of your own module ("my_package.task").

    Raises SpecError with the choices if there is no such task, or with what the task lacks.
    """
    module = load_plugin(
        name, package=__name__, kind="task", required=(TASK_CONSTANT,), hyphenated=True
    )
    if (defect := find_defect(module.TASK)) is not None:
        raise SpecError(f"task {name!r}: {defect}")
    task: Task = module.TASK()
    return task


def task_names() -> list[str]:
    """Names of the tasks that come with Upwell, as Hugging Face names its pipelines."""
    return builtin_names(__name__, (TASK_CONSTANT,), hyphenated=True)
