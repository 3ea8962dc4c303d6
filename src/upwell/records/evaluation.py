"""Answers of models, observations over answers, and tables of observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .metric_facts import Metric, get_metric

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Everything that one model gave for one item.

    Answers are expensive, so they are kept. Metrics are cheap and can be computed again later.
    """

    model: str
    ability: str
    item: str
    shots: int
    prompt: str
    """sha256 of the prompt."""

    target: str
    """The correct answer."""

    completion: str | None = None
    """Text that the model generated; None for an item without generation."""

    choices: tuple[str, ...] = ()
    """Candidate answers, the target included; empty for an item without choices."""

    logprobs: tuple[float, ...] = ()
    """Natural log-probability of each choice, summed over its tokens, in the order of `choices`."""

    token_logprobs: tuple[float, ...] = ()
    """Natural log-probability of each token of the target."""

    correct: bool | None = None
    """Whether the completion is correct by the ability's own rule; None if it has none."""

    extras: Mapping[str, float] = field(default_factory=dict)
    """Further numbers of this item, such as the scores of attention heads.

    `upwell.metrics.extras` names the ones that metrics read."""

    reason: str | None = None
    """Why there is no answer; None when there is one."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One metric of one ability of one model. A failed measurement has no value and is not zero."""

    model: str
    ability: str
    shots: int
    metric: str
    value: float | None
    reason: str | None = None
    """Why there is no value; None when there is one."""

    items: int = 0
    """Number of items that the value is computed from."""

    stderr: float | None = None
    """Standard error over items; None when unknown."""

    chance: float | None = None
    """Value of random guessing; None when unknown."""

    ceiling: float | None = None
    """Best possible value; None when unknown."""

    missing: int = 0
    """Number of items without an answer."""


TABLE_COLUMNS = (
    "family", "model", "params", "tokens", "flops", "step", "loss", "seed", "ability", "shots",
    "metric", "value", "reason", "stderr", "items", "missing", "chance", "ceiling",
)  # fmt: skip
"""Columns of every table. Further columns (width, depth, ...) may follow and can be axes."""


@dataclass(frozen=True)
class Table:
    """Observations joined with their models: one row per (model, seed, ability, shots, metric).

    `frame` has at least `TABLE_COLUMNS`. Unknown is null, never zero and never NaN.
    """

    frame: polars.DataFrame
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    """Facts of metrics from the user; they win over those in `METRICS`."""

    def get_metric(self, name: str) -> Metric | None:
        """The facts of a metric of this table; None where they are unknown."""
        return self.metrics.get(name) or get_metric(name)

    def with_frame(self, frame: polars.DataFrame) -> Table:
        """A table of other rows, with the same facts of metrics."""
        return Table(frame, self.metrics)

    def where(self, **equal: Any) -> Table:
        """Rows whose columns equal the given values (None matches null)."""
        import polars

        conditions = [
            polars.col(name).is_null() if value is None else polars.col(name) == value
            for name, value in equal.items()
        ]
        return self.with_frame(self.frame.filter(*conditions))

    def __len__(self) -> int:
        return self.frame.height
