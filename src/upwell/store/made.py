"""Records that only a run's folder holds: how it ended, and what is under way in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..records import ModelRef


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished run: what exists because of it. The same run gives the same bytes."""

    run: str
    models: tuple[ModelRef, ...]
    answers: int
    observations: int
    missing: int
    """Observations that have a reason instead of a value."""

    artefacts: Mapping[str, str]
    """sha256 of every file that the result stands on, by its path in the run's folder."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A run that could not be carried out."""

    run: str
    reason: str
    """One sentence; the traceback is in log.txt."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Images that a model made, on one sheet."""

    model: ModelRef
    png: bytes


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A place to go on from: the switch beside its tensors."""

    slot: str
    weights: str
    """sha256 of the tensors."""

    state: Mapping[str, Any]
    """Plain JSON."""
