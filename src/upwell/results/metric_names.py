"""Metric names of others, mapped to Upwell's names where the metric is the same.

A name that is neither here nor in `records.METRICS` is kept and listed as unknown: its direction
and whether it is continuous are not guessed.
"""

from __future__ import annotations

from ..records import METRICS

METRIC_ALIASES = {
    "acc": "accuracy",
    "acc_raw": "accuracy",
    "em": "exact_match",
    "exact_str_match": "exact_match",
    "brier_score": "brier",
    "ppl": "perplexity",
    "bpb": "bits_per_byte",
    "bits_per_byte_corr": "bits_per_byte",
    "ce_loss": "loss",
    "val_ce_loss": "loss",
    "cross_entropy": "loss",
    "norm_correct_prob": "choice_probability",
}
"""Name of others to name of Upwell. lm-eval's Brier score is the sum over choices, as Upwell's is.
The `ce_loss` of the open ladders is nats per token."""


def canonical_metric(name: str) -> str:
    """Upwell's name of a metric, or the name itself for an unknown metric."""
    return METRIC_ALIASES.get(name, name)


def unknown_metrics(names: list[str]) -> tuple[str, ...]:
    """The names that are not in `records.METRICS`, sorted."""
    return tuple(sorted(name for name in set(names) if name not in METRICS))
