"""Carry a study out: plan it, run it, put what was measured into one table.

This room never sees a verdict: nobody peeks while deciding what to run.
"""

from .cost import cost, effort, size_of
from .events import Event, Standing, Status
from .executor import Executor, execute
from .identity import rung_of
from .leaking import leaks
from .machine import cores, free_memory, peak_flops
from .places import place, stages
from .planning import plan, runs_of
from .reading import readable
from .tabling import table
from .work import Work, do

__all__ = [
    "Event",
    "Executor",
    "Standing",
    "Status",
    "Work",
    "cores",
    "cost",
    "do",
    "effort",
    "execute",
    "free_memory",
    "leaks",
    "peak_flops",
    "place",
    "plan",
    "readable",
    "rung_of",
    "runs_of",
    "size_of",
    "stages",
    "table",
]
