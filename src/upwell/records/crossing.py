"""Ways of carrying a model on, each measured on the same rows, beside what it costs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One way with one model and so many labelled rows."""

    way: str
    """"in_context", "head", "lora" or "full"."""

    model: str
    params: int
    rows: int
    """Labelled rows: learnt from, or shown in the prompt."""

    seed: int
    """Of the draw of the rows and of all dice."""

    right: str = ""
    """For each test row "1" where it is right and "0" where not; empty where nothing came of it."""

    reason: str | None = None
    """Why there is nothing; None where there is something."""

    make_flops: float = 0.0
    """Compute to make it, an estimate; none for examples in a prompt."""

    make_seconds: float = 0.0
    """Processor time to make it."""

    answer_flops: float = 0.0
    """Compute of one answer, an estimate."""

    answer_seconds: float = 0.0
    """Processor time of one answer, of many asked together."""


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """All cells of a crossover, and what they were measured on."""

    name: str
    data: str
    test: str
    """Whose rows the cells are measured on: a file, or a share of the data."""

    tested: int
    """Test rows."""

    labels: tuple[str, ...]
    available: int
    """Labelled rows that there are to learn from."""

    rows: tuple[int, ...]
    shots: tuple[int, ...]
    seeds: int
    models: tuple[str, ...]
    cells: tuple[Cell, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A way with a model, over all draws of so many rows."""

    way: str
    model: str
    params: int
    rows: int
    """Rows it used: fewer than there are, where a prompt holds no more."""

    value: float
    low: float
    high: float
    """90 % interval over draws and test rows."""

    seeds: int
    make_flops: float
    make_seconds: float
    answer_flops: float
    answer_seconds: float
    tied: bool = True
    """Whether the best may be ahead of it by luck: the interval of the difference holds zero."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Which way is best where there are so many labelled rows."""

    rows: int
    contenders: tuple[Contender, ...]
    """Best first."""

    gain: float | None
    low: float | None
    high: float | None
    """What the best has over the best of another way, with a 90 % interval of the paired
    difference; None where there is no other."""

    tells: bool
    """Whether the interval excludes zero."""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What the next hundred labels would gain a way, by a power law of its errors."""

    way: str
    model: str
    rows: int
    """From so many labels on."""

    gain: float | None
    low: float | None
    high: float | None
    """Accuracy gained, with a 90 % interval; None where it cannot be told."""

    why: str
    """How it was found, or why it cannot be told."""
