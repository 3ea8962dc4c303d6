"""What things are called on the page, and what each kind of verdict means in one sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ..records import Metric

AXES = {
    "params": "parameters",
    "tokens": "training tokens",
    "flops": "training compute (FLOPs)",
    "loss": "training loss (nats/token), better to the right",
    "step": "training steps",
    "shots": "examples in the prompt",
    "rows": "rows (or tasks) to learn from",
    "width": "width",
    "depth": "depth",
}

FORMS = {
    "power": "power law",
    "bnsl": "broken law",
    "logistic": "logistic",
    "step": "step",
    "flat": "flat",
    "linear": "log-linear",
}

MEANINGS = {
    "emergent": "The ability jumps at some scale, on a continuous measure of the same answers "
    "too, where there is one.",
    "metric-made": "The sharp score jumps while a continuous measure of the same answers "
    "rises evenly: the jump is made by the way of scoring.",
    "smooth": "The ability grows evenly with scale; no place stands out.",
    "flat": "Scale changed nothing that these measurements could show.",
    "inverse": "The further along the axis, the worse.",
    "u-shaped": "The ability first falls, then rises with scale.",
    "undecided": "There are too few values, too much noise or too much missing to say.",
}
"""A reader's sentence for each of `records.KINDS`."""


END_OF_NAME = "\u200e"
"""An invisible mark after a name that reads from right to left: what follows does not."""


def axis_title(axis: str) -> str:
    """An axis in words; a column of the user's own keeps its name."""
    return AXES.get(axis, axis.replace("_", " "))


def metric_title(metric: Metric) -> str:
    """A metric in words with its unit."""
    return f"{metric.title} ({metric.unit})" if metric.unit else metric.title


def form_title(form: str) -> str:
    """A curve's form in words."""
    return FORMS.get(form, form)


def meaning(kind: str) -> str:
    """What a kind of verdict means; a kind we do not know is said to be so."""
    return MEANINGS.get(kind, "This kind of verdict is not one that this page knows.")


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def ability_title(ability: str, shots: int | None, family: str | None = None) -> str:
    """The ability with what sets it apart from its namesakes; None is not worth saying."""
    parts = [f"{ability}{END_OF_NAME}" if _leftward(ability) else ability]
    if family is not None:
        parts.append(family)
    if shots is not None:
        parts.append(f"{shots} {'shot' if shots == 1 else 'shots'}")
    return " · ".join(parts)


def _leftward(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
