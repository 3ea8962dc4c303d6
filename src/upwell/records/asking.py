"""What models were asked, what they said, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one model said to one item. Dear, so kept; metrics can be redone at any time."""

    model: str
    ability: str
    item: str
    shots: int
    prompt: str
    """sha256 of the prompt."""

    target: str
    """What would have been right."""

    said: str | None = None
    """What the model said, where it was asked to speak."""

    choices: tuple[str, ...] = ()
    """What it could have said; the target is among them."""

    logprobs: tuple[float, ...] = ()
    """Natural log-probability of each choice, whole, in the order of `choices`."""

    token_logprobs: tuple[float, ...] = ()
    """Natural log-probability of each token of the target."""

    right: bool | None = None
    """Whether the item counts as solved by the ability's own rule; None if it has none."""

    notes: Mapping[str, float] = field(default_factory=dict)
    """Other numbers read off the model at this item, e.g. a head's attention."""

    reason: str | None = None
    """Why there is no answer; None when there is one."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One ability of one model, measured once. A failure to measure is not a zero."""

    model: str
    ability: str
    shots: int
    metric: str
    value: float | None
    reason: str | None = None
    """Why there is no value; None when there is one."""

    items: int = 0
    """Items that the value rests on."""

    stderr: float | None = None
    """Standard error over items; None when unknown."""

    chance: float | None = None
    """Value that guessing gets; None when unknown."""

    ceiling: float | None = None
    """Best possible value; None when unknown."""

    missing: int = 0
    """Items asked that gave no answer."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The facts of a metric that judging needs. Its formula lives in `upwell.abilities`."""

    name: str
    better: Literal["higher", "lower"]
    continuous: bool
    """True if a small change of the model's probabilities always shows; False for
    all-or-nothing scores, which can make a smooth change look like a jump
    (Schaeffer et al. 2023, arXiv 2304.15004)."""

    title: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    """Bounds of the values; None where there is none."""


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric(name="accuracy", better="higher", continuous=False, title="Accuracy", low=0, high=1),
        Metric(
            name="exact_match",
            better="higher",
            continuous=False,
            title="Exact match",
            low=0,
            high=1,
        ),
        Metric(
            name="token_accuracy",
            better="higher",
            continuous=False,
            title="Accuracy per token",
            low=0,
            high=1,
        ),
        Metric(
            name="digit_accuracy",
            better="higher",
            continuous=False,
            title="Accuracy per digit",
            low=0,
            high=1,
        ),
        Metric(
            name="token_edit_distance",
            better="lower",
            continuous=False,
            title="Token edit distance",
            unit="tokens",
            low=0,
        ),
        Metric(
            name="log_probability",
            better="higher",
            continuous=True,
            title="Log-probability of the right answer",
            unit="nats",
            high=0,
        ),
        Metric(
            name="choice_probability",
            better="higher",
            continuous=True,
            title="Probability of the right choice",
            low=0,
            high=1,
        ),
        Metric(name="brier", better="lower", continuous=True, title="Brier score", low=0, high=2),
        Metric(
            name="loss", better="lower", continuous=True, title="Loss", unit="nats/token", low=0
        ),
        Metric(
            name="bits_per_byte",
            better="lower",
            continuous=True,
            title="Bits per byte",
            unit="bits/byte",
            low=0,
        ),
        Metric(
            name="in_context_score",
            better="lower",
            continuous=True,
            title="In-context score (late loss minus early loss)",
            unit="nats/token",
        ),
        Metric(
            name="prefix_matching",
            better="higher",
            continuous=True,
            title="Prefix-matching score of the best head",
            low=0,
            high=1,
        ),
    )
}
"""Metrics that Upwell knows the facts of; `tables/names.py` maps the names that others use."""

