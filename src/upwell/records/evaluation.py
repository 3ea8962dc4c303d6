"""Answers of models, observations over answers, and the facts of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Facts of a metric. Its formula, if Upwell has one, is in `upwell.metrics`."""

    name: str
    title: str
    """Label in tables and plots."""

    higher_is_better: bool
    continuous: bool
    """True if every small change of the model's probabilities changes the value.

    All-or-nothing scores are not continuous. They can make a smooth change look like a jump
    (Schaeffer et al. 2023, arXiv 2304.15004)."""

    unit: str = ""
    low: float | None = None
    high: float | None = None
    """Bounds of the values; None for unbounded."""


_HIGHER, _LOWER = True, False
_SMOOTH, _SHARP = True, False

_FACTS: tuple[tuple[str, str, bool, bool, str, float | None, float | None], ...] = (
    # name, title, higher is better, continuous, unit, low, high
    ("accuracy", "Accuracy", _HIGHER, _SHARP, "", 0, 1),
    ("exact_match", "Exact match", _HIGHER, _SHARP, "", 0, 1),
    ("token_accuracy", "Accuracy per token", _HIGHER, _SHARP, "", 0, 1),
    ("digit_accuracy", "Accuracy per digit", _HIGHER, _SHARP, "", 0, 1),
    ("token_edit_distance", "Token edit distance", _LOWER, _SHARP, "tokens", 0, None),
    ("log_probability", "Log-probability of the target", _HIGHER, _SMOOTH, "nats", None, 0),
    ("choice_probability", "Probability of the correct choice", _HIGHER, _SMOOTH, "", 0, 1),
    ("brier", "Brier score", _LOWER, _SMOOTH, "", 0, 2),
    ("loss", "Loss", _LOWER, _SMOOTH, "nats/token", 0, None),
    ("bits_per_byte", "Bits per byte", _LOWER, _SMOOTH, "bits/byte", 0, None),
    (
        "in_context_score",
        "In-context score (late minus early loss)",
        _LOWER,
        _SMOOTH,
        "nats/token",
        None,
        None,
    ),
    ("prefix_matching", "Prefix-matching score of the best head", _HIGHER, _SMOOTH, "", 0, 1),
    # lm-evaluation-harness
    ("acc", "Accuracy, first of equals", _HIGHER, _SHARP, "", 0, 1),
    ("greedy_match", "Match of the greedy completion", _HIGHER, _SHARP, "", 0, 1),
    ("acc_norm", "Accuracy, choices by length", _HIGHER, _SHARP, "", 0, 1),
    ("acc_bytes", "Accuracy, choices by bytes", _HIGHER, _SHARP, "", 0, 1),
    ("acc_mutual_info", "Accuracy, choices by mutual information", _HIGHER, _SHARP, "", 0, 1),
    ("acc_all", "Accuracy, all parts correct", _HIGHER, _SHARP, "", 0, 1),
    ("f1", "F1", _HIGHER, _SHARP, "", 0, None),
    ("mcc", "Matthews correlation", _HIGHER, _SHARP, "", -1, 1),
    ("mc1", "MC1 (single true answer)", _HIGHER, _SHARP, "", 0, 1),
    ("mc2", "MC2 (probability of the true answers)", _HIGHER, _SMOOTH, "", 0, 1),
    ("exact", "Exact match, percent", _HIGHER, _SHARP, "", 0, 100),
    ("HasAns_exact", "Exact match with answer, percent", _HIGHER, _SHARP, "", 0, 100),
    ("NoAns_exact", "Exact match without answer, percent", _HIGHER, _SHARP, "", 0, 100),
    ("best_exact", "Exact match at best threshold, percent", _HIGHER, _SHARP, "", 0, 100),
    ("HasAns_f1", "F1 with answer, percent", _HIGHER, _SHARP, "", 0, 100),
    ("NoAns_f1", "F1 without answer, percent", _HIGHER, _SHARP, "", 0, 100),
    ("best_f1", "F1 at best threshold, percent", _HIGHER, _SHARP, "", 0, 100),
    ("perplexity", "Perplexity", _LOWER, _SMOOTH, "", 1, None),
    ("word_perplexity", "Perplexity per word", _LOWER, _SMOOTH, "", 1, None),
    ("byte_perplexity", "Perplexity per byte", _LOWER, _SMOOTH, "", 1, None),
    ("bleu", "BLEU", _HIGHER, _SHARP, "", 0, 100),
    ("chrf", "chrF", _HIGHER, _SHARP, "", 0, 100),
    ("chrf++", "chrF++", _HIGHER, _SHARP, "", 0, 100),
    ("ter", "Translation edit rate", _LOWER, _SHARP, "", 0, None),
    # abilities of our own
    ("squared_error", "Squared error", _LOWER, _SMOOTH, "", 0, None),
    ("log_loss", "Log-loss among the choices", _LOWER, _SMOOTH, "", 0, None),
    ("margin", "Margin of the correct choice", _HIGHER, _SMOOTH, "", None, None),
    ("calibration_error", "Expected calibration error", _LOWER, _SHARP, "", 0, 1),
    ("token_f1", "Token F1", _HIGHER, _SHARP, "", 0, 1),
    ("frechet_distance", "Fréchet distance to real images", _LOWER, _SMOOTH, "", 0, None),
    ("mode_coverage", "Classes among generated images", _HIGHER, _SHARP, "", 0, None),
    # AI2's ladders and OLMES
    ("acc_len_norm", "Accuracy, choices by length", _HIGHER, _SHARP, "", 0, 1),
    ("acc_per_token", "Accuracy, choices by token", _HIGHER, _SHARP, "", 0, 1),
    ("acc_per_char", "Accuracy, choices by character", _HIGHER, _SHARP, "", 0, 1),
    ("acc_per_byte", "Accuracy, choices by byte", _HIGHER, _SHARP, "", 0, 1),
    ("acc_uncond", "Accuracy, choices by unconditional likelihood", _HIGHER, _SHARP, "", 0, 1),
    ("correct_prob", "Probability of the correct answer", _HIGHER, _SMOOTH, "", 0, 1),
    ("correct_prob_per_token", "Probability per token, correct answer", _HIGHER, _SMOOTH, "", 0, 1),
    (
        "correct_prob_per_char",
        "Probability per character, correct answer",
        _HIGHER,
        _SMOOTH,
        "",
        0,
        1,
    ),
    (
        "correct_choice_prob_norm",
        "Probability by length, correct choice",
        _HIGHER,
        _SMOOTH,
        "",
        0,
        1,
    ),
    ("correct_choice_logprob_norm", "Log-probability by length", _HIGHER, _SMOOTH, "", None, 0),
    # BIG-bench
    ("multiple_choice_grade", "Multiple-choice grade", _HIGHER, _SHARP, "", 0, 1),
    ("case_insensitive_str_match", "Match, case ignored", _HIGHER, _SHARP, "", 0, 1),
    ("numeric_match_with_0_1_relative_error", "Match within a tenth", _HIGHER, _SHARP, "", 0, 1),
    ("macro_f1", "Macro F1", _HIGHER, _SHARP, "", 0, 1),
    ("calibration_multiple_choice_brier_score", "Brier score", _LOWER, _SMOOTH, "", 0, None),
    ("expected_calibration_error", "Expected calibration error", _LOWER, _SHARP, "", 0, 1),
    ("normalized_aggregate_score", "Normalized aggregate score", _HIGHER, _SHARP, "", None, None),
)

METRICS: dict[str, Metric] = {
    name: Metric(
        name=name,
        title=title,
        higher_is_better=higher_is_better,
        continuous=continuous,
        unit=unit,
        low=low,
        high=high,
    )
    for name, title, higher_is_better, continuous, unit, low, high in _FACTS
}
"""Metrics whose facts are certain, our own and those of other people's results.

The order is that of tables and reports. A metric that is not here, such as "score", is unknown."""


def get_metric(name: str) -> Metric | None:
    """The facts of a metric; None for a metric that Upwell does not know."""
    return METRICS.get(name)


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

    def where(self, **equal: Any) -> Table:
        """Rows whose columns equal the given values (None matches null)."""
        import polars

        conditions = [
            polars.col(name).is_null() if value is None else polars.col(name) == value
            for name, value in equal.items()
        ]
        return Table(self.frame.filter(*conditions))

    def __len__(self) -> int:
        return self.frame.height
