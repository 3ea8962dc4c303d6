"""What an adapted model's folder says of itself, and what its report is drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from .making import Adapt, ModelRef, Train


@dataclass(frozen=True, kw_only=True)
class Score:
    """A metric on some rows, with what other rows of the same kind could have given."""

    metric: str
    value: float
    low: float
    high: float
    """90 % interval over rows (bootstrap: Efron 1979)."""

    rows: int


@dataclass(frozen=True, kw_only=True)
class Round:
    """How a model did on the development rows after it had seen all others once more."""

    number: int
    score: float
    loss: float
    """Nats a row."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One way of adapting that was tried."""

    method: str
    score: float
    """On the development rows."""

    loss: float
    params: int
    """Weights that were learnt."""

    seconds: float
    rounds: tuple[Round, ...] = ()
    pseudo: int = 0
    """Rows among those learnt from whose labels an earlier model gave."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How far probabilities can be believed, and when the model had better say nothing."""

    temperature: float
    """What logits are divided by (Guo et al. 2017, arXiv 1706.04599)."""

    before: float
    after: float
    """Calibration error without it, and with one fitted on other rows than it is judged on."""

    aim: float
    """Share of answers that should be right where one is given."""

    threshold: float | None
    """Least probability with which an answer is given; None where the aim is out of reach."""

    abstained: float
    """Share of the rows on which no answer would be given."""

    right: float | None
    """Share of right ones among the answers that would be given; None without any."""

    rows: int


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A training row whose label may be wrong."""

    line: int
    text: str
    label: str
    likelier: str
    probability: float
    """Of the given label, by models that have not seen the row."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A row that was scored, as a report shows it."""

    line: int
    text: str
    label: str
    said: str
    probability: float | None = None
    """Of what was said, calibrated; None where nothing tells it."""

    of_label: float | None = None
    """Of the right label."""

    score: float | None = None
    """How well it was done, 0 to 1, where it can be done in part."""


@dataclass(frozen=True, kw_only=True)
class Adapted:
    """A model that was adapted: what it does, how well, and how it came to be."""

    ref: ModelRef
    adapt: Adapt
    recipe: Train
    given: str
    """Name of the model it was made from."""

    texts: tuple[str, ...]
    label: str
    several: str | None
    """Columns of the rows it learnt from, and what parts several labels of one row."""

    data: str
    learnt: int
    """Rows that it learnt from."""

    chosen_on: int
    """Development rows."""

    scored_on: str
    """Whose rows the scores are from: a test file, or "development rows"."""

    scores: tuple[Score, ...]
    tried: tuple[Tried, ...]
    calibration: Calibration | None
    problems: tuple[str, ...] = ()
    cut: int = 0
    """Rows that were longer than the model reads, and were cut."""

    suspects: tuple[Suspect, ...] = ()
    rows: tuple[Shown, ...] = ()
    """What was scored, row by row."""
