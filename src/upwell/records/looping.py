"""The loop of a model at work: what it said, what was right, and the rounds that came of it."""

from __future__ import annotations

from dataclasses import dataclass

from .adapting import Score


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What a model said of a row, as it stands in a journal."""

    id: str
    """Eight hex digits of the model and the row."""

    model: str
    texts: tuple[str, ...]
    content: str
    """sha256 of the file that the row is; empty for a text."""

    said: tuple[str, ...]
    probability: float | None
    abstained: bool
    several: str | None = None
    """What parts the labels of a row that may have several; None where each has one."""


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """What somebody who knows says is right."""

    id: str
    right: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the journal: one of the two."""

    spoken: Spoken | None = None
    corrected: Corrected | None = None


@dataclass(frozen=True, kw_only=True)
class Past:
    """A round of the loop: a model that was made, and what the gate said of it."""

    number: int
    """0 for the model that the loop began with."""

    model: str
    parent: str | None
    learnt: int
    """Rows that it learnt from, those of the journal among them."""

    score: Score
    """On the gate's rows."""

    kept: bool
    """Whether it took the place of the one before."""
