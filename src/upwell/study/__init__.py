"""Run a study: plan it, execute its runs, and join the measurements in one table.

This package never sees a verdict, so a verdict cannot influence what is run.
"""

from .contamination import check_study_contamination
from .cost import estimate_cost, model_size, workload
from .events import Event, RunStatus, StudyStatus
from .executors.local import Executor, execute
from .machine import cores, free_memory, peak_flops
from .plan import build_runs, plan
from .questions import build_questions
from .run_id import parse_rung
from .stages import run_scale, split_held_out
from .table import table
from .validation import check_data_readable
from .worker import RunTask, execute_run

__all__ = [
    "Event",
    "Executor",
    "RunStatus",
    "RunTask",
    "StudyStatus",
    "build_questions",
    "build_runs",
    "check_data_readable",
    "check_study_contamination",
    "cores",
    "estimate_cost",
    "execute",
    "execute_run",
    "free_memory",
    "model_size",
    "parse_rung",
    "peak_flops",
    "plan",
    "run_scale",
    "split_held_out",
    "table",
    "workload",
]