# Metrics of other people's results, where the facts are certain; a name whose facts are
# not certain, such as "score", stays unknown.
_OTHERS: tuple[
    tuple[str, Literal["higher", "lower"], bool, str, float | None, float | None], ...
] = (
    # name, better, continuous, title, low, high
    # lm-eval-harness
    ("acc", "higher", False, "Accuracy, the first of equals", 0, 1),
    ("greedy_match", "higher", False, "Match of the most probable words", 0, 1),
    ("acc_norm", "higher", False, "Accuracy, choices by length", 0, 1),
    ("acc_bytes", "higher", False, "Accuracy, choices by bytes", 0, 1),
    ("acc_mutual_info", "higher", False, "Accuracy, choices by mutual information", 0, 1),
    ("acc_all", "higher", False, "Accuracy, all parts right", 0, 1),
    ("f1", "higher", False, "F1", 0, None),
    ("mcc", "higher", False, "Matthews correlation", -1, 1),
    ("mc1", "higher", False, "MC1 (single true answer)", 0, 1),
    ("mc2", "higher", True, "MC2 (probability of the true answers)", 0, 1),
    ("exact", "higher", False, "Exact match, percent", 0, 100),
    ("HasAns_exact", "higher", False, "Exact match with answer, percent", 0, 100),
    ("NoAns_exact", "higher", False, "Exact match without answer, percent", 0, 100),
    ("best_exact", "higher", False, "Exact match at best threshold, percent", 0, 100),
    ("HasAns_f1", "higher", False, "F1 with answer, percent", 0, 100),
    ("NoAns_f1", "higher", False, "F1 without answer, percent", 0, 100),
    ("best_f1", "higher", False, "F1 at best threshold, percent", 0, 100),
    ("perplexity", "lower", True, "Perplexity", 1, None),
    ("word_perplexity", "lower", True, "Perplexity per word", 1, None),
    ("byte_perplexity", "lower", True, "Perplexity per byte", 1, None),
    ("bleu", "higher", False, "BLEU", 0, 100),
    ("chrf", "higher", False, "chrF", 0, 100),
    ("chrf++", "higher", False, "chrF++", 0, 100),
    ("ter", "lower", False, "Translation edit rate", 0, None),
    # our own
    ("squared_error", "lower", True, "Squared error", 0, None),
    ("log_loss", "lower", True, "Log-loss among the choices", 0, None),
    ("margin", "higher", True, "Margin of the right choice", None, None),
    ("calibration_error", "lower", False, "Expected calibration error", 0, 1),
    ("token_f1", "higher", False, "F1 of words", 0, 1),
    ("frechet_distance", "lower", True, "Fréchet distance to real images", 0, None),
    ("mode_coverage", "higher", False, "Classes that appear", 0, None),
    # AI2's ladders and OLMES
    ("acc_len_norm", "higher", False, "Accuracy, choices by length", 0, 1),
    ("acc_per_token", "higher", False, "Accuracy, choices by token", 0, 1),
    ("acc_per_char", "higher", False, "Accuracy, choices by character", 0, 1),
    ("acc_per_byte", "higher", False, "Accuracy, choices by byte", 0, 1),
    ("acc_uncond", "higher", False, "Accuracy, choices by unconditional likelihood", 0, 1),
    ("correct_prob", "higher", True, "Probability of the right answer", 0, 1),
    ("correct_prob_per_token", "higher", True, "Probability per token, right answer", 0, 1),
    ("correct_prob_per_char", "higher", True, "Probability per character, right answer", 0, 1),
    ("correct_choice_prob_norm", "higher", True, "Probability by length, right choice", 0, 1),
    ("correct_choice_logprob_norm", "higher", True, "Log-probability by length", None, 0),
    # BIG-bench
    ("multiple_choice_grade", "higher", False, "Multiple-choice grade", 0, 1),
    ("case_insensitive_str_match", "higher", False, "Match, case ignored", 0, 1),
    ("numeric_match_with_0_1_relative_error", "higher", False, "Match within a tenth", 0, 1),
    ("macro_f1", "higher", False, "Macro F1", 0, 1),
    ("calibration_multiple_choice_brier_score", "lower", True, "Brier score", 0, None),
    ("expected_calibration_error", "lower", False, "Expected calibration error", 0, 1),
    ("normalized_aggregate_score", "higher", False, "Normalised aggregate score", None, None),
)
METRICS |= {
    name: Metric(name=name, better=better, continuous=continuous, title=title, low=low, high=high)
    for name, better, continuous, title, low, high in _OTHERS
}


def metric_named(name: str) -> Metric | None:
    """The facts of a metric, or None when Upwell does not know it (it is not guessed)."""
    return METRICS.get(name)


TABLE_COLUMNS = (
    "family", "model", "params", "tokens", "flops", "step", "loss", "seed", "ability", "shots",
    "metric", "value", "reason", "stderr", "items", "missing", "chance", "ceiling",
)  # fmt: skip
"""Columns that every table has. Others (width, depth, ...) may follow and can serve as axes."""


@dataclass(frozen=True)
class Table:
    """Observations joined with their models: one row a (model, seed, ability, shots, metric).

    `frame` has at least `TABLE_COLUMNS`. Unknown is null, never zero and never NaN.
    """

    frame: polars.DataFrame

    def where(self, **equal: Any) -> Table:
        """The rows whose columns equal the given values (None means null)."""
        import polars

        tests = [
            polars.col(name).is_null() if value is None else polars.col(name) == value
            for name, value in equal.items()
        ]
        return Table(self.frame.filter(*tests))

    def __len__(self) -> int:
        return self.frame.height
