"""Methods of adapting a model, compared on the same test rows together with their cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One method with one model, one number of labeled rows and one seed."""

    method: str
    """"in_context", "linear", "lora" or "full"."""

    model: str
    params: int
    train_rows: int
    """Labeled rows: in the training set, or in the prompt."""

    seed: int
    """Seed for sampling the rows and for training."""

    correct: str = ""
    """One character per test row, "1" for a correct prediction and "0" otherwise; empty if the cell
    has a `reason`."""

    reason: str | None = None
    """Why there are no predictions; None where there are."""

    train_flops: float = 0.0
    """Estimated compute of training; 0 for few-shot examples."""

    train_seconds: float = 0.0
    """Processor time of training."""

    inference_flops: float = 0.0
    """Estimated compute per prediction."""

    inference_seconds: float = 0.0
    """Processor time per prediction, measured over a batch."""


@dataclass(frozen=True, kw_only=True)
class CrossoverResult:
    """All cells of a crossover, and the data behind them."""

    name: str
    data: str
    eval_set: str
    """Test file, or the fraction of the data that was held out."""

    test_rows: int
    labels: tuple[str, ...]
    available_rows: int
    """Labeled rows in the training set."""

    train_sizes: tuple[int, ...]
    shots: tuple[int, ...]
    seeds: int
    models: tuple[str, ...]
    cells: tuple[Cell, ...]
    problems: tuple[str, ...] = ()
    """One sentence per problem with the data."""


@dataclass(frozen=True, kw_only=True)
class MethodScore:
    """Accuracy of a method with a model at one number of labeled rows, over all seeds."""

    method: str
    model: str
    params: int
    train_rows: int
    """Rows that the method used; fewer than available if the prompt holds no more."""

    value: float
    """Accuracy, 0 to 1."""

    interval_low: float
    interval_high: float
    """90 % interval over seeds and test rows."""

    seeds: int
    train_flops: float
    train_seconds: float
    inference_flops: float
    inference_seconds: float
    tied: bool = True
    """Whether the interval of the difference from the best method holds zero."""


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The methods at one number of labeled rows."""

    train_rows: int
    methods: tuple[MethodScore, ...]
    """Best first."""

    gain: float | None
    interval_low: float | None
    interval_high: float | None
    """Accuracy of the best method less that of the best other method, with the 90 % interval of
    the paired difference; None without another method."""

    significant: bool
    """Whether the interval excludes zero."""


@dataclass(frozen=True, kw_only=True)
class MarginalValue:
    """Expected gain of a method from 100 more labels, by a power law of its error."""

    method: str
    model: str
    train_rows: int
    """Labeled rows before the 100."""

    gain: float | None
    interval_low: float | None
    interval_high: float | None
    """Accuracy gained, with a 90 % interval; None where it cannot be estimated."""

    explanation: str
    """How the gain was estimated, or why it could not be."""
