"""Conclusions from observations: fitted curves, verdicts and forecasts.

The JSON of `Verdict` and `Forecast` is public (docs/reference/json.md). Within a schema version
fields are added, never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VERDICT_KINDS = (
    "emergent",  # a jump of the continuous metric too
    "metric-made",  # a jump of the sharp metric only
    "smooth",
    "flat",
    "inverse",
    "u-shaped",
    "undecided",  # too few rungs, too much noise, or missing values
)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A curve fitted to one ladder: one ability on one metric."""

    curve: str
    """"flat", "linear", "power", "logistic", "step" or "bnsl"."""

    params: Mapping[str, float]
    """Estimate of each parameter; locations are in the unit of the axis."""

    interval: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """90 % bootstrap interval of each parameter; empty if not computed."""

    loss: float
    """Weighted mean squared residual."""

    loo_mse: float | None = None
    """Leave-one-rung-out mean squared error; None if not computed."""

    n_points: int
    """Rungs that the curve is fitted to."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How one ability changes along one axis."""

    ability: str
    metric: str
    axis: str
    kind: str
    """One of `VERDICT_KINDS`."""

    explanation: str
    """One sentence: the evidence, or for "undecided" what is missing."""

    onset: float | None = None
    """Scale of the jump; None where there is none."""

    onset_low: float | None = None
    onset_high: float | None = None
    """Rungs between which the jump lies, a 90 % interval."""

    evidence_z: float | None = None
    """Height of the jump over the best line beneath it, in units of its standard error."""

    probability: float | None = None
    """Posterior probability of a jump; None with too few rungs."""

    family: str | None = None
    shots: int = 0
    items: int | None = None
    """Smallest number of items per value; None if unknown."""

    models: int = 0
    """Values that the verdict rests on."""

    missing: int = 0
    """Rows with a reason instead of a value."""

    seeds: int = 0
    """Seeds with a value on every rung, each of which is judged by itself; 0 where there are not
    two."""

    seeds_jump_up: int = 0
    """How many of these seeds jump."""

    seeds_jump_down: int = 0
    """How many of these seeds fall in a jump."""

    smallest_jump: float | None = None
    """Smallest jump that these items and seeds can detect (80 % power); None if unknown."""

    not_smooth_probability: float | None = None
    """One minus the posterior probability of a smooth rise; None with too few rungs."""

    alarm: Mapping[str, float] = field(default_factory=dict)
    """For an ability at chance: probability of a jump within the next factor "2", "4" and "10" of
    scale. Empty for the others."""

    dip: float | None = None
    """Scale of a rung that scores worse than a smaller and a larger one; None without one."""

    dip_p_value: float | None = None
    """Probability of such a dip under noise alone."""

    fits: tuple[Fit, ...] = ()
    controls: Mapping[str, str] = field(default_factory=dict)
    """Kinds of the verdicts on the control abilities, by name."""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """The kind of verdict that the author of a study expected, beside the one that came out."""

    ability: str
    expected: str
    observed: str | None
    """Kind of the main verdict; None where the ability was not judged."""

    @property
    def met(self) -> bool:
        """Whether the two are the same."""
        return self.expected == self.observed


@dataclass(frozen=True, kw_only=True)
class ExampleAnswer:
    """What one model answered to an example question."""

    scale: float
    """Scale of the model on the axis of the study."""

    text: str
    correct: bool | None
    """None where an answer is neither right nor wrong, such as a probability."""


@dataclass(frozen=True, kw_only=True)
class ExampleQuestion:
    """The first question of an ability, with the answer of each size."""

    ability: str
    shots: int
    question: str
    target: str
    """The correct answer."""

    answers: tuple[ExampleAnswer, ...]
    """Smallest scale first."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A value at a scale that was not measured, with an interval; graded once it is measured."""

    ability: str
    metric: str
    axis: str
    target: float
    """Scale on the axis."""

    value: float | None
    """None where no forecast is possible."""

    interval_low: float | None
    interval_high: float | None
    confidence: float = 0.9
    """Nominal coverage of the interval."""

    method: str = ""
    family: str | None = None
    model: str | None = None
    shots: int = 0
    data_fingerprint: str | None = None
    """Fingerprint of the values that the forecast rests on."""

    noise_floor: float | None = None
    """Standard error of the value from its items alone."""

    forecastable: bool = True
    """False where there is no value, or where a jump may come before the target."""

    explanation: str = ""
    """One sentence: what the forecast rests on, or why there is none."""

    actual: float | None = None
    """Measured value; None until it is known."""

    created_at: str | None = None
    """Time of writing, ISO 8601 in UTC; None for a back-test."""
