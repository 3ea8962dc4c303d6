"""Records that only a run's folder holds: outcome, samples and checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..records import ModelRef


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """Outcome of a finished run. The same run gives the same bytes."""

    run: str
    models: tuple[ModelRef, ...]
    answers: int
    observations: int
    missing: int
    """Observations with a reason instead of a value."""

    artifacts: Mapping[str, str]
    """sha256 of every file behind the result, by its path in the run's folder."""


@dataclass(frozen=True, kw_only=True)
class RunFailure:
    """A run that failed."""

    run: str
    reason: str
    """One sentence; the traceback is in log.txt."""


@dataclass(frozen=True, kw_only=True)
class SampleSheet:
    """Images that a model generated, on one sheet."""

    model: ModelRef
    png: bytes


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """State to resume from, beside its tensors."""

    slot: str
    weights: str
    """sha256 of the tensors."""

    state: Mapping[str, Any]
    """Plain JSON."""
