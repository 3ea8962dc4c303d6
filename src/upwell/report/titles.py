"""Titles of axes, metrics, methods, curves and verdicts, in one place."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ..records import METHOD_TITLES, Metric, get_metric

AXIS_TITLES = {
    "params": "parameters",
    "tokens": "training tokens",
    "flops": "training compute (FLOPs)",
    "loss": "training loss (nats/token), lower to the right",
    "step": "training steps",
    "shots": "few-shot examples in the prompt",
    "train_rows": "train rows (or tasks)",
    "width": "width",
    "depth": "depth",
}

CURVE_TITLES = {
    "power": "power law",
    "bnsl": "broken law",
    "logistic": "logistic",
    "step": "step",
    "flat": "flat",
    "linear": "log-linear",
}

KIND_MEANINGS = {
    "emergent": "The ability jumps at some scale, also on a continuous metric of the same answers "
    "where there is one.",
    "metric-made": "The sharp metric jumps while a continuous metric of the same answers rises "
    "evenly: the jump is an artifact of the metric.",
    "smooth": "The ability grows evenly with scale; no scale stands out.",
    "flat": "Scale makes no difference that these measurements can show.",
    "inverse": "The ability falls with scale.",
    "u-shaped": "The ability first falls, then rises with scale.",
    "undecided": "There are too few values, too much noise, too many missing values, or seeds that "
    "differ in kind.",
}
"""A sentence for each of `records.VERDICT_KINDS`."""

SHORT_METHOD_TITLES = {
    "in_context": "in context",
    "linear": "linear head",
    "full": "full tuning",
}
"""For labels of figures; the other methods are as short in `records.METHOD_TITLES`."""

FINETUNE_METRIC_TITLES = {
    "answer_f1": "F1 of answers",
    "log_probability": "log-probability per token",
    "character_error_rate": "character error rate",
    "word_error_rate": "word error rate",
    "map": "mAP",
    "map_50": "mAP at .50",
    "mean_iou": "mean IoU",
    "rouge_l": "ROUGE-L",
    "macro_f1": "macro F1",
    "micro_f1": "micro F1",
    "entity_f1": "entity F1",
    "entity_precision": "entity precision",
    "entity_recall": "entity recall",
}
"""Metrics of fine-tuned models that have another title there than in `records.METRICS`, or none."""

LABEL_METRIC_TITLES = {"ap_50_": "AP at .50 of", "iou_": "IoU of"}
"""Metrics of single labels, by the prefix of their names."""

LEFT_TO_RIGHT_MARK = "\u200e"
"""Follows a name that reads from right to left: the text after it reads from left to right."""


def axis_title(axis: str) -> str:
    """The title of an axis; a column of the user's own keeps its name."""
    return AXIS_TITLES.get(axis, axis.replace("_", " "))


def metric_title(metric: Metric) -> str:
    """The title of a metric with its unit."""
    return f"{metric.title} ({metric.unit})" if metric.unit else metric.title


def metric_name_title(name: str) -> str:
    """The title of the metric with that name; an unknown metric keeps its name."""
    metric = get_metric(name)
    return name if metric is None else metric.title


def finetune_metric_title(name: str) -> str:
    """The title of a metric of a fine-tuned model, for the middle of a sentence."""
    for prefix, title in LABEL_METRIC_TITLES.items():
        if name.startswith(prefix):
            return f"{title} {name.removeprefix(prefix)}"
    if name in FINETUNE_METRIC_TITLES:
        return FINETUNE_METRIC_TITLES[name]
    metric = get_metric(name)
    return name.replace("_", " ") if metric is None else _lower_first_word(metric.title)


def method_title(method: str) -> str:
    """The title of a way of using or adapting a model; an unknown method keeps its name."""
    return METHOD_TITLES.get(method, method)


def short_method_title(method: str) -> str:
    """The title of a method for a label of a figure."""
    return SHORT_METHOD_TITLES.get(method, method_title(method))


def curve_title(curve: str) -> str:
    """The title of a fitted curve; an unknown curve keeps its name."""
    return CURVE_TITLES.get(curve, curve)


def kind_meaning(kind: str) -> str:
    """What a kind of verdict means, in one sentence."""
    return KIND_MEANINGS.get(kind, "This version of Upwell does not know this kind of verdict.")


def join_with_and(items: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def ability_title(ability: str, shots: int | None, family: str | None = None) -> str:
    """The ability with its family and number of shots, where these are given."""
    parts = [f"{ability}{LEFT_TO_RIGHT_MARK}" if _is_rtl(ability) else ability]
    if family is not None:
        parts.append(family)
    if shots is not None:
        parts.append(f"{shots} {'shot' if shots == 1 else 'shots'}")
    return " · ".join(parts)


def _lower_first_word(title: str) -> str:
    """`Exact match` -> `exact match`; acronyms and names such as chrF keep their letters."""
    word = title.split()[0]
    return title if word[1:] != word[1:].lower() or len(word) < 3 else title[0].lower() + title[1:]


def _is_rtl(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
